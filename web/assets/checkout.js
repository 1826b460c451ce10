/** Opens Stripe Checkout sessions and hands the browser over to them, or spends session credits. */

import { Unreachable, graphql } from "./api.js";
import { config } from "./config.js";
import { CREATE_CHECKOUT } from "./documents.js";
import { safeUrl } from "./dom.js";
import { browserZone } from "./time.js";

const keys = new Map();

let mounted = null;

/**
 * Open a checkout: `{checkout, errors}` of the API. `purchase` is `{planId, uiMode}`, or
 * `{sessionTypeId, startsAt, timeZone, uiMode}`: that holds the slot, or buys a session whose time
 * is chosen later when `startsAt` is left out. `uiMode` is HOSTED or EMBEDDED.
 */
export function openCheckout(purchase) {
  return order(purchase.planId ? purchase : sessionOrder(purchase));
}

/** Book a session with credits in place of money: `{booking, errors}` of the API. */
export function bookWithCredits({ sessionTypeId, startsAt, timeZone }) {
  return order({ sessionTypeId, startsAt, timeZone, useCredits: true });
}

function sessionOrder({ sessionTypeId, startsAt = null, uiMode, timeZone = browserZone() }) {
  const input = { sessionTypeId, startsAt, uiMode, timeZone };
  // A held slot is one purchase by itself; without one, only the key tells a repetition.
  return startsAt === null ? { ...input, idempotencyKey: keyFor(JSON.stringify(input)) } : input;
}

async function order(input) {
  return (await graphql(CREATE_CHECKOUT, { input })).createCheckoutSession;
}

/** Pay on Stripe's page. Returns the API's expected failures; empty when the page is leaving. */
export async function payHosted(purchase) {
  const { checkout, errors } = await openCheckout({ ...purchase, uiMode: "HOSTED" });
  if (errors.length > 0) return errors;
  const url = safeUrl(checkout?.url);
  if (url === null) return [{ code: "NO_CHECKOUT_URL", message: "This checkout cannot be opened." }];
  location.assign(url);
  return [];
}

/** Mount an embedded checkout; the success page takes over when the payment is complete. */
export async function mountEmbedded({ sessionId, clientSecret }, selector) {
  const { stripeScript, stripePublishableKey } = await config();
  await loadScript(stripeScript);
  mounted?.destroy(); // Stripe allows one embedded checkout a page
  mounted = await window.Stripe(stripePublishableKey).createEmbeddedCheckoutPage({
    fetchClientSecret: async () => clientSecret,
    onComplete: () => location.assign(successUrl(sessionId)),
  });
  mounted.mount(selector);
}

function successUrl(sessionId) {
  return `/payment/success?session_id=${encodeURIComponent(sessionId)}`;
}

/** One key a purchase and page view: pressing again after a lost answer repeats, never doubles. */
function keyFor(purchase) {
  if (!keys.has(purchase)) keys.set(purchase, randomKey());
  return keys.get(purchase);
}

function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function loadScript(src) {
  if (window.Stripe) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = src;
    script.addEventListener("load", resolve);
    script.addEventListener("error", () => {
      script.remove();
      reject(new Unreachable("Stripe's payment form could not be loaded."));
    });
    document.head.append(script);
  });
}
