/** One payout of the account page: how it stands, why, and what it is made of. */

import { chip } from "./chips.js";
import { h } from "./dom.js";
import { sentence } from "./ended_booking.js";
import { shortDay, shortMoment } from "./time.js";

const CHIPS = {
  WAITING: ["info", "Waiting"],
  SENDING: ["info", "On its way"],
  PAID: ["good", "Paid out"],
  REVERSED: ["plain", "Taken back"],
  CANCELLED: ["plain", "Not paid out"],
};

/** "Paid out", "Waiting" */
export function payoutState({ status }) {
  return CHIPS[status][1];
}

export function payoutCard(payout) {
  const { net, hostBooking } = payout;
  return h(
    "article",
    { class: "row" },
    h("div", { class: "row-head" }, h("h3", { class: "row-title" }, net.display), chip(...CHIPS[payout.status])),
    hostBooking && h("p", {}, whatFor(hostBooking)),
    h("p", { class: "row-remark" }, remark(payout)),
    statement(payout),
    h("p", { class: "muted small" }, dates(payout)),
  );
}

/** What the client paid, less what went back and the fee, is what the host gets. */
export function statement({ amount, returned, fee, net }) {
  return h(
    "dl",
    { class: "statement" },
    line("Paid", amount.display),
    returned.amountMinor > 0 && line("Returned", `− ${returned.display}`),
    fee.amountMinor > 0 && line("Fee", `− ${fee.display}`),
    line("To you", net.display, "statement-sum"),
  );
}

function line(name, value, look = null) {
  return h("div", { class: look }, h("dt", {}, name), h("dd", {}, value));
}

function whatFor({ sessionType, clientName, startsAt }) {
  const day = startsAt && h("span", { class: "muted" }, ` · ${shortDay(startsAt)}`);
  return [`${sessionType.name} with ${clientName ?? "a client"}`, day];
}

function remark({ message, heldReason, transferred, reversed, net }) {
  const converted = transferred !== null && transferred.currency !== net.currency;
  return [
    message,
    heldReason && sentence(heldReason),
    converted && `It was sent as ${transferred.display}.`,
    reversed !== null && reversed.amountMinor > 0 && `${reversed.display} of it was taken back.`,
  ].filter(Boolean).join(" ");
}

function dates({ status, dueAt, paidAt }) {
  if (paidAt) return `Sent on ${shortMoment(paidAt)}`;
  return status === "WAITING" && dueAt && `From ${shortMoment(dueAt)} on`;
}
