/** One payment of the account page: what for, how it ended, and its papers. */

import { paymentChip } from "./chips.js";
import { h } from "./dom.js";
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

/** Every payment ends fulfilled, refunded, or with a person; until then it is being worked on. */
function outcomeText({ status, outcome, outcomeReason, failureReason, refunded, disputed, subscription }) {
  if (status === "FAILED") return failureReason ?? "The payment was declined.";
  if (status === "PROCESSING") return "Your bank is still confirming it.";
  const done = subscription ? { given: "", waits: "Your plan is being set up." } : SESSION;
  const texts = {
    FULFILLED: done.given,
    REFUNDED: refunded.amountMinor > 0 ? `${refunded.display} returned.` : "The money is being returned.",
    WAITING: "A person is looking into it.",
  };
  const dispute = disputed && "Your bank was asked for the money back.";
  return [texts[outcome] ?? done.waits, outcomeReason, dispute].filter(Boolean).join(" ");
}

const SESSION = { given: "Your session is booked.", waits: "The session is being booked." };
