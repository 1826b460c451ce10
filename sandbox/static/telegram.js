/** A person's chat with the bot: what was said, and what they can do. */

import { actionButton, byId, fill, h, linkButton, safeUrl } from "/assets/dom.js";
import { BASE, STANDINGS, ask, post } from "./telegram_api.js";

const EVERY_MS = 1000;
const ADDRESS = /(https?:\/\/\S+)/;
const ELEMENTS = { b: "strong", strong: "strong", i: "em", em: "em", code: "code" };
const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const COMMANDS = ["/pay", "/invite", "/status", "/help"];

const given = new URLSearchParams(location.search);
const code = given.get("start");
const log = byId("log");
const bubbles = byId("bubbles");
const text = byId("text");
const person = byId("person");
const standing = byId("standing");
const blocking = actionButton("Block", () => act(blocked ? "unblock" : "block"), "quiet");
const leaving = actionButton("Leave", () => act("leave"), "quiet");

let userId = given.get("user");
let blocked = false;
let lost = false;

/** Do something as the person; the problem, if there is one, is shown. */
async function act(path, what = {}) {
  try {
    render(await post(path, { ...what, from: { id: Number(person.value) } }));
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
  if (userId !== null && String(chat.userId) !== userId) return; // somebody else types by now
  byId("title").textContent = `@${chat.bot}`;
  renderPeople(chat);
  renderStanding(chat.channel);
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

function renderPeople({ people, userId: shown }) {
  if (person.options.length !== people.length) {
    fill(person, people.map(({ id, name }) => h("option", { value: id }, `${name} (${id})`)));
  }
  person.value = shown;
}

function renderStanding({ title, standing: now }) {
  const [words, tone] = STANDINGS[now];
  const said = `${title}: ${words}`;
  leaving.hidden = now !== "member";
  standing.hidden = false;
  if (standing.textContent === said) return;
  standing.textContent = said;
  standing.className = `chip chip-${tone}`;
}

function bubble(message) {
  const byBot = message.from === "bot";
  return h("li", { class: byBot ? "bubble" : "bubble bubble-person" },
    h("span", { class: "sr-only" }, byBot ? "The bot: " : "You: "),
    h("p", { class: "bubble-text" }, message.runs.map(run)),
    message.button && linkButton(asPerson(message.button.url), message.button.text, "secondary"),
    h("time", { class: "bubble-time", datetime: message.at }, TIME.format(new Date(message.at))));
}

function run({ text: said, tags }) {
  return tags.reduceRight((inside, tag) => h(ELEMENTS[tag] ?? "span", {}, inside), linked(said));
}

/** The text with its addresses as links, as Telegram shows them. */
function linked(said) {
  return said.split(ADDRESS).map((part) =>
    ADDRESS.test(part) && safeUrl(part) ? h("a", { href: asPerson(part) }, part) : part);
}

/** An invite link is opened by whoever reads it; other addresses stay as they are. */
function asPerson(address) {
  const url = new URL(safeUrl(address) ?? location.href);
  if (url.origin !== location.origin || !url.pathname.startsWith(`${BASE}/join/`)) return address;
  url.searchParams.set("user", person.value);
  return url.href;
}

function choose() {
  userId = person.value;
  const address = new URL(location.href);
  address.searchParams.set("user", userId);
  history.replaceState(null, "", address);
  fill(bubbles);
  fill(byId("problem"));
  refresh();
}

async function refresh() {
  try {
    const who = userId === null ? "" : `?user=${encodeURIComponent(userId)}`;
    render(await ask(`messages${who}`, { cache: "no-store" }));
    if (lost) fill(byId("problem"));
    lost = false;
  } catch (problem) {
    if (!lost) show(problem);
    lost = problem.status !== 404;
    if (!lost) userId = null; // nobody has this id: the demo user types
  }
}

async function watch() {
  if (!document.hidden) await refresh();
  setTimeout(watch, EVERY_MS);
}

person.addEventListener("change", choose);
byId("composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = text.value.trim();
  if (said !== "" && (await say(said))) text.value = "";
});
fill(byId("actions"),
  actionButton("Start", () => say(code ? `/start ${code}` : "/start"), code ? "primary" : "secondary"),
  COMMANDS.map((command) => actionButton(command, () => say(command), "secondary")),
  blocking);
leaving.hidden = true;
standing.after(leaving);
watch();
