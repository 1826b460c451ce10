/** Giving a paid session its time. */

import { graphql } from "./api.js";
import { besideSession, timeChooser } from "./chooser.js";
import { BOOKING_BY_ID, SCHEDULE_BOOKING } from "./documents.js";
import { actionButton, fill, h, linkButton, retitle } from "./dom.js";
import { actions, failure, notice } from "./feedback.js";
import { follow } from "./follow.js";
import { sessionFacts } from "./progress.js";
import { startOver } from "./retry.js";
import { schedulingPage } from "./scheduling_page.js";
import { refusedSlot } from "./slot_taken.js";
import { termsOf } from "./terms.js";
import { shortMoment } from "./time.js";
import { choiceOnItsWay, verdict } from "./verdict.js";

/** What the page shows for a booking's id, in `app`: the picker, or why there is none. */
export async function placeBooking(app, bookingId) {
  const booking = await load(bookingId);
  if (booking === null) return notYours();
  if (booking.status === "AWAITING_PAYMENT") return notPaid(booking);
  if (!booking.needsTime || booking.status !== "PENDING") return watch(app, booking.id);
  return [deadline(booking), booking.hasSchedulingPage ? hostsPage(app, booking) : chooser(app, booking)];
}

function notYours() {
  return notice(
    "warn",
    "There is no paid session of yours under this address",
    h("p", {}, "Choosing a time here is open to whoever has paid for the session."),
    actions(linkButton("/", "See the sessions"), linkButton("/account", "Your bookings", "quiet")),
  );
}

function notPaid({ id }) {
  return notice(
    "warn",
    "This booking is not paid yet",
    h("p", {}, "Its time can be chosen as soon as the payment has arrived."),
    actions(linkButton(`/payment/cancel?booking_id=${encodeURIComponent(id)}`, "To the payment")),
  );
}

function deadline({ placeBy }) {
  return placeBy && h("p", { class: "lead-small" }, `Paid. Please choose the time by ${shortMoment(placeBy)}.`);
}

/** The host's own page beside the session's facts; our picker is the way out. */
function hostsPage(app, booking) {
  const page = schedulingPage({
    booking,
    ask: () => load(booking.id),
    onChosen: () => watch(app, booking.id, undefined, readChosen),
    pickHere: () => {
      card.replaceWith(chooser(app, booking));
      retitle("Choose a time", { focus: true });
    },
  });
  const card = besideSession(paidSession(booking), h("div", { class: "stage" }, page));
  return card;
}

function paidSession({ sessionType, host, price, cancellationPolicy }) {
  return { ...sessionType, host, cost: `${price.display}, paid`, terms: termsOf(cancellationPolicy) };
}

function chooser(app, booking) {
  return timeChooser({
    session: paidSession(booking),
    confirmTitle: "Check and book",
    confirm: (slot, zone, turn) => confirmStage(app, booking, slot, zone, turn),
  });
}

function confirmStage(app, booking, slot, zone, turn) {
  const problem = h("div", { class: "stage-problem" });

  async function schedule() {
    fill(problem);
    try {
      const input = { bookingId: booking.id, startsAt: slot.startsAt, timeZone: zone };
      const { errors } = (await graphql(SCHEDULE_BOOKING, { input })).scheduleBooking;
      if (errors.length > 0) fill(problem, refusedSlot(errors, zone, turn.choose));
      else watch(app, booking.id, zone);
    } catch (error) {
      fill(problem, await failure(error, schedule));
    }
  }

  return h(
    "div",
    { class: "stage-confirm" },
    sessionFacts({ ...booking, ...slot }, zone),
    problem,
    actions(actionButton("Book this time", schedule), actionButton("Change the time", turn.back, "quiet")),
  );
}

/** From here on the booking is in the server's hands. */
function watch(app, bookingId, zone, read = readPlaced) {
  const frame = h("div", { class: "narrow" });
  follow({ element: frame, zone, ask: () => read(bookingId), buttons: ({ booking }) => startOver(booking) });
  fill(app, frame);
  return frame;
}

async function readPlaced(bookingId) {
  const booking = await load(bookingId);
  return { booking, verdict: verdict(booking) };
}

/** After a choice on the host's page the server may still wait for the news of it. */
async function readChosen(bookingId) {
  const reading = await readPlaced(bookingId);
  return reading.verdict.wantsTime ? { ...reading, verdict: choiceOnItsWay() } : reading;
}

async function load(bookingId) {
  return (await graphql(BOOKING_BY_ID, { id: bookingId })).booking;
}
