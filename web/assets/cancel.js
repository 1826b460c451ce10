/** After leaving Stripe's page: the payment was not completed; try again or release the time. */

import { graphql } from "./api.js";
import { cancelledPlan } from "./cancelled_plan.js";
import { countdown } from "./countdown.js";
import { BOOKING_BY_ID, CANCEL_BOOKING } from "./documents.js";
import { actionButton, announce, byId, fill, h, linkButton, retitle } from "./dom.js";
import { actions, failure, loadInto, notice, refusals, skeleton } from "./feedback.js";
import { mountHeader } from "./header.js";
import { poll } from "./poll.js";
import { progressCard, sessionFacts } from "./progress.js";
import { otherTime, problemSpace, retryButton, startOver } from "./retry.js";
import { time } from "./time.js";
import { latestPayment, verdict } from "./verdict.js";

const app = byId("app");
const parameters = new URLSearchParams(location.search);
const [bookingId, planId] = [parameters.get("booking_id"), parameters.get("plan_id")];
let watching = 0;

mountHeader();
load();

function load() {
  watching += 1;
  return loadInto(app, skeleton("panel", 1), async () => {
    if (planId) return cancelledPlan(planId);
    const booking = bookingId && (await graphql(BOOKING_BY_ID, { id: bookingId })).booking;
    return booking ? show(booking) : unknown();
  });
}

function show(booking) {
  if (booking.status === "AWAITING_PAYMENT") return isProcessing(booking) ? progress(booking) : unpaid(booking);
  const hasPayment = booking.payments.some(({ status }) => status === "SUCCEEDED");
  return hasPayment ? paidAfterAll(booking) : over(booking);
}

function unknown() {
  return notice(
    "info",
    "There is no booking of yours under this address",
    h("p", {}, "You can choose a session and start again."),
    actions(linkButton("/", "See the sessions"), linkButton("/account", "Your account", "quiet")),
  );
}

function unpaid(booking) {
  watchForNews(booking);
  const problem = problemSpace();
  const isHeld = booking.holdExpiresAt && new Date(booking.holdExpiresAt) > new Date();
  const release = booking.startsAt ? "Release the slot" : "Cancel the booking";
  return h(
    "article",
    { class: "card card-roomy" },
    declined(booking),
    holdText(booking, isHeld),
    sessionFacts(booking),
    problem,
    actions(
      retryButton(booking, problem),
      actionButton(release, () => releaseSlot(booking, problem), "secondary"),
    ),
  );
}

/** What Stripe tells of a declined card comes a moment after its page was left: show it then. */
async function watchForNews(shown) {
  const turn = (watching += 1);
  const isOver = (booking) => turn !== watching || news(booking) !== news(shown);
  const ask = async () => (await graphql(BOOKING_BY_ID, { id: shown.id })).booking;
  const wasOver = await poll(ask, isOver, () => {}).catch(() => false);
  if (wasOver && turn === watching) await load();
}

function news(booking) {
  return JSON.stringify([booking?.status, booking?.payments]);
}

function declined(booking) {
  const latest = latestPayment(booking);
  if (latest?.status !== "FAILED") return null;
  return notice("warn", latest.failureReason ?? "The payment was declined.");
}

function holdText({ startsAt, holdExpiresAt }, isHeld) {
  if (!startsAt) return h("p", { class: "lead-small" }, "You can go on with the payment where you left it.");
  if (!isHeld) {
    return h("p", { class: "lead-small" }, "The time is no longer reserved for you. If it is still open, trying again books it.");
  }
  return h(
    "p",
    { class: "lead-small" },
    `Your time is held until ${time(holdExpiresAt)}: `,
    countdown(holdExpiresAt, load),
    " left to pay.",
  );
}

async function releaseSlot(booking, problem) {
  fill(problem);
  try {
    const { errors } = (await graphql(CANCEL_BOOKING, { input: { bookingId: booking.id } })).cancelBooking;
    if (errors.length > 0) fill(problem, refusals(errors), actions(actionButton("Look again", load, "secondary")));
    else await load();
  } catch (error) {
    fill(problem, await failure(error, () => releaseSlot(booking, problem)));
  }
}

function isProcessing(booking) {
  return latestPayment(booking)?.status === "PROCESSING";
}

/** The heading of the page is wrong for a payment on its way: say so. */
function progress(booking) {
  const reading = verdict(booking);
  retitle(reading.title, { focus: true });
  return progressCard(reading, booking);
}

function paidAfterAll(booking) {
  const reading = verdict(booking);
  retitle(booking.status === "ACCEPTED" ? "This booking is paid and confirmed" : reading.title, { focus: true });
  announce("This booking has been paid.");
  return progressCard(reading, booking, undefined, ...startOver(booking));
}

function over(booking) {
  retitle("The booking was released", { focus: true });
  return h(
    "article",
    { class: "card card-roomy" },
    h(
      "p",
      { class: "lead-small" },
      booking.startsAt ? "The time is open to others again. " : "",
      "Nothing was paid, and you can book again whenever you like.",
    ),
    sessionFacts(booking),
    actions(otherTime(booking.sessionType, "primary"), linkButton("/", "See all sessions", "quiet")),
  );
}
