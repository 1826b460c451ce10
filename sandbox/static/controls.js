/** The panels that act on the sandbox: clock, faults, deliveries. */

import { actionButton, announce, byId, fill, h } from "/assets/dom.js";
import { post, remove } from "./api.js";
import { duration, inWords, moment } from "./format.js";

const MOVES = [["+ 10 min", 600], ["+ 35 min", 2100], ["+ 1 day", 86400], ["+ 72 h", 259200]];
const UNITS = { minutes: 60, hours: 3600, days: 86400 };

const FAULTS = {
  fail: "fails, nothing is done",
  refuse: "is refused for good",
  delay: "is answered late",
  lose_answer: "is done, the answer lost",
};
const PLANS = {
  duplicate: { label: "arrives so many times", unit: "times", amount: 2 },
  delay: { label: "arrives late", unit: "seconds", amount: 5 },
  drop: { label: "is lost", unit: "events", amount: 1 },
  reorder: { label: "arrives after the one behind it", unit: "events", amount: 1 },
};
const NAMES = { stripe: "Stripe", calendar: "Calendar", mail: "Mail" };

let afterAction = () => {};

/** Have `act` called after everything that a button did. */
export function onAction(act) {
  afterAction = act;
}

/** A button whose trouble is shown at the top of the page. */
export function button(label, action, look = "secondary") {
  return actionButton(label, async () => {
    fill(byId("problem"));
    try {
      await action();
      announce(`${label}: done`);
    } catch (problem) {
      show(problem);
    }
    await afterAction();
  }, look);
}

export function show(problem) {
  fill(byId("problem"), h("p", { class: "notice notice-bad" }, problem.message));
}

/** The clock's panel. Returns the function that sets it: offset in seconds. */
export function clockPanel(place) {
  const time = h("p", { class: "clock-time" });
  const ahead = h("p", { class: "muted small" });
  const amount = number("How far", 1, 1);
  const unit = choice("Unit", Object.keys(UNITS).map((name) => [name, name]));
  const move = (seconds) => () => post("clock", { advance: seconds });
  fill(
    place, time, ahead,
    h("div", { class: "panel-row" }, MOVES.map(([label, seconds]) => button(label, move(seconds)))),
    h("div", { class: "panel-row" }, amount.field, unit.field,
      button("Move", () => move(amount.input.valueAsNumber * UNITS[unit.input.value])())),
    h("p", { class: "muted small" }, "35 minutes end a hold. The clock moves ahead only."),
  );
  let offset = 0;
  const tick = () => {
    time.textContent = moment(Date.now() + offset * 1000);
    ahead.textContent = offset > 0 ? `${duration(offset)} ahead of this machine` : "Real time";
  };
  setInterval(tick, 1000);
  return (seconds) => {
    offset = seconds;
    tick();
  };
}

/** The panel that plans faults. Returns the function that shows what is planned. */
export function faultsPanel(place) {
  const service = choice("Service", Object.entries(NAMES));
  const kind = choice("What happens to the call", Object.entries(FAULTS));
  const times = number("Calls", 1, 1);
  const seconds = number("Seconds", 5, 1);
  const planned = h("div", {});
  const onlyForDelay = () => { seconds.field.hidden = kind.input.value !== "delay"; };
  kind.input.addEventListener("change", onlyForDelay);
  onlyForDelay();
  const plan = () => post("faults", {
    service: service.input.value,
    kind: kind.input.value,
    times: times.input.valueAsNumber,
    seconds: kind.input.value === "delay" ? seconds.input.valueAsNumber : 0,
  });
  fill(place, service.field, kind.field,
    h("div", { class: "panel-row" }, times.field, seconds.field, button("Plan", plan)), planned);
  return (faults) => {
    const lines = Object.entries(faults.planned).map(([name, kinds]) =>
      `${NAMES[name] ?? name}: ${inTurn(kinds)}`);
    showPlans(planned, lines, "All calls are answered as they should be.", () => remove("faults"));
  };
}

/** The panel that plans deliveries. Returns the function that shows what is planned. */
export function deliveriesPanel(place) {
  const kind = choice("What happens to the event", Object.entries(PLANS).map(([name, { label }]) => [name, label]));
  const amount = number("Times", 2, 1);
  const eventType = h("input", { class: "select", id: "event-type", placeholder: "any type", autocomplete: "off", spellcheck: "false" });
  const planned = h("div", {});
  kind.input.addEventListener("change", () => {
    const { unit, amount: usual } = PLANS[kind.input.value];
    amount.label.textContent = inWords(unit);
    amount.input.value = usual;
  });
  const plan = () => post("stripe/deliveries/plan", {
    kind: kind.input.value,
    amount: amount.input.valueAsNumber,
    ...(eventType.value.trim() && { event_type: eventType.value.trim() }),
  });
  fill(place, kind.field,
    h("div", { class: "field" }, h("label", { for: "event-type" }, "Of type"), eventType),
    h("div", { class: "panel-row" }, amount.field, button("Plan", plan)), planned);
  return (plans) => {
    const lines = plans.map(({ kind: name, amount: count, event_type: type }) =>
      `${inWords(name)}, ${count} ${PLANS[name].unit}${type ? `, ${type}` : ""}`);
    showPlans(planned, lines, "Events arrive once and in order.", () => remove("stripe/deliveries"));
  };
}

/** Planned kinds in their order, those in a row counted: `refuse × 2, then delay`. */
function inTurn(kinds) {
  const groups = [];
  for (const kind of kinds) {
    const last = groups.at(-1);
    if (last?.kind === kind) last.count += 1;
    else groups.push({ kind, count: 1 });
  }
  const words = groups.map(({ kind, count }) => `${inWords(kind).toLowerCase()}${count > 1 ? ` × ${count}` : ""}`);
  return words.join(", then ");
}

function showPlans(place, lines, nothing, clear) {
  const hadFocus = place.contains(document.activeElement);
  if (lines.length === 0) {
    fill(place, h("p", { class: "muted small", tabindex: "-1" }, nothing));
    if (hadFocus) place.firstChild.focus();
    return;
  }
  fill(place, h("ul", { class: "plans small" }, lines.map((line) => h("li", {}, line))), button("Clear", clear, "quiet"));
  if (hadFocus) place.querySelector("button").focus();
}

function choice(label, options) {
  const id = `choice-${label.toLowerCase().replaceAll(" ", "-")}`;
  const input = h("select", { class: "select", id }, options.map(([value, text]) => h("option", { value }, text)));
  return { input, field: h("div", { class: "field" }, h("label", { for: id }, label), input) };
}

let numbers = 0;

function number(text, value, min) {
  numbers += 1;
  const id = `number-${numbers}`;
  const input = h("input", { class: "select", id, type: "number", min, value, step: 1 });
  const label = h("label", { for: id }, text);
  return { input, label, field: h("div", { class: "field field-number" }, label, input) };
}
