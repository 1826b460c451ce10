/** After the payment: tells what became of it until what was paid for, or the money, is there. */

import { SignInNeeded, graphql } from "./api.js";
import { CONFIRM_BOOKING } from "./documents.js";
import { byId, fill, h, linkButton, retitle } from "./dom.js";
import { actions, notice, skeleton } from "./feedback.js";
import { follow } from "./follow.js";
import { mountHeader } from "./header.js";
import { planCard, readPlan } from "./plan_progress.js";
import { progressCard } from "./progress.js";
import { problemSpace, retryButton, startOver } from "./retry.js";
import { refusalVerdict, verdict } from "./verdict.js";

const app = byId("app");
const problem = problemSpace();
const checkoutSessionId = new URLSearchParams(location.search).get("session_id");

mountHeader();
if (checkoutSessionId) start();
else showUnnamed();

function start() {
  const frame = h("div", { "aria-busy": "true" }, skeleton("panel", 1));
  fill(app, frame, problem);
  app.setAttribute("aria-busy", "false");
  follow({ element: frame, ask: confirm, buttons, card });
}

async function confirm() {
  const answer = await graphql(CONFIRM_BOOKING, { input: { checkoutSessionId } }).catch(explain);
  const { booking, subscription, meetingUrl, errors } = answer.confirmBooking;
  if (subscription) return readPlan(subscription, errors);
  const known = withMeeting(booking, meetingUrl);
  const refusal = errors.length > 0 ? refusalVerdict(errors[0], known) : null;
  const reading = refusal ?? verdict(known);
  return reading.wantsTime ? goToPicker(known) : { booking: known, verdict: reading };
}

/** Paid first: on to the choice of the time. Back must not lead here, which would lead there again. */
function goToPicker({ id }) {
  location.replace(`/booking?booking=${encodeURIComponent(id)}`);
  return new Promise(() => {}); // the page is leaving
}

/** The heading must not go on promising news that cannot come. */
function explain(error) {
  if (error instanceof SignInNeeded) retitle("Sign in to see what you paid for");
  throw error;
}

function withMeeting(booking, meetingUrl) {
  if (booking === null || booking.meeting || !meetingUrl) return booking;
  return { ...booking, meeting: { url: meetingUrl } };
}

function card(reading, zone, further) {
  if (reading.subscription) return planCard(reading, problem, further);
  return progressCard(reading.verdict, reading.booking, zone, ...further);
}

/** A payment that failed or never happened can be tried again while the time is held. */
function buttons({ booking, subscription, verdict: reading }) {
  if (subscription) return [];
  if (booking === null) return [linkButton("/", "See the sessions")];
  if (booking.status === "AWAITING_PAYMENT" && reading.steps?.[0] === "failed") {
    return [retryButton(booking, problem, "Try the payment again")];
  }
  return startOver(booking);
}

function showUnnamed() {
  retitle("No payment to show");
  app.setAttribute("aria-busy", "false");
  fill(
    app,
    notice(
      "warn",
      "This address does not name a payment",
      h("p", {}, "Your bookings, plans and payments are all in your account."),
      actions(linkButton("/account", "Your account"), linkButton("/", "See the sessions", "quiet")),
    ),
  );
}
