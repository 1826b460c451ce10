/** The lists of connected accounts and transfers: what they show, and what can be done to them. */

import { h } from "/assets/dom.js";
import { button } from "./actions.js";
import { post } from "./api.js";
import { cell, chip, facts, stateChip } from "./cells.js";
import { choice, number } from "./fields.js";
import { inWords, moment } from "./format.js";

const MINOR_OF_ONE = 100;

export const ACCOUNTS = {
  emptyText: "No connected account yet. A host begins one on the account page, under Payouts.",
  key: ({ id }) => id,
  summary: (account) => [
    cell("main", account.name, h("span", { class: "record-sub" }, `${account.id} · ${account.country}`)),
    accountChip(account),
    cell("when", moment(account.createdAt)),
  ],
  detail: (account) => [
    facts([
      ["Made by API", account.madeBy],
      ["Transfers", account.transfers && inWords(account.transfers)],
      ["Payouts to its bank", account.payoutsEnabled ? "Enabled" : "Not enabled"],
      ["Wanted from it", account.due.join(", ")],
      ["Balance", amounts(account.balance)],
      ["Balance may go below zero", account.mayOwe ? "Yes" : "No"],
      ...Object.entries(account.metadata),
    ]),
    !account.closed && !account.rejected && accountActions(account),
  ],
};

export const TRANSFERS = {
  emptyText: "No transfer yet. They are made for payments older than 72 hours whose session took place.",
  key: ({ id }) => id,
  summary: (transfer) => [
    cell("main", transfer.amount.display, h("span", { class: "record-sub" }, `to ${transfer.destination}`)),
    transferChip(transfer),
    cell("when", moment(transfer.createdAt)),
  ],
  detail: (transfer) => [
    facts([
      ["Transfer", transfer.id],
      ["Charge", transfer.charge],
      ["Group", transfer.group],
      ...transfer.reversals.map(({ id, amount, createdAt }) => ["Reversal", `${id}: ${amount.display}, ${moment(createdAt)}`]),
      ...Object.entries(transfer.metadata),
    ]),
  ],
};

/** `90.00 USD, 12000 JPY`, or "Nothing". */
export function amounts(balance) {
  return balance.length > 0 ? balance.map(({ display }) => display).join(", ") : "Nothing";
}

/** Accounts as their list takes them: each with the charges that can be transferred to it by hand. */
export function withCharges({ accounts, transferable }) {
  return accounts.map((account) => ({ ...account, transferable }));
}

function accountChip({ closed, rejected, due, transfers }) {
  if (closed) return chip("Closed", "plain");
  if (rejected) return chip("Rejected", "bad");
  if (transfers === "active") return due.length > 0 ? chip("Active, wants more", "warn") : stateChip("active");
  return chip(due.length > 0 ? "Wants to know more" : inWords(transfers ?? "no transfers"), "warn");
}

function transferChip({ reversed, reversals }) {
  if (reversed) return chip("Reversed", "warn");
  return reversals.length > 0 ? chip("Partly reversed", "warn") : chip("Made", "good");
}

function accountActions(account) {
  const act = (verb, given = {}) => () => post(`stripe/accounts/${account.id}/${verb}`, given);
  return [
    h("div", { class: "actions" },
      account.due.length > 0 && button("Finish onboarding", act("onboard")),
      account.due.length > 0 && button("Finish but for a document", act("onboard", { complete: false })),
      button("Want a document", act("require")),
      button("Reject", act("reject")),
      button("Close", act("close")),
      account.mayOwe
        ? button("Keep its balance above zero", act("owe", { allowed: false }))
        : button("Let its balance go below zero", act("owe", { allowed: true }))),
    account.balance.some(({ minor }) => minor > 0) && bankPayout(account, act),
    account.transferable.length > 0 && transferByHand(account),
  ];
}

/** All that the account has goes to its bank, so that a reversal finds nothing there. */
function bankPayout({ balance }, act) {
  const owned = balance.filter(({ minor }) => minor > 0);
  const pays = owned.map(({ minor, currency, display }) =>
    button(`Pay ${display} out to its bank`, act("payout", { amount: minor, currency })));
  return h("div", { class: "actions" }, pays);
}

function transferByHand({ id, transferable }) {
  const charge = choice("Of charge", transferable.map((one) => [one.id, `${one.amount.display} (${one.id})`]));
  const amount = number("Minor units", MINOR_OF_ONE, 1);
  const transfer = () => post(`stripe/charges/${charge.input.value}/transfer`, {
    account: id,
    amount: amount.input.valueAsNumber,
  });
  return h("div", { class: "panel-row" }, charge.field, amount.field, button("Transfer by hand", transfer));
}
