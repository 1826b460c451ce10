/** The lists of subscriptions and invoices: what they show, and what can be done to them. */

import { h, linkButton } from "/assets/dom.js";
import { button } from "./actions.js";
import { post } from "./api.js";
import { cell, facts, stateChip } from "./cells.js";
import { choice } from "./fields.js";
import { day, distantMoment, inWords, moment } from "./format.js";

const OVER = ["canceled", "incomplete_expired"];

/** Subscriptions as their list takes them: each with the test cards to choose from. */
export function withCards(subscriptions, cards) {
  return subscriptions.map((subscription) => ({ ...subscription, cards }));
}

export const SUBSCRIPTIONS = {
  emptyText: "No subscription yet. A checkout for a plan starts one.",
  key: ({ id }) => id,
  summary: (subscription) => [
    cell("main", subscription.plan, h("span", { class: "record-sub" }, subscription.customer.name ?? subscription.customer.id)),
    stateChip(subscription.status),
    cell("when", outlook(subscription)),
  ],
  detail: (subscription) => [
    facts([
      ["Subscription", subscription.id],
      ["Customer", subscription.customer.id],
      ["Period ends", distantMoment(subscription.periodEndsAt)],
      ["Ends", subscription.endsAt && distantMoment(subscription.endsAt)],
      ["Kept card", subscription.card ?? "None"],
      ...Object.entries(subscription.metadata),
    ]),
    !OVER.includes(subscription.status) && actions(subscription),
  ],
};

export const INVOICES = {
  emptyText: "No invoice yet. A subscription makes one each period.",
  key: ({ id }) => id,
  summary: (invoice) => [
    cell("main", invoice.amount, h("span", { class: "record-sub" }, `${invoice.customer} · ${inWords(invoice.reason)}`)),
    stateChip(invoice.disputes.length > 0 ? "disputed" : invoice.status),
    cell("when", moment(invoice.createdAt)),
  ],
  detail: (invoice) => [
    facts([
      ["Invoice", invoice.number ? `${invoice.id} (${invoice.number})` : invoice.id],
      ["Still due", invoice.left],
      ["Attempts", String(invoice.attempts)],
      ["Next attempt", invoice.nextAttemptAt && distantMoment(invoice.nextAttemptAt)],
      ["Charge", invoice.charge],
      ...disputeFacts(invoice.disputes),
    ]),
    h("div", { class: "actions" },
      invoice.status === "open" && button("Pay now", () => post(`stripe/invoices/${invoice.id}/pay`)),
      invoice.refundable && button(`Refund ${invoice.refundable}`, () => post(`stripe/charges/${invoice.charge}/refund`)),
      invoice.charge && disputeActions(invoice.charge, invoice.disputes),
      invoice.url && linkButton(invoice.url, "Open the invoice", "secondary"),
      invoice.receiptUrl && linkButton(invoice.receiptUrl, "Receipt", "quiet")),
  ],
};

export function disputeFacts(disputes) {
  return disputes.map(({ id, amount, status, reason }) => ["Dispute", `${id}: ${amount}, ${inWords(reason)} (${inWords(status)})`]);
}

/** Dispute a charge that is not disputed yet, or close its dispute. */
export function disputeActions(charge, disputes) {
  if (disputes.length === 0) return button("Dispute", () => post(`stripe/charges/${charge}/dispute`));
  const close = (id, won) => () => post(`stripe/disputes/${id}/close`, { won });
  return disputes
    .filter(({ status }) => !["won", "lost"].includes(status))
    .map(({ id }) => [button("Close as won", close(id, true)), button("Close as lost", close(id, false))]);
}

/** When a period ends next, and when an unpaid invoice is charged next: ISO 8601, null for never. */
export function nextMoments({ subscriptions, invoices }, now) {
  const billed = subscriptions.filter(({ status }) => !OVER.includes(status) && status !== "paused");
  return {
    periodEnd: first(billed.map(({ periodEndsAt }) => periodEndsAt), now),
    attempt: first(invoices.map(({ nextAttemptAt }) => nextAttemptAt), now),
  };
}

function first(moments, now) {
  const ahead = moments.filter((iso) => iso !== null && new Date(iso).getTime() > now);
  return ahead.sort()[0] ?? null;
}

function outlook({ status, endsAt, periodEndsAt }) {
  if (OVER.includes(status)) return "Over";
  return `${endsAt ? "Ends" : "Until"} ${day(endsAt ?? periodEndsAt)}`;
}

function actions(subscription) {
  const act = (verb, given = {}) => () => post(`stripe/subscriptions/${subscription.id}/${verb}`, given);
  return [
    h("div", { class: "actions" },
      subscription.endsAt
        ? button("Don’t cancel", act("keep"))
        : button("Cancel at period end", act("cancel", { atPeriodEnd: true })),
      button("Cancel now", act("cancel")),
      subscription.status === "paused" ? button("Resume", act("resume")) : button("Pause", act("pause"))),
    cardChooser(subscription),
    subscription.otherPlans.length > 0 && planChooser(subscription, act),
  ];
}

function cardChooser({ customer, cards }) {
  const card = choice("Card for what comes", cards.map(({ number, label }) => [number, `${label} (${number})`]));
  const keep = () => post(`stripe/customers/${customer.id}/card`, { number: card.input.value });
  return h("div", { class: "panel-row" }, card.field, button("Set card", keep));
}

function planChooser({ otherPlans }, act) {
  const plan = choice("Other plan", otherPlans.map(({ price, name }) => [price, name]));
  return h("div", { class: "panel-row" }, plan.field, button("Change plan", () => act("change", { price: plan.input.value })()));
}
