/** An invite link of the channel: what it is good for, and a button for each person to open it. */

import { actionButton, byId, fill, h } from "/assets/dom.js";
import { BASE, STANDINGS, ask, post } from "./telegram_api.js";

const CLOSED = {
  unknown: "There is no such invite link.",
  revoked: "This invite link was revoked.",
  expired: "This invite link has expired.",
  "used up": "This invite link lets nobody else in: everybody it is for has joined.",
};
const OUTCOMES = {
  joined: ["is in the channel now.", "good"],
  requested: ["asked to join. The bot decides.", "info"],
};

const key = location.pathname.split("/").pop();
const chosen = new URLSearchParams(location.search).get("user");

function render({ channel, state, byRequest, people }) {
  byId("title").textContent = channel;
  const open = state === "open";
  fill(byId("link"),
    h("p", { class: `notice notice-${open ? "info" : "warn"}` }, CLOSED[state] ?? describe(byRequest)));
  fill(byId("people"), state === "unknown" ? [] : people.map((each) => row(each, byRequest)));
  byId("people").hidden = state === "unknown";
}

function describe(byRequest) {
  return byRequest
    ? "Whoever opens this link asks to join the private channel, and the bot decides."
    : "Whoever opens this link is in the private channel at once.";
}

function row({ id, name, standing }, byRequest) {
  const [words, tone] = STANDINGS[standing];
  const look = chosen === null || String(id) === chosen ? "primary" : "secondary";
  const label = `${byRequest ? "Ask to join" : "Join"} as ${name}`;
  return h("li", { class: "joiner" },
    h("span", { class: "joiner-name" }, name),
    h("span", { class: `chip chip-${tone}` }, words),
    actionButton(label, () => join(id, name), look));
}

async function join(id, name) {
  try {
    const { outcome, ...now } = await post(`join/${encodeURIComponent(key)}`, { from: { id } });
    const position = [...byId("people").querySelectorAll("button")].indexOf(document.activeElement);
    render(now);
    byId("people").querySelectorAll("button")[position]?.focus();
    const [words, tone] = OUTCOMES[outcome] ?? [`was ${outcome}.`, "bad"];
    fill(byId("outcome"), h("p", { class: `notice notice-${tone}` }, `${name} ${words}`));
    fill(byId("problem"));
  } catch (problem) {
    show(problem);
  }
}

function show(problem) {
  fill(byId("problem"), h("p", { class: "notice notice-bad" }, problem.message));
}

if (chosen !== null) byId("back").href = `${BASE}/chat?user=${encodeURIComponent(chosen)}`;
ask(`links/${encodeURIComponent(key)}`, { cache: "no-store" }).then(render, show);
