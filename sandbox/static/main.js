/** Puts the page together and keeps it up to date. */

import { byId, fill } from "/assets/dom.js";
import { onAction, show } from "./actions.js";
import { changedState, connectOverview } from "./api.js";
import { INVOICES, SUBSCRIPTIONS, nextMoments, withCards } from "./billing.js";
import { busyPanel } from "./busy.js";
import { ACCOUNTS, TRANSFERS, withCharges } from "./connect.js";
import { clockPanel, deliveriesPanel } from "./controls.js";
import { faultsPanel } from "./faults.js";
import { glance } from "./glance.js";
import { CALLS, CHECKOUTS, EVENTS, MAILS, keyedCalls } from "./lists.js";
import { payoutsPanel } from "./payouts.js";
import { recordList } from "./records.js";
import { standinSections } from "./standins.js";
import { tokenPanel } from "./token.js";
import { TROUBLES, inOrderOfNeed } from "./troubles.js";

const EVERY_MS = 1500;

const setGlance = glance(byId("glance"));
const setClock = clockPanel(byId("clock"));
const setFaults = faultsPanel(byId("faults"));
const suggestBusy = busyPanel(byId("busy"), () => Date.now() + offsetMs);
const setDeliveries = deliveriesPanel(byId("deliveries"));
const setPayouts = payoutsPanel(byId("payouts"));
const setTroubles = recordList(byId("troubles"), TROUBLES);
const setCheckouts = recordList(byId("checkouts"), CHECKOUTS);
const setSubscriptions = recordList(byId("subscriptions"), SUBSCRIPTIONS);
const setInvoices = recordList(byId("invoices"), INVOICES);
const setAccounts = recordList(byId("accounts"), ACCOUNTS);
const setTransfers = recordList(byId("transfers"), TRANSFERS);
const setEvents = recordList(byId("events"), EVENTS);
const setMails = recordList(byId("mails"), MAILS);
const setStandins = standinSections(byId("standins"), byId("silent"));
const setCalls = recordList(byId("calls"), CALLS);
tokenPanel(byId("token"));

let lost = false;
let offsetMs = 0;

async function refresh() {
  try {
    const [state, connect] = await Promise.all([changedState(), connectOverview()]);
    if (lost) fill(byId("problem"));
    lost = false;
    if (state !== null) render(state);
    renderConnect(connect);
  } catch (problem) {
    if (!lost) show(problem);
    lost = true;
  }
}

function render(state) {
  offsetMs = state.clock.offsetSeconds * 1000;
  setClock(state.clock.offsetSeconds, nextMoments(state, Date.now() + offsetMs));
  suggestBusy();
  setGlance(state);
  setFaults(state.faults);
  setDeliveries(state.deliveries);
  setTroubles(inOrderOfNeed(state.troubles));
  setCheckouts(state.checkouts);
  setSubscriptions(withCards(state.subscriptions, state.keepableCards));
  setInvoices(state.invoices);
  setEvents(state.events);
  setMails(state.mails);
  setStandins(state.standins);
  setCalls(keyedCalls(state.calls));
}

function renderConnect(connect) {
  setPayouts(connect);
  setAccounts(withCharges(connect));
  setTransfers(connect.transfers);
}

async function watch() {
  if (!document.hidden) await refresh();
  setTimeout(watch, EVERY_MS);
}

onAction(refresh);
watch();
