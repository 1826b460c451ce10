/** What each list of the page shows of an item: its line, and what opens below it. */

import { h, linkButton } from "/assets/dom.js";
import { button } from "./actions.js";
import { post } from "./api.js";
import { disputeActions, disputeFacts } from "./billing.js";
import { cell, chip, facts, json, linked, stateChip } from "./cells.js";
import { inWords, moment } from "./format.js";
import { withKeys } from "./keys.js";
import { serviceName } from "./names.js";

export const CHECKOUTS = {
  emptyText: "No checkout yet. Book a session on the pages to open one.",
  key: (checkout) => checkout.id,
  summary: (checkout) => [
    cell("main", checkout.amount),
    stateChip(stateOf(checkout)),
    cell("when", moment(checkout.createdAt)),
  ],
  detail: (checkout) => [
    facts([
      ["Checkout", checkout.id],
      ["Payment", checkout.intent && `${checkout.intent.id} (${inWords(checkout.intent.status)})`],
      ["Charge", checkout.charge && `${checkout.charge.id} (${inWords(checkout.charge.status)})`],
      ...checkout.refunds.map((refund) => ["Refund", `${refund.id}: ${refund.amount} (${inWords(refund.status)})`]),
      ...disputeFacts(checkout.disputes),
      ["Subscription", checkout.subscription],
      ...Object.entries(checkout.metadata),
    ]),
    h("div", { class: "actions" }, checkoutActions(checkout)),
  ],
};

export const EVENTS = {
  emptyText: "Stripe has sent nothing yet.",
  key: (event) => event.id,
  summary: (event) => [
    cell("main code", event.type),
    stateChip(event.delivery),
    cell("when", moment(event.createdAt)),
  ],
  detail: (event) => [
    facts([["Event", event.id], ["About", event.objectId], ["Attempts", attempts(event)]]),
    h("div", { class: "actions" }, button("Send again", () => post(`stripe/events/${event.id}/resend`))),
    json("Payload", event.payload),
  ],
};

export const MAILS = {
  emptyText: "No mail yet. Confirmations arrive here.",
  key: (mail) => mail.number,
  summary: (mail) => [
    cell("main", mail.subject || "(no subject)", h("span", { class: "record-sub" }, mail.to.join(", "))),
    mail.repeats > 0 && chip(`${mail.repeats} repeated`, "warn"),
    cell("when", moment(mail.receivedAt)),
  ],
  detail: (mail) => [
    facts([
      ["From", mail.from],
      ["To", mail.to.join(", ")],
      ["Message-ID", mail.messageId],
      ["Files", mail.files.join(", ")],
    ]),
    h("div", { class: "mail-text" }, linked(mail.text)),
    mail.hasHtml && preview(mail),
    h("div", { class: "actions" },
      linkButton(`/sandbox/api/mails/${mail.number}.eml`, "Download .eml", "secondary"),
      mail.hasInvitation && linkButton(`/sandbox/api/mails/${mail.number}.ics`, "Download .ics", "secondary")),
  ],
};

export const CALLS = {
  emptyText: "The product has called nothing yet.",
  key: (call) => call.key,
  summary: (call) => [
    cell("service", serviceName(call.service)),
    cell("main code", `${call.method} ${call.path}`),
    statusChip(call.status),
    cell("when", moment(call.at)),
  ],
  detail: (call) => [json("Request", call.request), json("Response", call.response)],
};

/** Calls have no id of their own; moment, address and turn tell them apart. */
export function keyedCalls(calls) {
  return withKeys(calls, ({ at, method, path }) => `${at} ${method} ${path}`);
}

function stateOf(checkout) {
  if (checkout.disputes.length > 0) return "disputed";
  if (checkout.refunds.length > 0) return "refunded";
  if (checkout.intent?.status === "processing") return "processing";
  return checkout.paymentStatus === "paid" ? "paid" : checkout.status;
}

function checkoutActions(checkout) {
  const { intent, charge } = checkout;
  const settle = (ok) => () => post(`stripe/payment_intents/${intent.id}/settle`, { ok });
  return [
    checkout.status === "open" && checkout.url && linkButton(checkout.url, "Open the checkout", "secondary"),
    intent?.status === "processing" && [button("Settle", settle(true)), button("Let it fail", settle(false))],
    charge?.refundable && button(`Refund ${charge.refundable}`, () => post(`stripe/charges/${charge.id}/refund`)),
    checkout.refunds
      .filter((refund) => refund.status === "pending")
      .map((refund) => button("Settle the refund", () => post(`stripe/refunds/${refund.id}/settle`))),
    charge?.status === "succeeded" && disputeActions(charge.id, checkout.disputes),
    charge?.receiptUrl && linkButton(charge.receiptUrl, "Receipt", "quiet"),
  ];
}

function attempts(event) {
  const told = event.attempts.map(({ at, status, error }) => `${moment(at)}: ${status ?? inWords(error ?? "no answer")}`);
  return told.length > 0 ? h("ul", {}, told.map((line) => h("li", {}, line))) : "None yet";
}

function statusChip(status) {
  if (status === 0) return chip("No answer", "bad");
  if (status >= 500) return chip(status, "bad");
  return chip(status, status < 400 ? "good" : "warn");
}

function preview(mail) {
  return h("iframe", {
    class: "mail-preview",
    src: `/sandbox/api/mails/${mail.number}/html`,
    sandbox: "allow-popups allow-popups-to-escape-sandbox",
    title: `${mail.subject} as HTML`,
  });
}
