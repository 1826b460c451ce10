/** One payment of the account page: what for, how it ended, and its papers. */

import { paymentChip } from "./chips.js";
import { h } from "./dom.js";
import { sentence } from "./ended_booking.js";
import { nameOf } from "./subscription_card.js";
import { shortDay, shortMoment } from "./time.js";

export function paymentCard(payment) {
  const { amount, paidAt, createdAt } = payment;
  return h(
    "article",
    { class: "row" },
    h("div", { class: "row-head" }, h("h3", { class: "row-title" }, amount.display), paymentChip(payment)),
    h("p", {}, whatFor(payment)),
    h("p", { class: "row-remark" }, outcomeText(payment)),
    refundLines(payment),
    h(
      "div",
      { class: "row-foot muted" },
      h("p", {}, shortMoment(paidAt ?? createdAt)),
      h("p", { class: "papers" }, papers(payment)),
    ),
  );
}

function whatFor({ booking, subscription, periodStart, periodEnd }) {
  if (booking) return `${booking.sessionType.name} with ${booking.host.name}`;
  if (!subscription) return null;
  const period = periodStart && periodEnd && `${shortDay(periodStart)} – ${shortDay(periodEnd)}`;
  return [nameOf(subscription), period && h("span", { class: "muted" }, ` · ${period}`)];
}

function papers({ amount, receiptUrl, invoiceNumber, invoiceUrl, invoicePdfUrl }) {
  const invoice = invoiceNumber ? `Invoice ${invoiceNumber}` : "Invoice";
  return [
    receiptUrl && paper(receiptUrl, "Receipt", ` for ${amount.display}`),
    invoiceUrl && paper(invoiceUrl, invoice, ` for ${amount.display}`),
    invoicePdfUrl && paper(invoicePdfUrl, "PDF", ` of ${invoice.toLowerCase()}`),
  ];
}

function paper(url, name, whose) {
  return h("a", { class: "link", href: url }, name, h("span", { class: "sr-only" }, whose));
}

const REFUND_STATES = {
  REQUESTED: "is being returned",
  PENDING: "is on its way to you",
  REQUIRES_ACTION: "waits for you: Stripe wrote to you about it",
  SUCCEEDED: "was returned",
  FAILED: "could not be returned",
  CANCELED: "was not returned: the refund was cancelled",
};

/** What went back, refund by refund, each with its reason unless that was told just before. */
function refundLines({ refunds, outcomeReason }) {
  if (refunds.length === 0) return null;
  const lines = refunds.map(({ status, reason, createdAt, amount }) => {
    const why = !outcomeReason?.startsWith(reason ?? "") && sentence(reason ?? "");
    const more = [why, shortDay(createdAt)].filter(Boolean).join(" ");
    return h("li", {}, `${amount.display} ${REFUND_STATES[status]}. `, h("span", { class: "muted" }, more));
  });
  return h("ul", { class: "refunds", role: "list", "aria-label": "Refunds" }, lines);
}

/** Every payment ends fulfilled, refunded, or with a person; until then it is being worked on. */
function outcomeText(payment) {
  const { status, outcome, outcomeReason, failureReason, lostToDispute } = payment;
  if (status === "FAILED") return failureReason ?? "The payment was declined.";
  if (status === "PROCESSING") return "Your bank is still confirming it.";
  if (lostToDispute.amountMinor > 0 && outcome !== "WAITING") return `Your bank gave you ${lostToDispute.display} back.`;
  const texts = {
    FULFILLED: outcomeReason ? "" : givenText(payment),
    REFUNDED: payment.refunds.length > 0 ? "" : returnedText(payment),
    WAITING: "A person is looking into it.",
  };
  return [
    texts[outcome] ?? (payment.subscription ? "Your plan is being set up." : "The session is being booked."),
    sentence(outcomeReason ?? ""),
    payment.disputed && "Your bank was asked for the money back.",
  ].filter(Boolean).join(" ");
}

function givenText({ subscription, booking }) {
  if (subscription) return "";
  return booking?.status === "CANCELLED" ? "The session was called off." : "Your session is booked.";
}

function returnedText({ refunded }) {
  return refunded.amountMinor > 0 ? `${refunded.display} returned.` : "The money is being returned.";
}
