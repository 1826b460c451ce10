/** The panel that enters something else into a host's own calendar. */

import { fill, h } from "/assets/dom.js";
import { button } from "./actions.js";
import { Problem, post } from "./api.js";
import { choice, localMoment } from "./fields.js";
import { span } from "./format.js";

const CALENDARS = {
  calcom: "Olena Koval (Cal.com)",
  google: "Marcus Reed (Google Calendar)",
  calendly: "Lena Fischer (Calendly)",
};
const AN_HOUR_MS = 3_600_000;

/** `now()` is the sandbox's time in milliseconds, from which the usual times follow. */
export function busyPanel(place, now) {
  const calendar = choice("Whose", Object.entries(CALENDARS));
  const start = localMoment("From");
  const end = localMoment("To");
  const blocked = h("p", { class: "muted small", role: "status" }, "Times taken there cannot be booked here.");
  const suggest = () => {
    if (start.input.value) return;
    start.input.value = local(tomorrowAtTen(now()));
    end.input.value = local(new Date(tomorrowAtTen(now()).getTime() + AN_HOUR_MS));
  };
  const block = async () => {
    const times = { startsAt: moment(start.input), endsAt: moment(end.input) };
    await post("busy", { service: calendar.input.value, ...times });
    blocked.textContent = `Blocked: ${CALENDARS[calendar.input.value]}, ${span(times.startsAt, times.endsAt)}`;
  };
  fill(place, calendar.field, start.field, end.field,
    h("div", { class: "panel-row" }, button("Block this time", block)), blocked);
  return suggest;
}

function tomorrowAtTen(now) {
  const day = new Date(now);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + 1, 10);
}

/** As a `datetime-local` input takes it: the browser's own zone, without its name. */
function local(moment) {
  const shifted = new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}

/** The moment in UTC; what the browser shows is in its own zone. */
function moment({ value }) {
  if (!value) throw new Problem("Say from when to when.");
  return new Date(value).toISOString();
}
