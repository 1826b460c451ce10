/** Giving a confirmed session another time, in a dialog with the slot picker. */

import { graphql } from "./api.js";
import { openDialog } from "./dialog.js";
import { RESCHEDULE_BOOKING } from "./documents.js";
import { actionButton, announce, fill, h } from "./dom.js";
import { actions, failure, notice } from "./feedback.js";
import { slotPicker } from "./picker.js";
import { fact } from "./progress.js";
import { problemSpace } from "./retry.js";
import { refusedSlot } from "./slot_taken.js";
import { moveTerms, whyNotMovable } from "./terms.js";
import { fullDay, timeRange, zoneWithOffset } from "./time.js";

/** A button whose dialog chooses another time; `onDone(text)` is told once the booking has it. */
export function changeTimeButton(booking, onDone) {
  const which = h("span", { class: "sr-only" }, ` of ${booking.sessionType.name}`);
  return actionButton(["Change time", which], () => new Moving(booking, onDone).open(), "secondary");
}

class Moving {
  constructor(booking, onDone) {
    this.booking = booking;
    this.onDone = onDone;
    this.dialog = openDialog("Change the time", { wide: true });
  }

  open() {
    const why = whyNotMovable(this.booking);
    if (why !== null) return this.refuse(why);
    const { sessionType } = this.booking;
    this.picker = slotPicker({ sessionTypeId: sessionType.id, onChoose: (slot) => this.confirm(slot) });
    this.pick();
  }

  refuse(why) {
    const close = actionButton("Close", this.dialog.close, "secondary");
    const title = "This session cannot be given another time now";
    fill(this.dialog.body, notice("warn", title, h("p", {}, why)), actions(close));
    close.focus();
  }

  pick() {
    const terms = moveTerms(this.booking.cancellationPolicy);
    fill(this.dialog.body, h("p", { class: "muted dialog-intro" }, `You keep what you paid for. ${terms}`), this.picker.element);
  }

  back() {
    this.pick();
    this.picker.reload();
    document.getElementById("dialog-title").focus();
  }

  confirm(slot) {
    const zone = this.picker.zone();
    const problem = problemSpace();
    const sure = actionButton("Take this time", () => this.move(slot, zone, problem));
    fill(
      this.dialog.body,
      h(
        "div",
        { class: "stage-confirm" },
        h("dl", { class: "facts" }, whenFact("Until now", this.booking, zone), whenFact("New time", slot, zone)),
        h("p", { class: "muted" }, `Times in ${zoneWithOffset(zone, new Date(slot.startsAt))}`),
        problem,
        actions(sure, actionButton("Another time", () => this.back(), "quiet")),
      ),
    );
    announce(`Chosen: ${fullDay(slot.startsAt, zone)}, ${timeRange(slot.startsAt, slot.endsAt, zone)}.`);
    sure.focus();
  }

  async move(slot, zone, problem) {
    fill(problem);
    const input = { bookingId: this.booking.id, startsAt: slot.startsAt, timeZone: zone };
    try {
      const { errors } = (await graphql(RESCHEDULE_BOOKING, { input })).rescheduleBooking;
      if (errors.length > 0) return fill(problem, refusedSlot(errors, zone, (other) => this.confirm(other)));
      this.dialog.close();
      this.onDone(`The session is on ${fullDay(slot.startsAt, zone)} now, ${timeRange(slot.startsAt, slot.endsAt, zone)}.`);
    } catch (error) {
      fill(problem, await failure(error, () => this.move(slot, zone, problem)));
    }
  }
}

function whenFact(name, { startsAt, endsAt }, zone) {
  return fact(name, [
    h("span", { class: "fact-strong" }, fullDay(startsAt, zone)),
    h("span", { class: "fact-strong" }, timeRange(startsAt, endsAt, zone)),
  ]);
}
