/** The panel that makes calls fail: the next ones, or all of a service for ten minutes. */

import { fill, h } from "/assets/dom.js";
import { button, showPlans } from "./actions.js";
import { post, remove } from "./api.js";
import { choice, number, offer } from "./fields.js";
import { inWords, moment } from "./format.js";
import { FAULTS, serviceName } from "./names.js";

/** Kinds that take their time, and how many seconds are usual. */
const SECONDS = { delay: 5, hang: 30, rate_limit: 5 };
const OUTAGE = "PT10M";

/** Returns the function that shows what is planned. */
export function faultsPanel(place) {
  const call = choice("Call");
  const kind = choice("What happens to the call");
  const times = number("Calls", 1, 1);
  const seconds = number("Seconds", 5, 1);
  const whole = choice("Whole service");
  const planned = h("div", {});
  const meaning = h("p", { class: "muted small", id: "fault-meaning" });
  kind.input.setAttribute("aria-describedby", meaning.id);
  const explain = () => {
    meaning.textContent = FAULTS[kind.input.value] ?? "";
    seconds.field.hidden = !(kind.input.value in SECONDS);
    seconds.input.value = SECONDS[kind.input.value] ?? 0;
  };
  kind.input.addEventListener("change", explain);
  const plan = () => post("faults", {
    service: call.input.value,
    kind: kind.input.value,
    times: times.input.valueAsNumber,
    seconds: seconds.field.hidden ? 0 : seconds.input.valueAsNumber,
  });
  const takeDown = () => post("outages", { service: whole.input.value, for: OUTAGE });
  fill(place, call.field, kind.field, meaning,
    h("div", { class: "panel-row" }, times.field, seconds.field, button("Plan", plan)),
    h("div", { class: "panel-row panel-part" }, whole.field, button("Take down for 10 min", takeDown)),
    planned);
  let offered = null;
  return (faults) => {
    if (offered !== String([faults.services, faults.kinds])) {
      offered = String([faults.services, faults.kinds]);
      offer(call.input, callsByService(faults.services));
      offer(whole.input, faults.services.filter(isWhole).map((name) => [name, serviceName(name)]));
      offer(kind.input, faults.kinds.map((name) => [name, inWords(name)]));
      explain();
    }
    showPlans(planned, told(faults), "All calls are answered as they should be.", () => remove("faults"));
  };
}

/** Each service with its operations right below it. */
function callsByService(services) {
  return services.filter(isWhole).flatMap((service) => [
    [service, `${serviceName(service)}: any call`],
    ...services.filter((name) => name.startsWith(`${service}.`)).map((name) => [name, serviceName(name)]),
  ]);
}

function isWhole(service) {
  return !service.includes(".");
}

function told({ down, planned }) {
  return [
    ...Object.entries(down).map(([name, until]) => `${serviceName(name)}: down until ${moment(until)}`),
    ...Object.entries(planned).map(([name, kinds]) => `${serviceName(name)}: ${inTurn(kinds)}`),
  ];
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
