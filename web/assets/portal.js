/** The way to Stripe's customer portal, and back. */

import { graphql } from "./api.js";
import { PORTAL_URL } from "./documents.js";
import { actionButton, fill, safeUrl } from "./dom.js";
import { failure, refusals } from "./feedback.js";

const VISIT = "sessionpay-portal-visit";

/**
 * A button that leads into the portal in this tab. `flow` is HOME, PAYMENT_METHOD, CANCEL or
 * CHANGE_PLAN; what keeps it from opening is shown in `problem`.
 */
export function portalButton(label, { flow, subscriptionId }, problem, look = "quiet") {
  const open = async () => {
    fill(problem);
    try {
      const errors = await enter({ flow, subscriptionId });
      if (errors.length > 0) fill(problem, refusals(errors));
    } catch (error) {
      fill(problem, await failure(error, open));
    }
  };
  return actionButton(label, open, look);
}

/** Whether this page was left for the portal before; true once a visit. */
export function isBackFromPortal() {
  try {
    const wasThere = sessionStorage.getItem(VISIT) !== null;
    sessionStorage.removeItem(VISIT);
    return wasThere;
  } catch {
    return false; // storage blocked
  }
}

async function enter(input) {
  const { url, errors } = (await graphql(PORTAL_URL, { input })).portalUrl;
  if (errors.length > 0) return errors;
  const address = safeUrl(url);
  if (address === null) return [{ code: "NO_PORTAL_URL", message: "The portal cannot be opened." }];
  noteVisit();
  location.assign(address);
  return [];
}

function noteVisit() {
  try {
    sessionStorage.setItem(VISIT, "1");
  } catch {
    // storage blocked: the page then shows what is true when it is loaded
  }
}
