/** Lists that are refreshed while they are read: what did not change stays as it is, open or shut. */

import { announce, fill, h } from "/assets/dom.js";

const SHOWN_AT_FIRST = 8;
const FOCUSABLE = "a[href], button, summary, iframe";

/**
 * A list in `place`. `key` names an item, `summary` gives the cells of its line, `detail` what
 * opens below it; the latter is asked for when somebody opens it. Returns the function that shows
 * new items.
 */
export function recordList(place, { key, summary, detail, emptyText }) {
  const known = new Map();
  let wanted = SHOWN_AT_FIRST;
  let items = [];

  function show() {
    if (items.length === 0) {
      known.clear();
      fill(place, h("p", { class: "empty muted" }, emptyText));
      return;
    }
    const list = place.querySelector("ul") ?? startList(place);
    const rows = items.slice(0, wanted).map(rowOf);
    arrange(list, rows);
    for (const name of known.keys()) if (!items.some((item) => key(item) === name)) known.delete(name);
    fill(place, list, items.length > wanted && moreButton());
  }

  function rowOf(item) {
    const [name, text] = [key(item), JSON.stringify(item)];
    const before = known.get(name);
    if (before?.text === text) return before.row;
    const row = h("li", {}, record(summary(item), () => detail(item)));
    if (before) carryOver(before.row, row);
    known.set(name, { text, row });
    return row;
  }

  function moreButton() {
    const label = `Show all ${items.length}`;
    const more = () => {
      const next = place.querySelectorAll("summary").length;
      wanted = Infinity;
      show();
      place.querySelectorAll("summary")[next]?.focus();
    };
    return h("button", { class: "button button-quiet", type: "button", onclick: more }, label);
  }

  return (newItems) => {
    items = newItems;
    const focused = place.contains(document.activeElement) ? document.activeElement : null;
    show();
    // Putting a list back into its place takes the focus from what is inside it.
    if (focused?.isConnected && document.activeElement !== focused) focused.focus();
  };
}

function startList(place) {
  const list = h("ul", { class: "card rows-joined" });
  fill(place, list);
  return list;
}

function record(cells, detail) {
  const body = h("div", { class: "record-body" });
  const details = h("details", { class: "record" }, h("summary", { class: "record-line" }, cells), body);
  details.addEventListener("toggle", () => {
    if (details.open && !body.hasChildNodes()) fill(body, detail());
  });
  return details;
}

/** Make `list` hold these rows, moving none that is in its place: a moved frame loads anew. */
function arrange(list, rows) {
  const kept = new Set(rows);
  for (const child of [...list.children]) if (!kept.has(child)) child.remove();
  rows.forEach((row, position) => {
    if (list.children[position] !== row) list.insertBefore(row, list.children[position] ?? null);
  });
}

/** Let a changed row be as open as it was, with the focus on the same control. */
function carryOver(before, after) {
  const details = after.querySelector("details");
  if (!before.querySelector("details").open) {
    refocus(before, after);
    return;
  }
  details.addEventListener("toggle", () => refocus(before, after), { once: true });
  details.open = true;
}

function refocus(before, after) {
  const position = [...before.querySelectorAll(FOCUSABLE)].indexOf(before.lastFocused);
  if (position >= 0) after.querySelectorAll(FOCUSABLE)[position]?.focus();
}
