/** The panels of the clock and of the webhooks' deliveries. */

import { fill, h } from "/assets/dom.js";
import { button, showPlans } from "./actions.js";
import { post, remove } from "./api.js";
import { choice, line, number } from "./fields.js";
import { duration, inWords, moment } from "./format.js";

const MOVES = [["+ 10 min", 600], ["+ 35 min", 2100], ["+ 1 day", 86400], ["+ 72 h", 259200]];
const JUMPS = { periodEnd: "To the next period end", attempt: "To the next payment attempt" };
const UNITS = { minutes: 60, hours: 3600, days: 86400 };

const PLANS = {
  duplicate: { label: "arrives so many times", unit: "times", amount: 2 },
  delay: { label: "arrives late", unit: "seconds", amount: 5 },
  drop: { label: "is lost", unit: "events", amount: 1 },
  reorder: { label: "arrives after the one behind it", unit: "events", amount: 1 },
};

/**
 * The clock's panel. Returns the function that sets it: offset in seconds, and the moments to which
 * one can jump, by the names of JUMPS, as ISO 8601, or null.
 */
export function clockPanel(place) {
  const time = h("p", { class: "clock-time" });
  const ahead = h("p", { class: "muted small" });
  const amount = number("How far", 1, 1);
  const unit = choice("Unit", Object.keys(UNITS).map((name) => [name, name]));
  const move = (seconds) => () => post("clock", { advance: seconds });
  let [offset, moments] = [0, {}];
  const now = () => Date.now() + offset * 1000;
  // A second more, since the sandbox counts in whole ones.
  const until = (end) => Math.ceil((end - now()) / 1000) + 1;
  const jumps = Object.entries(JUMPS).map(([name, label]) => [
    name, button(label, () => move(until(new Date(moments[name]).getTime()))()),
  ]);
  const offerJumps = () => jumps.forEach(([name, jump]) => (jump.hidden = !moments[name]));
  fill(
    place, time, ahead,
    h("div", { class: "panel-row" }, MOVES.map(([label, seconds]) => button(label, move(seconds))),
      button("+ 1 month", () => move(until(aMonthLater(now())))()),
      jumps.map(([, jump]) => jump)),
    h("div", { class: "panel-row" }, amount.field, unit.field,
      button("Move", () => move(amount.input.valueAsNumber * UNITS[unit.input.value])())),
    h("p", { class: "muted small" }, "35 minutes end a hold. The clock moves ahead only."),
  );
  const tick = () => {
    time.textContent = moment(now());
    ahead.textContent = offset > 0 ? `${duration(offset)} ahead of this machine` : "Real time";
  };
  setInterval(tick, 1000);
  offerJumps();
  return (seconds, nextMoments) => {
    [offset, moments] = [seconds, nextMoments];
    offerJumps();
    tick();
  };
}

/** The same day of the next month in UTC, or that month's last day; in milliseconds. */
function aMonthLater(now) {
  const later = new Date(now);
  const day = later.getUTCDate();
  later.setUTCMonth(later.getUTCMonth() + 1);
  if (later.getUTCDate() !== day) later.setUTCDate(0);
  return later.getTime();
}

/** The panel that plans deliveries. Returns the function that shows what is planned. */
export function deliveriesPanel(place) {
  const kind = choice("What happens to the event", Object.entries(PLANS).map(([name, { label }]) => [name, label]));
  const amount = number("Times", 2, 1);
  const eventType = line("Of type", "any type");
  const planned = h("div", {});
  kind.input.addEventListener("change", () => {
    const { unit, amount: usual } = PLANS[kind.input.value];
    amount.label.textContent = inWords(unit);
    amount.input.value = usual;
  });
  const plan = () => post("stripe/deliveries/plan", {
    kind: kind.input.value,
    amount: amount.input.valueAsNumber,
    ...(eventType.input.value.trim() && { event_type: eventType.input.value.trim() }),
  });
  fill(place, kind.field, eventType.field,
    h("div", { class: "panel-row" }, amount.field, button("Plan", plan)), planned);
  return (plans) => {
    const lines = plans.map(({ kind: name, amount: count, event_type: type }) =>
      `${inWords(name)}, ${count} ${PLANS[name].unit}${type ? `, ${type}` : ""}`);
    showPlans(planned, lines, "Events arrive once and in order.", () => remove("stripe/deliveries"));
  };
}
