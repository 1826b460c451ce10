/** How many session credits the viewer has, asked for once a page. */

import { graphql } from "./api.js";
import { givesCredits } from "./credits.js";
import { MY_ENTITLEMENTS } from "./documents.js";
import { loadMe } from "./me.js";

let asking = null;

/** Credits left; null for who has no plan that gives any. */
export function creditsLeft() {
  asking ??= ask();
  return asking;
}

async function ask() {
  if ((await loadMe()) === null) return null;
  const { creditsLeft: left, subscriptions } = (await graphql(MY_ENTITLEMENTS)).me.entitlements;
  return subscriptions.some(givesCredits) ? left : null;
}
