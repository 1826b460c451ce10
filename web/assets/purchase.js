/** The stage in which a chosen time is paid for: on Stripe's page, right here, or by credits. */

import { bookWithCredits, mountEmbedded, openCheckout, payHosted } from "./checkout.js";
import { config } from "./config.js";
import { creditsLeft } from "./credit_balance.js";
import { creditCount } from "./credits.js";
import { actionButton, announce, fill, h } from "./dom.js";
import { actions, failure } from "./feedback.js";
import { sessionFacts } from "./progress.js";
import { refusedSlot } from "./slot_taken.js";

/** `session` as the API's SessionType; `turn` as the time chooser gives it. */
export function purchaseStage(session, slot, zone, turn) {
  const purchase = { sessionTypeId: session.id, startsAt: slot.startsAt, timeZone: zone };
  const problem = h("div", { class: "stage-problem" });
  const buttons = h("div", { class: "stage-buttons" });
  const frame = h("div", { class: "checkout", id: "checkout" });

  async function attempt(action) {
    fill(problem);
    try {
      const errors = await action();
      if (errors.length > 0) fill(problem, refusedSlot(errors, zone, turn.choose));
    } catch (error) {
      fill(problem, await failure(error, () => attempt(action)));
    }
  }

  const payOnStripe = () => attempt(() => payHosted(purchase));
  const change = () => actionButton("Change the time", turn.back, "quiet");
  const elsewhere = () => actions(actionButton("Pay on Stripe's page instead", payOnStripe, "quiet"), change());
  const payHere = () => attempt(() => payEmbedded(purchase, () => fill(buttons, elsewhere())));

  const pay = actionButton(`Pay ${session.price.display}`, payOnStripe);
  pay.setAttribute("data-pay", "");
  fill(
    buttons,
    actions(pay, change()),
    h("p", { class: "muted small" }, "You pay on Stripe's page. The time is held for you meanwhile."),
  );
  offerEmbedded(buttons, payHere);
  offerCredits(buttons, session, () => attempt(() => spendCredits(purchase)));
  const chosen = { ...slot, sessionType: session, host: session.host, price: session.price, credits: null };
  return h("div", { class: "stage-confirm" }, sessionFacts(chosen, zone), problem, buttons, frame);
}

/** Paying without leaving needs Stripe's script and a publishable key. */
async function offerEmbedded(buttons, payHere) {
  const { stripePublishableKey } = await config().catch(() => ({}));
  if (!stripePublishableKey) return;
  payButton(buttons)?.after(actionButton("Pay here", payHere, "secondary"));
}

/** Whoever has enough of them may spend credits; whoever has too few is told so. */
async function offerCredits(buttons, { credits }, spend) {
  const left = credits ? await creditsLeft().catch(() => null) : null; // money always does
  const pay = payButton(buttons);
  if (left === null || pay === null) return;
  const say = (text) => buttons.append(h("p", { class: "muted small" }, text));
  if (left < credits) return say(`You have ${creditCount(left)} left; this session costs ${credits}.`);
  pay.before(actionButton(`Use ${credits} of your ${creditCount(left)}`, spend));
  pay.classList.replace("button-primary", "button-secondary");
  say("With credits it is booked at once, without a payment.");
}

function payButton(buttons) {
  return buttons.querySelector("[data-pay]");
}

/** Books at once and leaves for the booking; returns the API's expected failures. */
async function spendCredits(purchase) {
  const { booking, errors } = await bookWithCredits(purchase);
  if (errors.length === 0) location.assign(`/booking?booking=${encodeURIComponent(booking.id)}`);
  return errors;
}

/** Mounts the form and tells `onMounted`; returns the API's expected failures. */
async function payEmbedded(purchase, onMounted) {
  const { checkout, errors } = await openCheckout({ ...purchase, uiMode: "EMBEDDED" });
  if (errors.length > 0) return errors;
  await mountEmbedded(checkout, "#checkout");
  onMounted();
  announce("The payment form is shown.");
  return [];
}
