/** The slot picker: a month of open days, the times of the chosen day, in a zone of choice. */

import { CalendarUnavailable, graphql } from "./api.js";
import { monthCalendar } from "./calendar.js";
import { OPEN_SLOTS } from "./documents.js";
import { announce, actionButton, fill, h } from "./dom.js";
import { empty, failure, skeleton } from "./feedback.js";
import { timesOfDay } from "./times.js";
import { browserZone, dayKey, monthName, monthOf, monthStart, shiftMonth } from "./time.js";
import { zoneSelect } from "./zones.js";

/**
 * `onChoose(slot)` is told of the chosen slot. The element shows itself at once;
 * `reload()` asks for the month again, for times may have gone meanwhile.
 */
export function slotPicker({ sessionTypeId, onChoose }) {
  const picker = new SlotPicker(sessionTypeId, onChoose);
  picker.open();
  return { element: picker.element, reload: () => picker.load(), zone: () => picker.zone };
}

class SlotPicker {
  constructor(sessionTypeId, onChoose) {
    this.sessionTypeId = sessionTypeId;
    this.onChoose = onChoose;
    this.zone = browserZone();
    this.month = monthOf(new Date(), this.zone);
    this.openings = new Map();
    this.selected = null;
    this.asked = 0;
    this.calendar = monthCalendar({
      onDay: (key) => this.selectDay(key),
      onMonth: (month) => this.showMonth(month),
    });
    this.times = h("section", { class: "times", "aria-label": "Open times" });
    const zones = zoneSelect(this.zone, (zone) => this.changeZone(zone));
    this.element = h(
      "div",
      { class: "picker" },
      h("div", { class: "picker-month" }, this.calendar.element, zones),
      this.times,
    );
  }

  /** Show this month, or the next when nothing is left in this one. */
  async open() {
    await this.load();
    if (this.failed || this.openings.size > 0) return;
    const over = this.month;
    await this.showMonth(shiftMonth(over, 1));
    if (this.openings.size > 0) announce(`Nothing is left in ${monthName(over)}; this is ${monthName(this.month)}.`);
  }

  showMonth(month) {
    this.month = month;
    this.selected = null;
    return this.load();
  }

  changeZone(zone) {
    this.zone = zone;
    return this.load();
  }

  async load() {
    const asked = (this.asked += 1);
    this.failed = false;
    this.openings = new Map();
    this.element.setAttribute("aria-busy", "true");
    this.renderMonth();
    fill(this.times, skeleton("time", 9));
    try {
      const slots = await this.fetchMonth();
      if (asked === this.asked) this.show(slots);
    } catch (error) {
      if (asked === this.asked) await this.showFailure(error);
    }
  }

  /** The open slots from now or the month's first moment to its end. */
  async fetchMonth() {
    const from = new Date(Math.max(Date.now(), monthStart(this.month, this.zone)));
    const to = monthStart(shiftMonth(this.month, 1), this.zone);
    const range = { from: from.toISOString(), to: to.toISOString() };
    const data = await graphql(OPEN_SLOTS, { sessionTypeId: this.sessionTypeId, ...range });
    return data.availableSlots;
  }

  show(slots) {
    for (const slot of slots) {
      const key = dayKey(slot.startsAt, this.zone);
      this.openings.set(key, [...(this.openings.get(key) ?? []), slot]);
    }
    if (!this.openings.has(this.selected)) this.selected = [...this.openings.keys()].sort()[0] ?? null;
    this.element.setAttribute("aria-busy", "false");
    this.renderMonth();
    this.renderTimes();
    const days = this.openings.size;
    announce(`${days} ${days === 1 ? "day" : "days"} with open times in ${monthName(this.month)}.`);
  }

  async showFailure(error) {
    this.failed = true;
    this.element.setAttribute("aria-busy", "false");
    if (error instanceof CalendarUnavailable) announce(error.message);
    fill(this.times, await failure(error, () => this.load()));
  }

  selectDay(key) {
    this.selected = key;
    this.renderMonth();
    this.renderTimes();
  }

  renderMonth() {
    const { month, openings, selected, zone } = this;
    this.calendar.render({ month, openings, selected, zone, first: monthOf(new Date(), zone) });
  }

  renderTimes() {
    if (this.selected === null) fill(this.times, this.nothingOpen());
    else fill(this.times, timesOfDay(this.openings.get(this.selected), this.zone, (slot) => this.onChoose(slot)));
  }

  nothingOpen() {
    const next = shiftMonth(this.month, 1);
    const look = actionButton(`Look in ${monthName(next)}`, () => this.showMonth(next), "secondary");
    return empty(`No open times in ${monthName(this.month)}`, "Other months may have some.", look);
  }
}
