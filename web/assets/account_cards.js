/** One booking, one notification of the account page. */

import { callOffButton, isLive, isMovable } from "./call_off.js";
import { changeTimeButton } from "./change_time.js";
import { bookingChip } from "./chips.js";
import { costOf } from "./credits.js";
import { actionButton, h, linkButton } from "./dom.js";
import { whyEnded } from "./ended_booking.js";
import { icon } from "./icons.js";
import { problemSpace, retryButton } from "./retry.js";
import { cancelTerms, moveTerms } from "./terms.js";
import { browserZone, fullDay, shortMoment, time, timeRange } from "./time.js";
import { timeline } from "./timeline.js";
import { latestPayment, verdict } from "./verdict.js";

/**
 * `onRelease(booking, problem)` gives an unpaid hold back; `onChange(text)` is told what was done
 * to a booking that is paid for.
 */
export function bookingCard(booking, { onRelease, onChange }) {
  const { sessionType, host } = booking;
  const problem = problemSpace();
  return h(
    "article",
    { class: "card row" },
    h("div", { class: "row-head" }, h("h3", { class: "row-title" }, sessionType.name), bookingChip(booking)),
    h("p", { class: "row-when" }, icon("calendar"), when(booking)),
    h("p", { class: "muted" }, `With ${host.name} · ${sessionType.durationMinutes} minutes · `, together(costOf(booking))),
    remark(booking),
    terms(booking),
    problem,
    bookingActions(booking, problem, { onRelease, onChange }),
    timeline(booking.id),
  );
}

function when({ startsAt, endsAt, needsTime }) {
  const zone = browserZone();
  if (startsAt) return h("span", {}, `${fullDay(startsAt, zone)}, `, together(timeRange(startsAt, endsAt, zone)));
  return needsTime ? "Time not chosen yet" : "No time";
}

/** Text that never breaks over two lines. */
function together(text) {
  return h("span", { class: "together" }, text);
}

/** On which terms what goes on can be called off or moved, as they were when it was booked. */
function terms(booking) {
  if (!isLive(booking)) return null;
  const { credits, cancellationPolicy: policy } = booking;
  const cancel = credits ? "Your session credit comes back if you cancel in time." : cancelTerms(policy);
  const move = isMovable(booking) && moveTerms(policy);
  return h("p", { class: "muted small" }, [cancel, move].filter(Boolean).join(" "));
}

/** What is worth a sentence beyond the chip. */
function remark(booking) {
  const text = remarkText(booking);
  return text && h("p", { class: "row-remark" }, text);
}

function remarkText(booking) {
  const { status, needsTime, placeBy, holdExpiresAt, startsAt } = booking;
  if (status === "REJECTED") return verdict(booking).text;
  if (status === "CANCELLED") {
    return booking.payments.length > 0 || booking.credits ? verdict(booking).text : whyEnded(booking);
  }
  if (booking.absent === "CLIENT") return "You did not come, as the host told.";
  if (status === "PENDING" && needsTime && placeBy) return `Please choose the time by ${shortMoment(placeBy)}.`;
  if (status !== "AWAITING_PAYMENT") return null;
  // Such a hold ends days from now, and is kept up until the bank has answered.
  if (latestPayment(booking)?.status === "PROCESSING") {
    return "Your bank is still confirming the payment. Your time stays reserved meanwhile.";
  }
  const failed = latestPayment(booking)?.failureReason;
  const isHeld = startsAt && holdExpiresAt && new Date(holdExpiresAt) > new Date();
  return [failed, isHeld && `The time is held until ${time(holdExpiresAt)}.`].filter(Boolean).join(" ");
}

function bookingActions(booking, problem, { onRelease, onChange }) {
  const buttons = [];
  if (booking.meeting) buttons.push(linkButton(booking.meeting.url, [icon("video"), "Join the meeting"]));
  if (booking.status === "PENDING" && booking.needsTime) {
    buttons.push(linkButton(`/booking?booking=${encodeURIComponent(booking.id)}`, "Choose a time"));
  }
  if (booking.status === "AWAITING_PAYMENT" && latestPayment(booking)?.status !== "PROCESSING") {
    const release = booking.startsAt ? "Release the slot" : "Cancel";
    buttons.push(retryButton(booking, problem, "Continue to payment"));
    buttons.push(actionButton(release, () => onRelease(booking, problem), "secondary"));
  }
  if (isMovable(booking)) buttons.push(changeTimeButton(booking, onChange));
  if (isLive(booking)) buttons.push(callOffButton(booking, "client", onChange));
  return buttons.length > 0 && h("div", { class: "actions" }, buttons);
}

export function notificationCard({ title, body, readAt, createdAt }) {
  return h(
    "article",
    { class: readAt ? "note" : "note note-unread" },
    h("h3", { class: "note-title" }, !readAt && h("span", { class: "sr-only note-mark" }, "Unread: "), title),
    h("p", { class: "note-body" }, linked(body)),
    h("p", { class: "muted small" }, shortMoment(createdAt)),
  );
}

/** Plain text whose addresses lead where they say. */
function linked(text) {
  const parts = text.split(/(https?:\/\/\S+)/);
  return parts.map((part, index) => (index % 2 === 1 ? h("a", { class: "link", href: part }, part) : part));
}
