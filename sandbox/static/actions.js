/** Buttons that act on the sandbox, and where their trouble is told. */

import { actionButton, announce, byId, fill, h } from "/assets/dom.js";

let afterAction = () => {};

/** Have `act` called after everything that a button did. */
export function onAction(act) {
  afterAction = act;
}

/** A button whose trouble is shown at the top of the page. */
export function button(label, action, look = "secondary") {
  return actionButton(label, async () => {
    fill(byId("problem"));
    try {
      await action();
      announce(`${label}: done`);
    } catch (problem) {
      show(problem);
    }
    await afterAction();
  }, look);
}

export function show(problem) {
  fill(byId("problem"), h("p", { class: "notice notice-bad" }, problem.message));
}

/** What is planned, with a button that clears it; `nothing` is said when there is none. */
export function showPlans(place, lines, nothing, clear) {
  const hadFocus = place.contains(document.activeElement);
  if (lines.length === 0) {
    fill(place, h("p", { class: "muted small", tabindex: "-1" }, nothing));
    if (hadFocus) place.firstChild.focus();
    return;
  }
  fill(place, h("ul", { class: "plans small" }, lines.map((text) => h("li", {}, text))), button("Clear", clear, "quiet"));
  if (hadFocus) place.querySelector("button").focus();
}
