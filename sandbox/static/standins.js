/** One section for each stand-in that holds something, and a line that names the others. */

import { fill, h } from "/assets/dom.js";
import { cell, facts, linked, stateChip } from "./cells.js";
import { moment } from "./format.js";
import { withKeys } from "./keys.js";
import { serviceName } from "./names.js";
import { recordList } from "./records.js";

const THINGS = {
  emptyText: "Nothing yet.",
  key: (thing) => thing.key,
  summary: ({ title, state, at }) => [
    cell("main", title || "(no title)"),
    state && stateChip(state),
    at && cell("when", moment(at)),
  ],
  detail: ({ id, details }) =>
    facts([["Id", id], ...Object.entries(details).map(([name, value]) => [name, value && linked(String(value))])]),
};

/** Sections in `place`, the quiet line in `quiet`. Returns the function that shows new things. */
export function standinSections(place, quiet) {
  const sections = new Map();
  return (standins) => {
    for (const { name, things } of standins) {
      if (!sections.has(name)) sections.set(name, startSection(place, name));
      const { section, show } = sections.get(name);
      section.hidden = things.length === 0;
      show(withKeys(things, ({ id }) => id));
    }
    const silent = standins.filter(({ things }) => things.length === 0).map(({ name }) => serviceName(name));
    fill(quiet, silent.length > 0 && `Nothing yet at: ${silent.join(", ")}.`);
  };
}

function startSection(place, name) {
  const list = h("div", { class: "record-list", id: name });
  const id = `${name}-title`;
  const section = h("section", { "aria-labelledby": id }, h("h2", { class: "section-title", id }, serviceName(name)), list);
  place.append(section);
  return { section, show: recordList(list, THINGS) };
}
