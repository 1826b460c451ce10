/** Puts the page together and keeps it up to date. */

import { byId, fill } from "/assets/dom.js";
import { changedState } from "./api.js";
import { clockPanel, deliveriesPanel, faultsPanel, onAction, show } from "./controls.js";
import { CALENDAR, CALLS, CHECKOUTS, EVENTS, MAILS, withKeys } from "./lists.js";
import { recordList } from "./records.js";
import { tokenPanel } from "./token.js";

const EVERY_MS = 1500;

const setClock = clockPanel(byId("clock"));
const setFaults = faultsPanel(byId("faults"));
const setDeliveries = deliveriesPanel(byId("deliveries"));
const setCheckouts = recordList(byId("checkouts"), CHECKOUTS);
const setEvents = recordList(byId("events"), EVENTS);
const setMails = recordList(byId("mails"), MAILS);
const setCalendar = recordList(byId("calendar"), CALENDAR);
const setCalls = recordList(byId("calls"), CALLS);
tokenPanel(byId("token"));

let lost = false;

async function refresh() {
  try {
    const state = await changedState();
    if (lost) fill(byId("problem"));
    lost = false;
    if (state !== null) render(state);
  } catch (problem) {
    if (!lost) show(problem);
    lost = true;
  }
}

function render(state) {
  setClock(state.clock.offsetSeconds);
  setFaults(state.faults);
  setDeliveries(state.deliveries);
  setCheckouts(state.checkouts);
  setEvents(state.events);
  setMails(state.mails);
  setCalendar(state.calendar);
  setCalls(withKeys(state.calls));
}

async function watch() {
  if (!document.hidden) await refresh();
  setTimeout(watch, EVERY_MS);
}

onAction(refresh);
watch();
