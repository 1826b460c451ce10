/** A month of days of which those with open times can be chosen, by mouse or keyboard. */

import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { dayKey, daysIn, fullDay, keyOf, monthName, shiftMonth, week, weekdayOfFirst } from "./time.js";

const WEEK = week();

/** `onDay(key)` is told of a chosen day ("2025-11-25"), `onMonth({year, month})` of a new month. */
export function monthCalendar({ onDay, onMonth }) {
  const title = h("h2", { class: "month-title", id: "month-title", "aria-live": "polite" });
  const previous = arrow("previous", "Previous month", () => turn(-1));
  const next = arrow("next", "Next month", () => turn(1));
  const body = h("tbody");
  const element = h(
    "div",
    { class: "calendar" },
    h("div", { class: "month-head" }, title, previous, next),
    h("table", { class: "month", role: "grid", "aria-labelledby": "month-title" }, weekdays(), body),
  );
  let shown = null;
  let owesFocus = false;

  function turn(by) {
    const button = by < 0 ? previous : next;
    if (button.getAttribute("aria-disabled") !== "true") onMonth(shiftMonth(shown.month, by));
  }

  /** Draw a month: `openings` maps a day's key to its slots, `first` is the earliest month. */
  function render(state) {
    owesFocus ||= body.contains(document.activeElement);
    shown = state;
    title.textContent = monthName(state.month);
    previous.setAttribute("aria-disabled", String(monthsFrom(state.first, state.month) <= 0));
    fill(body, weeks(state, onDay));
    restoreFocus();
  }

  /** Redrawing drops the keyboard focus; it comes back with the next open day there is. */
  function restoreFocus() {
    const stop = body.querySelector("[tabindex='0']");
    if (!owesFocus || stop === null) return;
    owesFocus = false;
    if (document.activeElement === document.body) stop.focus();
  }

  body.addEventListener("keydown", (event) => {
    if (event.key === "PageUp") turn(-1);
    else if (event.key === "PageDown") turn(1);
    else if (!moveFocus(body, event.key)) return;
    event.preventDefault();
  });
  return { element, render };
}

function arrow(name, label, action) {
  const button = { class: "button button-icon", type: "button", "aria-label": label, onclick: action };
  return h("button", button, icon(name));
}

function weekdays() {
  const cells = WEEK.names.map(({ short, long }) =>
    h("th", { scope: "col", abbr: long }, h("span", { class: "weekday" }, short)),
  );
  return h("thead", {}, h("tr", {}, cells));
}

function weeks({ month, openings, selected, zone }, onDay) {
  const blanks = (weekdayOfFirst(month) - WEEK.first + 7) % 7;
  const keys = Array.from({ length: daysIn(month) }, (_, index) => keyOf(month, index + 1));
  const tabStop = openings.has(selected) ? selected : keys.find((key) => openings.has(key));
  const today = dayKey(new Date(), zone);
  const cells = [
    ...Array.from({ length: blanks }, () => h("td")),
    ...keys.map((key) => dayCell(key, { openings, selected, today, tabStop }, onDay)),
  ];
  const rows = [];
  for (let start = 0; start < cells.length; start += 7) {
    rows.push(h("tr", {}, cells.slice(start, start + 7)));
  }
  return rows;
}

function dayCell(key, { openings, selected, today, tabStop }, onDay) {
  const date = String(Number(key.slice(-2)));
  const mark = key === today ? "day day-today" : "day";
  const count = openings.get(key)?.length ?? 0;
  if (count === 0) return h("td", {}, h("span", { class: mark }, date));
  const label = `${fullDay(`${key}T12:00:00Z`, "UTC")}, ${count} open ${count === 1 ? "time" : "times"}`;
  return h(
    "td",
    { "aria-selected": String(key === selected) },
    h(
      "button",
      {
        class: `${mark} day-open`,
        type: "button",
        tabindex: key === tabStop ? "0" : "-1",
        "aria-label": label,
        "aria-pressed": String(key === selected),
        "data-day": key,
        onclick: () => onDay(key),
      },
      date,
    ),
  );
}

/** Arrow keys go from open day to open day; up and down by at least a week. */
function moveFocus(body, key) {
  const days = [...body.querySelectorAll("[data-day]")];
  const here = days.indexOf(document.activeElement);
  if (here < 0) return false;
  const target = {
    ArrowLeft: () => days[here - 1],
    ArrowRight: () => days[here + 1],
    ArrowUp: () => days.slice(0, here).findLast((other) => dateOf(days[here]) - dateOf(other) >= 7),
    ArrowDown: () => days.slice(here).find((other) => dateOf(other) - dateOf(days[here]) >= 7),
    Home: () => days[0],
    End: () => days.at(-1),
  }[key];
  if (target === undefined) return false;
  target()?.focus();
  return true;
}

function dateOf(button) {
  return Number(button.dataset.day.slice(-2));
}

function monthsFrom(first, month) {
  return (month.year - first.year) * 12 + month.month - first.month;
}
