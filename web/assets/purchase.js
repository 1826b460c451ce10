/** The stage in which a chosen time is paid for: on Stripe's page or right here. */

import { mountEmbedded, openCheckout, payHosted } from "./checkout.js";
import { config } from "./config.js";
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

  fill(
    buttons,
    actions(actionButton(`Pay ${session.price.display}`, payOnStripe), change()),
    h("p", { class: "muted small" }, "You pay on Stripe's page. The time is held for you meanwhile."),
  );
  offerEmbedded(buttons, payHere);
  const chosen = { ...slot, sessionType: session, host: session.host, price: session.price };
  return h("div", { class: "stage-confirm" }, sessionFacts(chosen, zone), problem, buttons, frame);
}

/** Paying without leaving needs Stripe's script and a publishable key. */
async function offerEmbedded(buttons, payHere) {
  const { stripePublishableKey } = await config().catch(() => ({}));
  if (!stripePublishableKey) return;
  const [row] = buttons.children;
  row.children[0].after(actionButton("Pay here", payHere, "secondary"));
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
