/** Lists that are refreshed while they are read: what is open stays open, and keeps the focus. */

import { fill, h } from "/assets/dom.js";

const SHOWN_AT_FIRST = 8;
const FOCUSABLE = "a[href], button";

/**
 * A list in `place`. `key` names an item, `summary` gives the cells of its line, `detail` what is
 * below the line once somebody opens it, `look` a further class name, if any. Returns the function
 * that shows new items.
 */
export function recordList(place, { key, summary, detail, look = () => "", emptyText }) {
  const rows = new Map();
  const list = h("ul", { class: "card rows-joined" });
  const nothing = h("p", { class: "empty muted" }, emptyText);
  const more = h("button", { class: "button button-quiet", type: "button", onclick: showAll });
  let wanted = SHOWN_AT_FIRST;
  let items = [];
  fill(place, nothing, list, more);

  function show(newItems) {
    items = newItems;
    const shown = new Map(items.slice(0, wanted).map((item) => [key(item), item]));
    for (const [name, row] of rows) if (!shown.has(name)) drop(name, row);
    [...shown].forEach(([name, item], position) => {
      if (!rows.has(name)) rows.set(name, startRow(summary, detail, look));
      const { element, update } = rows.get(name);
      update(item);
      // What is in its place is not moved: that would cost a frame its content.
      if (list.children[position] !== element) list.insertBefore(element, list.children[position] ?? null);
    });
    nothing.hidden = items.length > 0;
    list.hidden = items.length === 0;
    more.hidden = items.length <= wanted;
    more.textContent = `Show all ${items.length}`;
  }

  function drop(name, row) {
    row.element.remove();
    rows.delete(name);
  }

  function showAll() {
    const first = list.children.length;
    wanted = Infinity;
    show(items);
    list.children[first]?.querySelector("summary").focus();
  }

  show([]);
  return show;
}

function startRow(summary, detail, look) {
  const line = h("summary", { class: "record-line" });
  const body = h("div", { class: "record-body" });
  const details = h("details", {}, line, body);
  let text = null;
  let item = null;
  details.addEventListener("toggle", () => {
    if (details.open && !body.hasChildNodes()) fill(body, detail(item));
  });
  const update = (newItem) => {
    const newText = JSON.stringify(newItem);
    if (newText === text) return;
    [item, text] = [newItem, newText];
    details.className = `record ${look(item)}`.trim();
    fill(line, summary(item));
    if (details.open) keepingFocus(body, () => fill(body, detail(item)));
    else fill(body);
  };
  return { element: h("li", {}, details), update };
}

/** Change what is inside an element; the focus goes to the control in the same position. */
function keepingFocus(element, change) {
  const position = [...element.querySelectorAll(FOCUSABLE)].indexOf(document.activeElement);
  change();
  if (position >= 0) element.querySelectorAll(FOCUSABLE)[position]?.focus();
}
