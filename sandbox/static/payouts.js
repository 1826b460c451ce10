/** The panel of payouts: run them now, and what Stripe does about money and accounts. */

import { fill, h } from "/assets/dom.js";
import { button } from "./actions.js";
import { cronCall, post } from "./api.js";
import { amounts } from "./connect.js";
import { choice } from "./fields.js";
import { inWords } from "./format.js";

const SWITCHES = {
  transfersShort: { on: "Let transfers lack money", off: "Let transfers have money", told: "Every transfer is refused for want of money." },
  refundsShort: { on: "Let refunds lack money", off: "Let refunds have money", told: "Refunds wait for money." },
};
const APIS = [["v2", "Accounts v2 only"], ["v1", "Accounts v1 only"], ["both", "Either"]];

/** Returns the function that shows what Connect's overview tells. */
export function payoutsPanel(place) {
  const ran = h("p", { class: "muted small", role: "status" }, "They also run by themselves each hour.");
  const balance = h("p", { class: "small" });
  const told = h("ul", { class: "plans small" });
  const api = choice("Accounts are made by", APIS);
  const run = async () => (ran.textContent = outcome(await cronCall("process-payouts")));
  const switches = Object.entries(SWITCHES).map(([name, words]) => startSwitch(name, words));
  api.input.addEventListener("change", () => set({ accountsApi: api.input.value }));
  fill(
    place,
    h("div", { class: "panel-row" }, button("Run payouts now", run)), ran, balance,
    h("div", { class: "panel-row panel-part" }, switches.map(({ element }) => element)), told,
    api.field,
  );
  return ({ settings, balance: sums }) => {
    balance.textContent = `The platform has: ${amounts(sums)}.`;
    switches.forEach(({ show }) => show(settings));
    const lines = Object.entries(SWITCHES).filter(([name]) => settings[name]).map(([, words]) => h("li", {}, words.told));
    fill(told, lines);
    told.hidden = lines.length === 0;
    if (document.activeElement !== api.input) api.input.value = settings.accountsApi;
  };
}

/** Two buttons of which one is shown; the focus goes with it. */
function startSwitch(name, { on, off }) {
  const buttons = [button(on, () => set({ [name]: true })), button(off, () => set({ [name]: false }))];
  const show = (settings) => {
    const shown = buttons[Number(settings[name])];
    const hidden = buttons[Number(!settings[name])];
    const hadFocus = hidden === document.activeElement;
    shown.hidden = false;
    hidden.hidden = true;
    if (hadFocus) shown.focus();
  };
  return { element: buttons, show };
}

function set(given) {
  return post("stripe/connect/settings", given);
}

/** `Queued: 1. Waiting: no account 2, not due 1.` */
function outcome({ queued, waiting }) {
  const reasons = Object.entries(waiting).map(([reason, count]) => `${inWords(reason.toLowerCase()).toLowerCase()} ${count}`);
  return `Queued: ${queued}. Waiting: ${reasons.join(", ") || "none"}.`;
}
