/** What one gets with a plan, as a ticked list. */

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { planGives } from "./plan_terms.js";

/** Options as `planGives` takes them; false for a plan of which its description says all. */
export function givesList(plan, options) {
  const gives = planGives(plan, options);
  const items = gives.map((text) => h("li", {}, icon("check"), text));
  return items.length > 0 && h("ul", { class: "tags tags-stacked plan-gives" }, items);
}
