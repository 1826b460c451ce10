/** Fills the header that every page shares. */

import { config } from "./config.js";
import { byId, fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { loadMe } from "./me.js";

/** Show the sandbox badge, who is signed in and how much is unread; never throws. */
export async function mountHeader() {
  // A page that Back brings out of the browser's memory shows what was true before the payment.
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  try {
    byId("sandbox").hidden = !(await config()).sandbox;
    showUser(await loadMe());
  } catch {
    fill(byId("who")); // the page itself tells what is wrong
  }
}

export function showUnread(count) {
  const badge = byId("unread");
  badge.hidden = count === 0;
  fill(badge, String(count), h("span", { class: "sr-only" }, " unread notifications"));
}

function showUser(me) {
  if (me === null) {
    const avatar = h("span", { class: "avatar avatar-small avatar-nobody" }, icon("person"));
    fill(byId("who"), avatar, h("span", { class: "who-name" }, "Not signed in"));
    return;
  }
  const name = me.name ?? me.email ?? "Signed in";
  fill(
    byId("who"),
    h("span", { class: "avatar avatar-small", "aria-hidden": "true" }, initials(name)),
    h("span", { class: "who-name", title: me.email }, h("span", { class: "sr-only" }, "Signed in as "), name),
  );
  showUnread(me.unreadNotifications);
}

/** At most two letters that stand for a name or an e-mail address. */
export function initials(name) {
  const words = name.split("@")[0].split(/[\s._-]+/).filter(Boolean);
  return words.slice(0, 2).map((word) => [...word][0].toUpperCase()).join("");
}
