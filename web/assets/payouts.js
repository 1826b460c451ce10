/** A host's payouts: the sums of each currency, then one by one. */

import { graphql } from "./api.js";
import { byId, fill, h } from "./dom.js";
import { empty, skeleton } from "./feedback.js";
import { MY_PAYOUTS } from "./host_documents.js";
import { pagedList } from "./paging.js";
import { payoutCard, statement } from "./payout_card.js";

/** Show them anew; the promise never fails. */
export function showPayouts() {
  return pagedList({
    element: byId("payout-list"),
    placeholder: skeleton("row", 2),
    listClass: "rows-joined card",
    load,
    render: payoutCard,
    empty: () => empty("No payouts yet", "You are paid for each session some days after it took place."),
  });
}

async function load(after) {
  const { myPayouts } = await graphql(MY_PAYOUTS, { after });
  fill(byId("payout-totals"), totals(myPayouts.totals));
  return myPayouts;
}

function totals(sums) {
  if (sums.length === 0) return null;
  const cards = sums.map((sum) => h("li", { class: "card row" }, total(sum)));
  return h("ul", { class: "payout-totals", role: "list", "aria-label": "In all" }, cards);
}

function total(sum) {
  const count = `${sum.count} ${sum.count === 1 ? "session" : "sessions"} in ${sum.currency}`;
  return [
    h("h3", { class: "row-title" }, count),
    statement(sum),
    h("p", { class: "muted small" }, `${sum.paid.display} paid out · ${sum.waiting.display} still to come`),
  ];
}
