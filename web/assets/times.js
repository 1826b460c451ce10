/** The open times of one day as buttons, grouped by the part of the day. */

import { h } from "./dom.js";
import { day, hourOf, time } from "./time.js";

const PARTS = [
  { name: "Morning", until: 12 },
  { name: "Afternoon", until: 17 },
  { name: "Evening", until: 24 },
];

/** `slots` all start on one day of the zone, earliest first; `onChoose(slot)` is told of one. */
export function timesOfDay(slots, zone, onChoose) {
  const repeated = repeatedLabels(slots, zone);
  const groups = PARTS.map(({ name, until }, index) => {
    const since = PARTS[index - 1]?.until ?? 0;
    const own = slots.filter(({ startsAt }) => {
      const hour = hourOf(startsAt, zone);
      return since <= hour && hour < until;
    });
    return own.length > 0 && group(name, own.map((slot) => timeButton(slot, zone, repeated, onChoose)));
  });
  return [h("h2", { class: "times-title" }, day(slots[0].startsAt, zone)), groups];
}

/** When clocks go back an hour happens twice: such times carry the zone's short name. */
function repeatedLabels(slots, zone) {
  const labels = slots.map(({ startsAt }) => time(startsAt, zone));
  return new Set(labels.filter((label, index) => labels.indexOf(label) !== index));
}

function group(name, buttons) {
  return h(
    "div",
    { class: "times-group", role: "group", "aria-label": name },
    h("h3", { class: "times-part" }, name),
    h("div", { class: "times-grid" }, buttons),
  );
}

function timeButton(slot, zone, repeated, onChoose) {
  const plain = time(slot.startsAt, zone);
  const label = repeated.has(plain) ? time(slot.startsAt, zone, { named: true }) : plain;
  const button = { class: "button button-time", type: "button", onclick: () => onChoose(slot) };
  return h("button", button, label);
}
