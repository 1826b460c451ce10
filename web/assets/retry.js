/** Going back to the payment of a booking that is still held. */

import { payHosted } from "./checkout.js";
import { actionButton, fill, h, linkButton } from "./dom.js";
import { actions, failure, refusals } from "./feedback.js";

/** Asking again for the same slot opens the same checkout; refusals are shown in `problem`. */
export function retryButton({ sessionType, startsAt }, problem, label = "Try again", look = "primary") {
  const retry = async () => {
    fill(problem);
    try {
      const errors = await payHosted({ sessionTypeId: sessionType.id, startsAt });
      if (errors.length > 0) fill(problem, refusals(errors), actions(otherTime(sessionType)));
    } catch (error) {
      fill(problem, await failure(error, retry));
    }
  };
  return actionButton(label, retry, look);
}

/** Where another time of the session can be had, or the session bought anew if it is paid first. */
export function otherTime({ id, paymentFlow }, look = "secondary") {
  if (paymentFlow === "PAY_FIRST") return linkButton("/", "See the sessions", look);
  return linkButton(`/booking?type=${encodeURIComponent(id)}`, "Choose another time", look);
}

/** The way on from a booking that came to nothing; empty for any other. */
export function startOver({ status, sessionType }) {
  return status === "REJECTED" || status === "CANCELLED" ? [otherTime(sessionType)] : [];
}

export function problemSpace() {
  return h("div", { class: "stage-problem" });
}
