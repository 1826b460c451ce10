/** What became of the payment of a plan, and what to do with the plan now. */

import { graphql } from "./api.js";
import { channelState, isOnItsWay } from "./benefits.js";
import { creditCount, givesCredits } from "./credits.js";
import { MY_ENTITLEMENTS } from "./documents.js";
import { h, linkButton } from "./dom.js";
import { actions } from "./feedback.js";
import { planButton } from "./plan_checkout.js";
import { priceTerms } from "./plan_terms.js";
import { fact, message } from "./progress.js";
import { isForGood, standing } from "./standing.js";
import { nameOf } from "./subscription_card.js";

/**
 * Read a subscription that was paid for, or was to be: `{verdict, subscription, access, left,
 * isPaid}`. `errors` are those of the confirmation, `access` the channel that the plan opens and
 * `left` the session credits, each null where there are none.
 */
export async function readPlan(subscription, errors = []) {
  if (errors.length > 0) {
    return { subscription, verdict: refusal(errors[0]), access: null, left: null, isPaid: false };
  }
  const { subscriptions, channels, creditsLeft } = (await graphql(MY_ENTITLEMENTS)).me.entitlements;
  const isEntitling = subscriptions.some(({ id }) => id === subscription.id);
  const opened = isEntitling ? subscription.plan?.channel?.id : null;
  const access = channels.find(({ channel }) => channel.id === opened) ?? null;
  const left = isEntitling && givesCredits(subscription) ? creditsLeft : null;
  const verdict = planVerdict(subscription, isEntitling, access);
  return { subscription, access, left, isPaid: isEntitling, verdict };
}

function planVerdict(subscription, isEntitling, access) {
  const { tone, label, text } = standing(subscription, isEntitling);
  const isWaiting = subscription.status === "INCOMPLETE" || (access !== null && isOnItsWay(access));
  return {
    tone,
    text,
    title: isEntitling ? good(subscription) : `${nameOf(subscription)}: ${label.toLowerCase()}`,
    isFinal: !isWaiting,
    mayTakeDays: isEntitling,
  };
}

function good(subscription) {
  if (isForGood(subscription)) return "It is yours";
  return subscription.status === "TRIALING" ? "Your free trial has begun" : "You are subscribed";
}

function refusal({ code, message: text }) {
  if (code === "PAYMENT_PROCESSING") {
    return {
      tone: "info",
      title: "Your payment is being processed",
      text: "Your bank is still confirming it. We write to you as soon as it is settled; you may close this page.",
      isFinal: false,
      mayTakeDays: true,
    };
  }
  const title = code === "PAYMENT_FAILED" ? "The payment did not go through" : "This could not be confirmed";
  return { tone: "bad", title, text, isFinal: true, mayBeTriedAgain: code === "PAYMENT_FAILED" };
}

function channelFact(access) {
  const name = h("span", { class: "fact-strong" }, access.channel.name);
  return [name, h("div", { class: "plan-channel" }, channelState(access))];
}

/** A card for such a reading; problems of its buttons are shown in `problem`. */
export function planCard({ verdict, subscription, access, left }, problem, buttons = []) {
  const { plan } = subscription;
  const retry = verdict.mayBeTriedAgain && plan && planButton(plan, problem, "Try the payment again");
  const price = subscription.price ?? plan?.price;
  return h(
    "article",
    { class: "card card-roomy" },
    message(verdict),
    h(
      "dl",
      { class: "facts" },
      fact("Plan", h("span", { class: "fact-strong" }, nameOf(subscription))),
      price && fact("Price", plan ? priceTerms(plan, price) : price.display),
      left !== null && fact("Credits", `${creditCount(left)} to book sessions with`),
      access && fact("Channel", channelFact(access)),
    ),
    actions(
      retry,
      left > 0 && linkButton("/", "Book a session", access ? "secondary" : "primary"),
      ...buttons,
      linkButton("/account", "Your account", "quiet"),
    ),
  );
}
