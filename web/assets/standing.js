/** How a subscription stands, in words; pure. */

import { priceTerms } from "./plan_terms.js";
import { shortDay, shortMoment } from "./time.js";

/**
 * `{tone, label, text}` of a subscription; `isEntitling` says whether it gives what its plan
 * promises now, as the API's entitlements tell.
 */
export function standing(subscription, isEntitling) {
  return READERS[subscription.status](subscription, isEntitling);
}

/** Whether it never goes on. */
export function isOver({ status }) {
  return status === "CANCELED" || status === "INCOMPLETE_EXPIRED";
}

/** Whether a payment failed and is still owed. */
export function isOwing({ status }) {
  return status === "PAST_DUE" || status === "UNPAID";
}

/** Whether it was paid once and is kept. */
export function isForGood({ plan }) {
  return plan !== null && plan.interval === null;
}

/** Whether it is a trial granted without Stripe, which a checkout makes a subscription. */
export function isGrantedTrial({ status, managed }) {
  return status === "TRIALING" && !managed;
}

const READERS = {
  ACTIVE: active,
  TRIALING: trialing,
  PAST_DUE: ({ graceUntil }, isEntitling) => ({
    tone: "bad",
    label: "Payment failed",
    text:
      isEntitling && graceUntil
        ? `Your last payment failed and is tried again. What it opens stays open until ${shortMoment(graceUntil)}, and new session credits come with the payment: please update your card or pay before then.`
        : "Your last payment failed, and what the plan gives has stopped. It comes back as soon as the payment goes through.",
  }),
  UNPAID: () => ({
    tone: "bad",
    label: "Unpaid",
    text: "A payment failed and is not tried again by itself. The plan comes back once it is paid.",
  }),
  PAUSED: () => ({
    tone: "warn",
    label: "Paused",
    text: "Nothing is charged, and the plan gives nothing until it is resumed.",
  }),
  INCOMPLETE: () => ({ tone: "warn", label: "Awaiting payment", text: "The first payment has not come yet." }),
  INCOMPLETE_EXPIRED: () => ({ tone: "plain", label: "Not begun", text: "The first payment never came." }),
  CANCELED: ({ endedAt }) => ({
    tone: "plain",
    label: "Ended",
    text: endedAt ? `It ended on ${shortDay(endedAt)}.` : "It has ended.",
  }),
};

function active(subscription, isEntitling) {
  const { cancelAt, currentPeriodEnd } = subscription;
  if (!isEntitling) {
    const until = isForGood(subscription) ? "" : " until the next payment";
    const text = `A payment for it went back or is disputed, so it gives nothing${until}.`;
    return { tone: "warn", label: "On hold", text };
  }
  if (isForGood(subscription)) return { tone: "good", label: "Yours", text: "Paid once; it does not end." };
  if (cancelAt) return ending(`You keep it until ${shortDay(cancelAt)}. It is not renewed.`);
  const text = currentPeriodEnd ? `Renews on ${shortDay(currentPeriodEnd)}.` : "";
  return { tone: "good", label: "Active", text };
}

function trialing(subscription, isEntitling) {
  const { plan, price, trialEnd, cancelAt } = subscription;
  const until = trialEnd ? shortDay(trialEnd) : "a day that is not known";
  if (cancelAt) return ending(`Free until ${shortDay(cancelAt)}. It ends then, and nothing is charged.`);
  const label = "Free trial";
  if (isGrantedTrial(subscription) && !isEntitling) {
    return { tone: "plain", label: "Trial over", text: `Your free trial ended on ${until}. Subscribe to go on.` };
  }
  if (isGrantedTrial(subscription)) {
    return { tone: "info", label, text: `Free until ${until}. Subscribe to keep it after that.` };
  }
  const then = plan ? priceTerms(plan, price) : price.display;
  return { tone: "good", label, text: `Free until ${until}, then ${then}.` };
}

function ending(text) {
  return { tone: "warn", label: "Ending", text };
}
