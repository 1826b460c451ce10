/** Shows how far a paid booking has come: a stepper, the session's facts and what to do next. */

import { costOf } from "./credits.js";
import { h, linkButton } from "./dom.js";
import { actions, notice } from "./feedback.js";
import { icon } from "./icons.js";
import { browserZone, fullDay, timeRange, zoneWithOffset } from "./time.js";
import { timeline } from "./timeline.js";
import { labelled } from "./verdict.js";

const STATE_NAMES = { done: "done", active: "in progress", waiting: "not yet", failed: "failed" };
const STATE_ICONS = { done: "check", failed: "cross" };

/** A card for a verdict on a booking (null if unknown) with further buttons. */
export function progressCard(verdict, booking, zone = browserZone(), ...buttons) {
  return h(
    "article",
    { class: "card card-roomy" },
    verdict.steps && stepper(labelled(verdict.steps, booking)),
    message(verdict),
    booking && sessionFacts(booking, zone),
    nextSteps(verdict, booking, buttons),
    booking && timeline(booking.id),
  );
}

/** What was booked: session, host, time in the zone and what it costs. */
export function sessionFacts(booking, zone = browserZone()) {
  const { sessionType, host, startsAt, endsAt } = booking;
  return h(
    "dl",
    { class: "facts" },
    fact("Session", `${sessionType.name}, ${sessionType.durationMinutes} minutes`),
    fact("With", host.name),
    startsAt
      ? fact("When", [
          h("span", { class: "fact-strong" }, fullDay(startsAt, zone)),
          h("span", { class: "fact-strong" }, timeRange(startsAt, endsAt, zone)),
          h("span", { class: "muted" }, zoneWithOffset(zone, new Date(startsAt))),
        ])
      : fact("When", "Not chosen yet"),
    fact("Price", costOf(booking)),
  );
}

export function fact(name, value) {
  return h("div", { class: "fact" }, h("dt", {}, name), h("dd", {}, value));
}

function stepper(steps) {
  return h(
    "ol",
    { class: "stepper", "aria-label": "Progress" },
    steps.map(({ label, state }, index) =>
      h(
        "li",
        { class: `step step-${state}`, "aria-current": state === "active" ? "step" : null },
        h("span", { class: "step-mark", "aria-hidden": "true" }, mark(state, index)),
        h("span", { class: "step-label" }, label, h("span", { class: "sr-only" }, ` (${STATE_NAMES[state]})`)),
      ),
    ),
  );
}

function mark(state, index) {
  return STATE_ICONS[state] ? icon(STATE_ICONS[state]) : String(index + 1);
}

/** While all goes well the sentence is enough; trouble is framed. */
export function message({ tone, text }) {
  if (tone === "warn" || tone === "bad") return notice(tone, null, h("p", {}, text));
  return h("p", { class: "lead-small" }, text);
}

function nextSteps(verdict, booking, buttons) {
  const own = [];
  if (booking?.meeting) own.push(linkButton(booking.meeting.url, [icon("video"), "Join the meeting"]));
  if (booking?.needsTime && verdict.isFinal) own.push(linkButton(`/booking?booking=${booking.id}`, [icon("calendar"), "Choose a time"]));
  return actions(...own, ...buttons, linkButton("/account", "Your account", "quiet"));
}
