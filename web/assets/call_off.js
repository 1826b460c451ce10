/** Calling off a session that was booked with session credits. */

import { actionButton, fill, h } from "./dom.js";
import { actions, notice } from "./feedback.js";

/** Whether the client can still call the booking off for themselves. */
export function canBeCalledOff({ credits, status, startsAt }) {
  const goesOn = status === "PENDING" || status === "ACCEPTED";
  return Boolean(credits) && goesOn && startsAt !== null && new Date(startsAt) > new Date();
}

/** A button that asks in `space` before `onSure()` is called. */
export function callOffButton(space, onSure) {
  const keep = actionButton("Keep the session", () => {
    fill(space);
    button.focus();
  }, "secondary");
  const button = actionButton("Call off", () => {
    fill(space, question(actionButton("Call it off", onSure), keep));
    keep.focus();
  }, "quiet");
  return button;
}

function question(...buttons) {
  return notice(
    "warn",
    "Call off this session?",
    h("p", {}, "You get your session credit back when you call off in time."),
    actions(buttons),
  );
}
