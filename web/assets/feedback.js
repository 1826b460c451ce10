/** What a page says while it waits, when something failed, and when there is nothing. */

import { CalendarUnavailable, ServerFault, SignInNeeded, Unreachable } from "./api.js";
import { actionButton, fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { hasExpired } from "./session.js";

const ICONS = { info: "info", good: "check", warn: "alert", bad: "alert" };

/** A framed message; `tone` is info, good, warn or bad; `children` follow the title, if any. */
export function notice(tone, title, ...children) {
  return h(
    "div",
    { class: `notice notice-${tone}`, role: tone === "bad" ? "alert" : null },
    icon(ICONS[tone]),
    h("div", { class: "notice-body" }, title && h("p", { class: "notice-title" }, title), children),
  );
}

export function actions(...buttons) {
  return h("div", { class: "actions" }, buttons);
}

/** Grey blocks in the shape of what is coming. */
export function skeleton(kind, count) {
  const blocks = Array.from({ length: count }, () => h("div", { class: `skeleton skeleton-${kind}` }));
  return h("div", { class: `skeletons skeletons-${kind}` }, h("span", { class: "sr-only" }, "Loading…"), blocks);
}

export function empty(title, text, ...buttons) {
  return h(
    "div",
    { class: "empty" },
    h("p", { class: "empty-title" }, title),
    text && h("p", { class: "muted" }, text),
    buttons.length > 0 && actions(...buttons),
  );
}

/** The message for a thrown error, with a way to try again. */
export async function failure(error, retry) {
  if (error instanceof SignInNeeded) return signInNotice();
  const again = actions(actionButton("Try again", retry, "secondary"));
  if (error instanceof CalendarUnavailable) return notice("warn", error.message, again);
  const isTold = error instanceof Unreachable || error instanceof ServerFault;
  if (!isTold) console.error(error); // a bug of these pages: no text for its reader
  const title = error instanceof Unreachable ? "No connection" : "Something went wrong";
  const text = isTold ? error.message : "This page made a mistake.";
  return notice("bad", title, h("p", {}, text), again);
}

/** How to sign in: these pages share the Supabase session of the app they belong to. */
export async function signInNotice() {
  const expired = await hasExpired().catch(() => false);
  return notice(
    "info",
    expired ? "Your sign-in has run out" : "You are not signed in",
    h("p", {}, "Sign in to the app in this browser, then load this page again."),
    actions(actionButton("Load again", () => location.reload(), "secondary")),
  );
}

/** Messages of expected failures, for all that need no action of their own. */
export function refusals(errors) {
  return notice("bad", errors[0].message, errors.slice(1).map(({ message }) => h("p", {}, message)));
}

/** Show a skeleton, then what `load` makes, or the failure with a retry, in one element. */
export async function loadInto(element, placeholder, load) {
  element.setAttribute("aria-busy", "true");
  fill(element, placeholder);
  try {
    fill(element, await load());
  } catch (error) {
    fill(element, await failure(error, () => loadInto(element, placeholder, load)));
  }
  element.setAttribute("aria-busy", "false");
}
