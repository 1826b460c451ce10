/** Two stages beside a session's facts: pick a time, then do something with it. */

import { fill, h, retitle } from "./dom.js";
import { initials } from "./header.js";
import { icon } from "./icons.js";
import { slotPicker } from "./picker.js";

/**
 * `session` is `{id, name, durationMinutes, host, about, cost, terms}`; `confirm(slot, zone, turn)` makes
 * the second stage, where `turn.back()` picks again and `turn.choose(slot)` swaps the time.
 * `confirmTitle` is the page's heading during the second stage.
 */
export function timeChooser({ session, confirm, confirmTitle }) {
  const stage = h("div", { class: "stage" });
  const picker = slotPicker({ sessionTypeId: session.id, onChoose: choose });

  function choose(slot) {
    retitle(confirmTitle, { focus: true });
    fill(stage, confirm(slot, picker.zone(), { back, choose }));
  }

  function back() {
    retitle("Choose a time", { focus: true });
    fill(stage, picker.element);
    picker.reload();
  }

  fill(stage, picker.element);
  return besideSession(session, stage);
}

/** The facts of a session as in `timeChooser`, with a `stage` beside them. */
export function besideSession(session, stage) {
  return h("div", { class: "card booking" }, aside(session), stage);
}

function aside({ name, durationMinutes, host, about, cost, terms }) {
  return h(
    "aside",
    { class: "booking-aside", "aria-label": "The session" },
    h("span", { class: "avatar", "aria-hidden": "true" }, initials(host.name)),
    h("p", { class: "muted" }, host.name),
    h("h2", { class: "session-name" }, name),
    h(
      "ul",
      { class: "tags tags-stacked" },
      h("li", {}, icon("clock"), `${durationMinutes} minutes`),
      h("li", {}, icon("video"), "Video call"),
      h("li", {}, icon("card"), cost),
    ),
    about && h("p", { class: "muted" }, about),
    h("p", { class: "muted small session-terms" }, terms),
  );
}
