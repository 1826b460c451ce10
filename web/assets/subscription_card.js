/** One subscription of the account page: how it stands and what can be done about it. */

import { chip } from "./chips.js";
import { h, linkButton } from "./dom.js";
import { notice } from "./feedback.js";
import { planButton } from "./plan_checkout.js";
import { priceTerms } from "./plan_terms.js";
import { portalButton } from "./portal.js";
import { problemSpace } from "./retry.js";
import { isForGood, isGrantedTrial, isOver, isOwing, standing } from "./standing.js";

/** `openInvoice` is where what is owed can be paid, if known. */
export function subscriptionCard(subscription, { isEntitling, openInvoice }) {
  const { plan, price } = subscription;
  const { tone, label, text } = standing(subscription, isEntitling);
  const problem = problemSpace();
  const buttons = buttonsFor(subscription, openInvoice, problem);
  return h(
    "article",
    { class: "card row subscription" },
    h("div", { class: "row-head" }, h("h3", { class: "row-title" }, nameOf(subscription)), chip(tone, label)),
    h("p", { class: "muted" }, plan ? priceTerms(plan, price ?? plan.price) : price?.display),
    tone === "bad" ? notice("warn", null, h("p", {}, text)) : h("p", { class: "row-remark" }, text),
    problem,
    buttons.length > 0 && h("div", { class: "actions" }, buttons),
  );
}

export function nameOf({ plan }) {
  return plan?.name ?? "Subscription";
}

function buttonsFor(subscription, openInvoice, problem) {
  const { id, plan, cancelAt, status } = subscription;
  if (isOver(subscription)) return [linkButton("/#plans", "See the plans", "secondary")];
  if (isForGood(subscription)) return [];
  if (isGrantedTrial(subscription)) return plan ? [planButton(plan, problem, "Subscribe")] : [];
  const portal = (flow, label, look) => portalButton(label, { flow, subscriptionId: id }, problem, look);
  const cancel = portal("CANCEL", "Cancel");
  if (isOwing(subscription) || status === "INCOMPLETE") {
    return [
      openInvoice && linkButton(openInvoice, "Pay now"),
      portal("PAYMENT_METHOD", "Update card", openInvoice ? "secondary" : "primary"),
      portal("HOME", "Manage subscription"),
      cancel,
    ];
  }
  const card = portal("PAYMENT_METHOD", "Update card");
  if (cancelAt) return [portal("HOME", "Keep the plan", "secondary"), card];
  const change = plan && status !== "PAUSED" && portal("CHANGE_PLAN", "Change plan");
  return [portal("HOME", "Manage subscription", "secondary"), change, card, cancel];
}
