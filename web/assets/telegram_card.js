/** Connecting the account to a Telegram chat. */

import { graphql } from "./api.js";
import { CREATE_TELEGRAM_LINK, TELEGRAM_LINKED } from "./documents.js";
import { actionButton, announce, fill, h, linkButton, safeUrl } from "./dom.js";
import { actions, failure, notice, refusals } from "./feedback.js";
import { icon } from "./icons.js";
import { poll } from "./poll.js";
import { time } from "./time.js";

/** Fills `element` with the state of the connection and the way to make one. */
export function telegramCard(element, isLinked) {
  const problem = h("div", { class: "stage-problem" });
  const body = h("div", { class: "telegram-body" });
  fill(element, h("div", { class: "card row" }, body, problem));

  function showLinked() {
    fill(
      body,
      h("p", { class: "telegram-linked" }, icon("check"), h("strong", {}, "Connected")),
      h("p", { class: "muted" }, "Confirmations and reminders also reach you in Telegram."),
    );
  }

  function showUnlinked() {
    fill(
      body,
      h("p", { class: "muted" }, "Get confirmations, reminders and your meeting links in Telegram too."),
      actions(actionButton("Connect Telegram", connect, "secondary")),
    );
  }

  async function connect() {
    fill(problem);
    try {
      const { url, expiresAt, errors } = (await graphql(CREATE_TELEGRAM_LINK)).createTelegramLink;
      if (errors.length > 0) return fill(problem, refusals(errors));
      showLink(url, expiresAt);
      // A browser that blocks this still has the link.
      if (safeUrl(url) !== null) window.open(url, "_blank", "noopener");
      watch(url, expiresAt);
    } catch (error) {
      fill(problem, await failure(error, connect));
    }
  }

  function showLink(url, expiresAt, ...buttons) {
    const open = linkButton(url, "Open Telegram");
    open.setAttribute("target", "_blank");
    open.setAttribute("rel", "noopener");
    fill(
      body,
      h("p", {}, "Press “Start” in the chat with our bot."),
      h("p", { class: "muted small" }, `This link works once, until ${time(expiresAt)}.`),
      actions(open, ...buttons),
    );
    if (document.activeElement === document.body) open.focus();
  }

  async function watch(url, expiresAt) {
    fill(problem);
    const ask = async () => (await graphql(TELEGRAM_LINKED)).me.telegramLinked;
    try {
      if (await poll(ask, Boolean, () => {})) return finish();
      const again = actionButton("Check again", () => watch(url, expiresAt), "quiet");
      const anew = new Date(expiresAt) < new Date() && actionButton("New link", connect, "secondary");
      showLink(url, expiresAt, again, anew);
      fill(problem, notice("info", null, h("p", {}, "Your chat is not connected yet.")));
    } catch (error) {
      fill(problem, await failure(error, () => watch(url, expiresAt)));
    }
  }

  function finish() {
    fill(problem);
    showLinked();
    announce("Telegram is connected.");
  }

  if (isLinked) showLinked();
  else showUnlinked();
}
