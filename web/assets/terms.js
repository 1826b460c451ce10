/** The terms on which a session may be called off or moved, in words; pure. */

import { shortMoment } from "./time.js";

const HOUR = 60;
const DAY = 24 * HOUR;
const MINUTE_MS = 60_000;

/** Both of the below in one sentence, for whoever chooses a session. */
export function termsOf(policy) {
  const move = moveTerms(policy);
  return `${cancelTerms(policy).slice(0, -1)}; ${move.charAt(0).toLowerCase()}${move.slice(1)}`;
}

/** "Cancel up to 24 hours before for a full refund, up to 2 hours before for 50 % back." */
export function cancelTerms(policy) {
  const parts = effectiveTiers(policy).map(({ minutes, percent }) => `${upTo(minutes)} for ${worth(percent)}`);
  return parts.length > 0 ? `Cancel ${parts.join(", ")}.` : "No refund if you cancel.";
}

/** "Change the time up to 24 hours before, at most 3 times." */
export function moveTerms({ rescheduleUntilMinutes, rescheduleLimit }) {
  if (rescheduleLimit === 0) return "The time cannot be changed.";
  const often = { null: "", 1: ", once" }[rescheduleLimit] ?? `, at most ${rescheduleLimit} times`;
  return `Change the time ${upTo(rescheduleUntilMinutes)}${often}.`;
}

/** Why a confirmed booking cannot be given another time now; null when its terms allow it. */
export function whyNotMovable({ startsAt, reschedules, cancellationPolicy }, now = Date.now()) {
  const { rescheduleUntilMinutes, rescheduleLimit } = cancellationPolicy;
  if (rescheduleLimit !== null && reschedules >= rescheduleLimit) {
    if (rescheduleLimit === 0) return "The time of this session cannot be changed.";
    return `Its time was changed ${times(reschedules)} already; the terms allow no more.`;
  }
  const until = new Date(startsAt).getTime() - rescheduleUntilMinutes * MINUTE_MS;
  return now > until ? `Its time could be changed until ${shortMoment(until)}.` : null;
}

/** Those that give something, each with until when it really applies, the earliest first. */
function effectiveTiers({ cancelUntilMinutes, refundTiers }) {
  const tiers = refundTiers
    .toSorted((one, next) => next.minutesBefore - one.minutesBefore)
    .map(({ minutesBefore, percent }) => ({ minutes: Math.max(minutesBefore, cancelUntilMinutes), percent }));
  const first = (minutes) => tiers.findIndex((tier) => tier.minutes === minutes);
  return tiers.filter(({ minutes, percent }, index) => percent > 0 && first(minutes) === index);
}

function upTo(minutes) {
  return minutes === 0 ? "any time before it starts" : `up to ${span(minutes)} before`;
}

function worth(percent) {
  return percent === 100 ? "a full refund" : `${percent} % back`;
}

function span(minutes) {
  if (minutes % DAY === 0 && minutes > DAY) return `${minutes / DAY} days`;
  if (minutes % HOUR === 0) return minutes === HOUR ? "an hour" : `${minutes / HOUR} hours`;
  return `${minutes} minutes`;
}

function times(count) {
  return count === 1 ? "once" : `${count} times`;
}
