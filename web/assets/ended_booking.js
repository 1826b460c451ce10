/** A booking that is over: who ended it and where its money or credits are, in words; pure. */

import { creditCount } from "./credits.js";

const CALLED_OFF = {
  CLIENT: "You called it off.",
  HOST: "The host called it off.",
  OPERATOR: "The seller called it off.",
  BANK: "It does not take place, for its payment was disputed.",
};
const UNDER_WAY = ["REQUESTED", "PENDING", "REQUIRES_ACTION"];

/** Who ended it or why, as a sentence; empty when nobody said. */
export function whyEnded({ calledOffBy, absent, statusReason }) {
  if (absent === "HOST") return "The host did not come.";
  return CALLED_OFF[calledOffBy] ?? sentence(statusReason ?? "");
}

/** Whether a refund has been asked for and is not over yet. */
export function isUnderWay({ status }) {
  return UNDER_WAY.includes(status);
}

/**
 * Where a payment of it is: `{text, settled, isReturned, mayTakeDays}`; not settled while that may
 * change, returned when all of it went back.
 */
export function moneyBack(payment) {
  const { amount, refunded, lostToDispute, refunds, outcome } = payment;
  if (refunds.some(isUnderWay)) {
    const what = outcome === "FULFILLED" ? "What goes back by the terms" : amount.display;
    const text = `${what} is on its way to your payment method.`;
    return { text, settled: false, isReturned: false, mayTakeDays: true };
  }
  if (refunded.amountMinor > 0) return wentBack(payment);
  if (lostToDispute.amountMinor > 0) return kept(`Your bank gave you ${lostToDispute.display} back.`);
  if (outcome === "FULFILLED") return kept("By the terms no money goes back.");
  return { text: `${amount.display} is being returned to your payment method.`, settled: false, isReturned: false };
}

function wentBack({ amount, refunded }) {
  if (refunded.amountMinor < amount.amountMinor) {
    return kept(`${refunded.display} of ${amount.display} went back to your payment method.`);
  }
  return {
    text: `${refunded.display} went back to your payment method; banks take up to ten days to show it.`,
    settled: true,
    isReturned: true,
  };
}

function kept(text) {
  return { text, settled: true, isReturned: false };
}

/** Of a session that was called off only its `steps`, where they were asked for, say it. */
export function whereCreditsAre({ status, credits, steps }) {
  if (status === "REJECTED" || steps?.some(({ kind }) => kind === "CREDIT_RETURNED")) {
    return `You got ${creditCount(credits)} back.`;
  }
  return steps ? "It was too late for the session credit to come back." : "";
}

/** Text that ends like a sentence; empty text stays so. */
export function sentence(text) {
  return text === "" || /[.!?]$/.test(text) ? text : `${text}.`;
}
