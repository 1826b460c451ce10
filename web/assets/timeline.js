/** What happened to a booking, step by step, shown to whoever opens it. */

import { graphql } from "./api.js";
import { BOOKING_STEPS } from "./documents.js";
import { fill, h } from "./dom.js";
import { failure } from "./feedback.js";
import { icon } from "./icons.js";
import { browserZone, shortMoment, zoneWithOffset } from "./time.js";

const MEDIA = { EMAIL: "by e-mail", TELEGRAM: "by Telegram", IN_APP: "in the app" };
const MESSAGE = /^(\w+) by (\w+)$/;
const MARKS = { again: ["alert", "Tried again"], bad: ["cross", "Failed"], good: ["check", null] };

const timelines = new Map();

/**
 * The timeline of a booking, loaded each time it is opened. A page that draws itself anew gets the
 * same element again, so that what was open stays open; it is then brought up to date.
 */
export function timeline(bookingId) {
  if (!timelines.has(bookingId)) timelines.set(bookingId, startTimeline(bookingId));
  const { element, load } = timelines.get(bookingId);
  if (element.open) load();
  return element;
}

function startTimeline(bookingId) {
  const body = h("div", { class: "story-body" });
  const element = h("details", { class: "story" }, h("summary", {}, "What happened"), body);

  async function load() {
    element.setAttribute("aria-busy", "true");
    try {
      const { booking } = await graphql(BOOKING_STEPS, { id: bookingId });
      fill(body, story(booking?.steps ?? []));
    } catch (error) {
      fill(body, await failure(error, load));
    }
    element.setAttribute("aria-busy", "false");
  }

  element.addEventListener("toggle", () => element.open && load());
  return { element, load };
}

function story(steps) {
  if (steps.length === 0) return h("p", { class: "muted" }, "Nothing yet.");
  const zone = browserZone();
  return [
    h("ol", { class: "story-steps", role: "list" }, steps.map((step) => line(step, zone))),
    h("p", { class: "muted small" }, `Times in ${zoneWithOffset(zone, new Date(steps.at(-1).at))}`),
  ];
}

function line({ kind, subject, message, times, at, lastAt }, zone) {
  const state = stateOf(kind);
  const [mark, label] = MARKS[state];
  return h(
    "li",
    { class: `story-step story-${state}` },
    h("span", { class: "story-mark" }, icon(mark)),
    h(
      "div",
      {},
      h("p", {}, label && h("span", { class: "sr-only" }, `${label}: `), withSubject(message, subject)),
      h(
        "p",
        { class: "muted small" },
        h("time", { datetime: at }, shortMoment(at, zone)),
        times > 1 && ` · ${times} times, last `,
        times > 1 && h("time", { datetime: lastAt }, shortMoment(lastAt, zone)),
      ),
    ),
  );
}

/** Whether a step went well, failed but is tried again, or failed for good. */
function stateOf(kind) {
  if (kind.endsWith("_FAILING")) return "again";
  return /_(GIVEN_UP|FAILED|REFUSED)$/.test(kind) ? "bad" : "good";
}

/** Messages say which one; other subjects are the operator's words. */
function withSubject(message, subject) {
  const found = MESSAGE.exec(subject);
  if (found === null) return message;
  const words = found[1].replaceAll("_", " ").toLowerCase();
  const which = `${words.replace(/^host /, "to the host: ")}, ${MEDIA[found[2]] ?? found[2]}`;
  return [message, h("span", { class: "muted" }, ` (${which})`)];
}
