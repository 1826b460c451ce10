/** Fills the header that every page shares. */

import { config } from "./config.js";
import { byId, fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { loadMe } from "./me.js";
import { becomeSandboxUser, sandboxUser, sandboxUsers } from "./session.js";

/** Show the sandbox badge, who is signed in and how much is unread; never throws. In the sandbox one
 * can choose whom to be. */
export async function mountHeader() {
  // A page that Back brings out of the browser's memory shows what was true before the payment.
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  try {
    const { sandbox } = await config();
    byId("sandbox").hidden = !sandbox;
    const me = await loadMe();
    showUser(me);
    if (sandbox && me !== null) showSwitch(me, await sandboxUsers());
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
  const name = nameOf(me);
  fill(
    byId("who"),
    h("span", { class: "avatar avatar-small", "aria-hidden": "true" }, initials(name)),
    h("span", { class: "who-name", title: me.email }, h("span", { class: "sr-only" }, "Signed in as "), name),
  );
  showUnread(me.unreadNotifications);
}

function showSwitch(me, users) {
  const now = sandboxUser();
  const options = users.map(({ number, name, isHost }) =>
    h("option", { value: number, selected: String(number) === now }, isHost ? `${name} (host)` : name),
  );
  const select = h("select", { class: "who-select", id: "you-are" }, options);
  select.addEventListener("change", () => {
    becomeSandboxUser(select.value);
    location.reload();
  });
  fill(
    byId("who"),
    h("label", { class: "who-label", for: "you-are" }, "You are"),
    h("span", { class: "avatar avatar-small", "aria-hidden": "true" }, initials(nameOf(me))),
    select,
  );
}

function nameOf({ name, email }) {
  return name ?? email ?? "Signed in";
}

/** At most two letters that stand for a name or an e-mail address. */
export function initials(name) {
  const words = name.split("@")[0].split(/[\s._-]+/).filter(Boolean);
  return words.slice(0, 2).map((word) => [...word][0].toUpperCase()).join("");
}
