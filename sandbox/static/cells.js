/** The pieces of which a line of a list, and what opens below it, are made. */

import { h, safeUrl } from "/assets/dom.js";
import { inWords } from "./format.js";

const TONES = {
  delivered: "good", pending: "info", failed: "bad", dropped: "warn",
  paid: "good", processing: "info", open: "info", expired: "warn",
  accepted: "good", confirmed: "good", active: "good", scheduled: "good",
  trialing: "good", past_due: "bad", unpaid: "bad", paused: "warn", uncollectible: "bad", disputed: "bad",
  cancelled: "warn", canceled: "warn", deleted: "warn", moved: "info", bounced: "bad", blocked: "bad",
};

export function cell(kind, ...content) {
  return h("span", { class: kind.split(" ").map((name) => `record-${name}`).join(" ") }, content);
}

export function chip(label, tone) {
  return h("span", { class: `chip chip-${tone}` }, label);
}

export function stateChip(state) {
  return chip(inWords(state), TONES[state] ?? "plain");
}

/** Pairs of name and value as a list; pairs without a value are left out. */
export function facts(pairs) {
  const known = pairs.filter(([, value]) => value);
  return h("dl", { class: "record-facts" }, known.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

export function json(title, value) {
  if (value === null || value === undefined) return null;
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return h("div", {}, h("p", { class: "record-label" }, title), h("pre", { class: "code", tabindex: "0" }, text));
}

/** Text whose addresses can be followed. */
export function linked(text) {
  return text.split(/(https?:\/\/\S+)/).map((part, position) => {
    if (position % 2 === 0 || safeUrl(part) === null) return part;
    return h("a", { href: part, target: "_blank", rel: "noopener" }, part);
  });
}
