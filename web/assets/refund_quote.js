/** What calling a session off gives back, in words; pure. */

import { creditCount } from "./credits.js";
import { shortMoment } from "./time.js";

/**
 * Sentences on the API's RefundQuote, the one that matters first. `getter` is who gets it back
 * ("You get"), `credits` how many session credits paid for the session, if any.
 */
export function quoteTexts(quote, { getter, credits }) {
  const { refund, holdsUntil, creditsReturned } = quote;
  const isSomething = refund.amountMinor > 0 || creditsReturned > 0;
  return [
    comesBack(quote, getter, credits),
    holdsUntil && `${isSomething ? "That holds" : "It can be called off"} until ${shortMoment(holdsUntil)}.`,
    refund.amountMinor > 0 && "It goes back to where the payment came from; banks take up to ten days to show it.",
  ].filter(Boolean);
}

function comesBack({ refund, kept, percent, creditsReturned }, getter, credits) {
  if (creditsReturned > 0) return `${getter} ${creditCount(creditsReturned)} back.`;
  if (credits) return `It is too late for the session credit${credits > 1 ? "s" : ""} to come back.`;
  if (refund.amountMinor > 0 && kept.amountMinor === 0) return `${getter} everything back: ${refund.display}.`;
  if (refund.amountMinor > 0) return `${getter} ${refund.display} back (${percent} %); ${kept.display} is kept.`;
  return kept.amountMinor > 0 ? `Nothing comes back: ${kept.display} is kept.` : "No money comes back.";
}
