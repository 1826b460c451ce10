/** What to show when a time could not be had: the reason, and times that can. */

import { h } from "./dom.js";
import { notice, refusals } from "./feedback.js";
import { day, time } from "./time.js";

/** The API's expected failures; a taken slot brings its alternatives as buttons. */
export function refusedSlot(errors, zone, choose) {
  const taken = errors.find(({ alternatives }) => alternatives?.length > 0);
  if (!taken) return refusals(errors);
  return notice(
    "warn",
    taken.message,
    h("p", {}, "These times are open:"),
    h("div", { class: "actions" }, taken.alternatives.map((slot) => slotButton(slot, zone, choose))),
  );
}

function slotButton(slot, zone, choose) {
  const label = `${day(slot.startsAt, zone)}, ${time(slot.startsAt, zone)}`;
  return h("button", { class: "button button-secondary", type: "button", onclick: () => choose(slot) }, label);
}
