/** Buying a plan: on Stripe's page, or in a form on this one. */

import { mountEmbedded, openCheckout, payHosted } from "./checkout.js";
import { actionButton, announce, fill, h, linkButton } from "./dom.js";
import { actions, failure, notice, refusals } from "./feedback.js";
import { priceTerms } from "./plan_terms.js";

/** A button that leads to Stripe's page; what keeps it from opening is shown in `problem`. */
export function planButton({ id }, problem, label, look = "primary") {
  const buy = () => attempt(problem, () => payHosted({ planId: id }));
  return actionButton(label, buy, look);
}

/** A button that puts Stripe's form into `space`, under a heading of its own. */
export function planButtonHere(plan, problem, label, space) {
  const buy = () => attempt(problem, () => payHere(plan, space));
  return actionButton(label, buy, "quiet");
}

async function attempt(problem, action) {
  fill(problem);
  try {
    const errors = await action();
    if (errors.length > 0) fill(problem, refused(errors));
  } catch (error) {
    fill(problem, await failure(error, () => attempt(problem, action)));
  }
}

function refused(errors) {
  if (errors[0].code !== "ALREADY_SUBSCRIBED") return refusals(errors);
  const manage = linkButton("/account", "Manage subscription", "secondary");
  return notice("info", errors[0].message, actions(manage));
}

/** Mounts the form; returns the API's expected failures. */
async function payHere(plan, space) {
  const { checkout, errors } = await openCheckout({ planId: plan.id, uiMode: "EMBEDDED" });
  if (errors.length > 0) return errors;
  const title = h("h3", { class: "session-name", tabindex: "-1" }, plan.name);
  const problem = h("div", { class: "stage-problem" });
  fill(
    space,
    h(
      "section",
      { class: "card card-roomy plan-form", "aria-label": `Payment for ${plan.name}` },
      h("div", {}, title, h("p", { class: "muted" }, priceTerms(plan))),
      h("div", { class: "checkout", id: "checkout" }),
      problem,
      actions(
        planButton(plan, problem, "Pay on Stripe's page instead", "quiet"),
        actionButton("Not now", () => fill(space), "quiet"),
      ),
    ),
  );
  try {
    await mountEmbedded(checkout, "#checkout");
  } catch (error) {
    fill(space);
    throw error;
  }
  announce("The payment form is shown.");
  title.focus();
  return [];
}
