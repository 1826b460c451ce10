/** A list that grows page by page along the API's cursors. */

import { actionButton, announce, fill, h } from "./dom.js";
import { actions, failure } from "./feedback.js";

/**
 * Fill `element` with the first page of `load(after)` (a Relay connection) drawn by
 * `render(node)`, and a button for more; `empty()` makes what is shown when there is nothing.
 * Returns a promise of nothing that never fails.
 */
export async function pagedList({ element, placeholder, listClass, load, render, empty }) {
  const list = h("ul", { class: listClass, role: "list" });
  const foot = h("div", { class: "list-foot" });

  async function next(after) {
    try {
      const { nodes, pageInfo } = await load(after);
      const items = nodes.map((node) => h("li", {}, render(node)));
      list.append(...items);
      fill(foot, pageInfo.hasNextPage && moreButton(pageInfo.endCursor));
      return items;
    } catch (error) {
      fill(foot, await failure(error, () => first(after)));
      return null;
    }
  }

  function moreButton(cursor) {
    return actions(actionButton("Load more", () => more(cursor), "secondary"));
  }

  async function more(cursor) {
    const items = await next(cursor);
    if (items === null) return;
    announce(`${items.length} more shown.`);
    // The pressed button is gone: the keyboard goes on at the first new entry.
    items[0]?.setAttribute("tabindex", "-1");
    items[0]?.focus();
  }

  async function first(after = null) {
    element.setAttribute("aria-busy", "true");
    if (list.childElementCount === 0) fill(element, placeholder);
    const items = await next(after);
    if (items?.length === 0 && list.childElementCount === 0) fill(element, empty());
    else fill(element, list.childElementCount > 0 && list, foot);
    element.setAttribute("aria-busy", "false");
  }

  await first();
}
