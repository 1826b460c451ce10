/** A modal dialog that is taken away once it is closed. */

import { h } from "./dom.js";
import { icon } from "./icons.js";

/**
 * Open a dialog: `{body, close}`, the body still empty. Escape and the cross close it too, and the
 * browser gives the focus back to whatever had it before.
 */
export function openDialog(title, { wide = false } = {}) {
  const id = "dialog-title";
  const body = h("div", { class: "dialog-body" });
  const cross = h("button", { class: "button button-icon", type: "button", "aria-label": "Close" }, icon("cross"));
  const element = h(
    "dialog",
    { class: wide ? "dialog dialog-wide" : "dialog", "aria-labelledby": id },
    h(
      "div",
      { class: "dialog-head" },
      h("h2", { class: "dialog-title", id, tabindex: "-1", autofocus: true }, title),
      cross,
    ),
    body,
    // What is outside an open dialog is not read out.
    h("p", { class: "sr-only", role: "status" }),
  );
  const close = () => element.close();
  cross.addEventListener("click", close);
  element.addEventListener("close", () => element.remove());
  document.body.append(element);
  element.showModal();
  return { body, close };
}
