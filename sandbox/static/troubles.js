/** The product's error log: what needs somebody first, what mended itself last. */

import { h } from "/assets/dom.js";
import { cell, chip, facts } from "./cells.js";
import { inWords, moment } from "./format.js";
import { withKeys } from "./keys.js";
import { serviceName } from "./names.js";

export const TROUBLES = {
  emptyText: "Nothing went wrong.",
  key: (trouble) => trouble.key,
  look: ({ resolved }) => (resolved ? "record-over" : ""),
  summary: (trouble) => [
    cell("main", trouble.message, h("span", { class: "record-sub" }, about(trouble))),
    stateOf(trouble),
    cell("when", moment(trouble.at)),
  ],
  detail: ({ source, vendor, bookingId, times, correlationId }) => facts([
    ["Work", inWords(source)],
    ["Service", vendor && serviceName(vendor)],
    ["Booking", bookingId],
    ["Times", String(times)],
    ["Correlation", correlationId],
  ]),
};

/** Given up before still tried before mended, each newest first; with keys. */
export function inOrderOfNeed(troubles) {
  const keyed = withKeys(troubles, ({ source, bookingId, correlationId }) => `${source} ${bookingId} ${correlationId}`);
  return keyed.toSorted((one, other) => needOf(one) - needOf(other));
}

function needOf({ resolved, final }) {
  if (resolved) return 2;
  return final ? 0 : 1;
}

function about({ source, times }) {
  return times > 1 ? `${inWords(source)} · ${times} times` : inWords(source);
}

function stateOf({ resolved, final }) {
  if (resolved) return chip("Mended", "plain");
  return final ? chip("Given up", "bad") : chip("Tried again", "warn");
}
