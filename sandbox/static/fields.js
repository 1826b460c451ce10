/** Labelled inputs of the panels: `{input, label, field}`, the field holding both. */

import { fill, h } from "/assets/dom.js";

let made = 0;

/** A select of `[value, text]` pairs, which may be set later with `offer`. */
export function choice(text, options = []) {
  const input = h("select", { class: "select" });
  offer(input, options);
  return labelled(text, input);
}

/** Put `[value, text]` pairs into a select; what was chosen stays so where it still is on offer. */
export function offer(select, options) {
  const chosen = select.value;
  fill(select, options.map(([value, label]) => h("option", { value, selected: value === chosen }, label)));
}

export function number(text, value, min) {
  return labelled(text, h("input", { class: "select", type: "number", min, value, step: 1 }), "field-number");
}

/** A moment in the browser's own zone. */
export function localMoment(text) {
  return labelled(text, h("input", { class: "select", type: "datetime-local", step: 300 }));
}

export function line(text, placeholder) {
  const input = h("input", { class: "select", placeholder, autocomplete: "off", spellcheck: "false" });
  return labelled(text, input);
}

function labelled(text, input, look = "") {
  made += 1;
  input.id = `field-${made}`;
  const label = h("label", { for: input.id }, text);
  return { input, label, field: h("div", { class: `field ${look}`.trim() }, label, input) };
}
