/** A person's chat with the bot: what was said, and what they can do. */

import { actionButton, byId, fill, h, linkButton, safeUrl } from "/assets/dom.js";

const BASE = "/sandbox/telegram";
const EVERY_MS = 1000;
const ADDRESS = /(https?:\/\/\S+)/;
const ELEMENTS = { b: "strong", strong: "strong", i: "em", em: "em", code: "code" };
const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

const code = new URLSearchParams(location.search).get("start");
const log = byId("log");
const bubbles = byId("bubbles");
const text = byId("text");
const blocking = actionButton("Block", () => act(blocked ? "unblock" : "block"), "quiet");

let blocked = false;
let lost = false;

async function ask(path, options = {}) {
  const response = await fetch(`${BASE}/${path}`, options).catch(() => null);
  if (response === null) throw new Error("The server does not answer. Is it still running?");
  const given = await response.json().catch(() => null);
  if (response.ok && given !== null) return given;
  throw new Error(given?.error?.message ?? `The server answered ${response.status}.`);
}

/** Do something as the person; the problem, if there is one, is shown. */
async function act(path, given = {}) {
  const headers = { "Content-Type": "application/json" };
  try {
    render(await ask(path, { method: "POST", headers, body: JSON.stringify(given) }));
    fill(byId("problem"));
    return true;
  } catch (problem) {
    show(problem);
    return false;
  }
}

function say(said) {
  return act("say", { text: said });
}

function show(problem) {
  fill(byId("problem"), h("p", { class: "notice notice-bad" }, problem.message));
}

function render(chat) {
  byId("title").textContent = `@${chat.bot}`;
  byId("person").textContent = chat.user;
  blocked = chat.blocked;
  byId("blocked").hidden = !blocked;
  blocking.textContent = blocked ? "Unblock" : "Block";
  byId("empty").hidden = chat.messages.length > 0;
  if (chat.messages.length < bubbles.children.length) fill(bubbles);
  const news = chat.messages.slice(bubbles.children.length);
  if (news.length === 0) return;
  // Only what is new is added, so that a screen reader reads only that.
  bubbles.append(...news.map(bubble));
  log.scrollTop = log.scrollHeight;
}

function bubble(message) {
  const byBot = message.from === "bot";
  return h("li", { class: byBot ? "bubble" : "bubble bubble-person" },
    h("span", { class: "sr-only" }, byBot ? "The bot: " : "You: "),
    h("p", { class: "bubble-text" }, message.runs.map(run)),
    message.button && linkButton(message.button.url, message.button.text, "secondary"),
    h("time", { class: "bubble-time", datetime: message.at }, TIME.format(new Date(message.at))));
}

function run({ text: said, tags }) {
  return tags.reduceRight((inside, tag) => h(ELEMENTS[tag] ?? "span", {}, inside), linked(said));
}

/** The text with its addresses as links, as Telegram shows them. */
function linked(said) {
  return said.split(ADDRESS).map((part) =>
    ADDRESS.test(part) && safeUrl(part) ? h("a", { href: part }, part) : part);
}

async function refresh() {
  try {
    render(await ask("messages", { cache: "no-store" }));
    if (lost) fill(byId("problem"));
    lost = false;
  } catch (problem) {
    if (!lost) show(problem);
    lost = true;
  }
}

async function watch() {
  if (!document.hidden) await refresh();
  setTimeout(watch, EVERY_MS);
}

byId("composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = text.value.trim();
  if (said !== "" && (await say(said))) text.value = "";
});
fill(byId("actions"),
  actionButton("Start", () => say(code ? `/start ${code}` : "/start"), code ? "primary" : "secondary"),
  actionButton("/status", () => say("/status"), "secondary"),
  actionButton("/help", () => say("/help"), "secondary"),
  blocking);
watch();
