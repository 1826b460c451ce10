/** What the viewer's plans open to them: session credits and private channels. */

import { creditCount } from "./credits.js";
import { actionButton, announce, h, linkButton } from "./dom.js";
import { actions } from "./feedback.js";
import { icon } from "./icons.js";

const COPIED_MS = 2_000;

/** Whether the way into the channel is still being made. */
export function isOnItsWay({ status }) {
  return status === "PREPARING" || status === "LEFT";
}

export function creditRow(left) {
  return h(
    "article",
    { class: "row" },
    h("h3", { class: "row-title" }, `${creditCount(left)} left`),
    h(
      "p",
      { class: "muted" },
      left > 0 ? "They take the place of money when you book a session." : "New ones come with the next payment.",
    ),
    left > 0 && actions(linkButton("/", "Book a session", "secondary")),
  );
}

/** A channel with where the viewer stands and how they get in. */
export function channelRow(access) {
  const { channel } = access;
  return h(
    "article",
    { class: "row" },
    h("h3", { class: "row-title" }, channel.name),
    channel.description && h("p", { class: "muted" }, channel.description),
    channelState(access),
  );
}

/** The same without what the channel is. */
export function channelState(access) {
  return STATES[access.status](access);
}

const STATES = {
  PREPARING: () => h("p", {}, "Your link is being made. It also reaches you by message."),
  LEFT: () => h("p", {}, "You left it. A new link is being made for you."),
  JOINED: () => h("p", { class: "benefit-in" }, icon("check"), h("strong", {}, "You are in.")),
  INVITED: invited,
};

function invited({ channel, inviteUrl }) {
  const name = h("span", { class: "sr-only" }, ` ${channel.name}`);
  const open = linkButton(inviteUrl, [icon("out"), h("span", {}, "Open the channel", name)]);
  open.setAttribute("target", "_blank");
  open.setAttribute("rel", "noopener");
  return [
    h("p", {}, "You are invited. Ask to join by this link, and you are let in at once."),
    actions(open, navigator.clipboard && copyButton(inviteUrl, name.cloneNode(true))),
  ];
}

function copyButton(url, name) {
  const label = h("span", {}, "Copy the link");
  const copy = async () => {
    const text = await navigator.clipboard.writeText(url).then(() => "Copied", () => "Not copied");
    label.textContent = text;
    announce(text);
    setTimeout(() => (label.textContent = "Copy the link"), COPIED_MS);
  };
  return actionButton([label, name], copy, "quiet");
}
