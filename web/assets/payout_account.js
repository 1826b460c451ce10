/** A host's account at Stripe: how it stands, and the way to Stripe's page and back. */

import { graphql } from "./api.js";
import { chip } from "./chips.js";
import { CREATE_PAYOUT_ACCOUNT_LINK, MY_PAYOUT_ACCOUNT } from "./host_documents.js";
import { actionButton, announce, byId, fill, h, safeUrl } from "./dom.js";
import { actions, failure, loadInto, notice, refusals, skeleton } from "./feedback.js";
import { payoutCountries, requirementsInWords } from "./payout_words.js";
import { poll } from "./poll.js";
import { problemSpace } from "./retry.js";

const NEWS_MS = 15_000; // Stripe tells what was filled in within seconds
const RENEWED = "sessionpay-payouts-renewed";

/** Fill `element`; `onActive()` is told when the account has become one that is paid into. */
export function payoutAccount(element, { onActive }) {
  new PayoutAccount(element, onActive).open(takeReturn());
}

class PayoutAccount {
  constructor(element, onActive) {
    this.element = element;
    this.onActive = onActive;
  }

  /** `back` is how the host came back from Stripe: "returned", "again" (its link was too old or
   * used up), or null. */
  async open(back) {
    await loadInto(this.element, skeleton("row", 1), async () => this.card(await ask()));
    if (back === null) return;
    byId("payouts").scrollIntoView();
    if (back === "returned") await this.awaitNews();
    if (back === "again") await this.renew();
  }

  card(account) {
    this.shown = account;
    this.problem = problemSpace();
    return h("div", { class: "card row payout-account" }, account === null ? this.start() : this.state(account), this.problem);
  }

  start() {
    const id = "payout-country";
    const choose = h("option", { value: "" }, "Choose…");
    const countries = payoutCountries().map(([code, name]) => h("option", { value: code }, name));
    const country = h("select", { class: "select", id, required: true }, choose, countries);
    const connect = () => {
      if (country.value) return this.goToStripe({ country: country.value });
      fill(this.problem, notice("bad", "Please choose your country first."));
      country.focus();
    };
    return [
      h("h3", { class: "row-title" }, "Get paid for your sessions"),
      h("p", { class: "muted" }, "Payouts go to an account of yours at Stripe. It takes a few minutes to set up; until then what you earn is kept for you."),
      h("div", { class: "field-row" }, h("label", { for: id }, "Country of your bank account"), country),
      h("p", { class: "muted small" }, "The country cannot be changed later."),
      actions(actionButton("Connect payouts", connect)),
    ];
  }

  state({ status, requirements }) {
    const { tone, label, text, button, look } = STATES[status](requirements);
    const wanted = status === "ACTIVE" || status === "CLOSED" ? [] : requirementsInWords(requirements);
    return [
      h("div", { class: "row-head" }, h("h3", { class: "row-title" }, "Your account at Stripe"), chip(tone, label)),
      h("p", {}, text),
      wanted.length > 0 && h("ul", { class: "wanted" }, wanted.map((one) => h("li", {}, one))),
      button && actions(actionButton(button, () => this.goToStripe({}), look)),
    ];
  }

  /** Leave for Stripe's page; what keeps from it is shown here. */
  async goToStripe(input) {
    fill(this.problem);
    forgetRenewal();
    await this.leave(input);
  }

  async leave(input) {
    try {
      const { url, errors } = (await graphql(CREATE_PAYOUT_ACCOUNT_LINK, { input })).createPayoutAccountLink;
      const address = safeUrl(url ?? "");
      if (errors.length > 0) return fill(this.problem, refusals(errors));
      if (url !== null && address !== null) location.assign(address);
    } catch (error) {
      fill(this.problem, await failure(error, () => this.leave(input)));
    }
  }

  /** One new link by itself: if that brings the host back here too, they decide. */
  async renew() {
    if (noteRenewal()) return this.leave({});
    fill(this.problem, notice("warn", "Stripe's page was left before it was done", h("p", {}, "You can go on there whenever you like.")));
  }

  /** What was filled in at Stripe comes to light here a moment later. */
  async awaitNews() {
    forgetRenewal();
    const first = JSON.stringify(this.shown);
    const isDone = (account) => account === null || account.status === "ACTIVE";
    const show = (account) => {
      if (JSON.stringify(account) === JSON.stringify(this.shown)) return;
      const hadFocus = this.element.contains(document.activeElement);
      fill(this.element, this.card(account));
      if (hadFocus) byId("payouts-title").focus();
    };
    await poll(ask, isDone, show, NEWS_MS).catch(() => null); // what is shown was true
    if (JSON.stringify(this.shown) !== first) announce("Your account at Stripe was brought up to date.");
    if (this.shown?.status === "ACTIVE") this.onActive();
  }
}

const STATES = {
  CREATING: () => ({
    tone: "info",
    label: "Being made",
    text: "It was begun, but Stripe has not been told everything yet.",
    button: "Go on at Stripe",
    look: "primary",
  }),
  ONBOARDING: () => ({
    tone: "warn",
    label: "To be completed",
    text: "Stripe still has to know some things before it pays you. Until then what you earn is kept for you.",
    button: "Go on at Stripe",
    look: "primary",
  }),
  RESTRICTED: (requirements) => ({
    tone: "warn",
    label: "On hold",
    text:
      requirements.length > 0
        ? "Stripe wants to know more before it pays you again. Until then what you earn is kept for you."
        : "Stripe is checking what you told it. There is nothing for you to do now.",
    button: requirements.length > 0 ? "Go on at Stripe" : "Look at Stripe",
    look: requirements.length > 0 ? "primary" : "secondary",
  }),
  ACTIVE: () => ({
    tone: "good",
    label: "Connected",
    text: "Payouts go there by themselves, some days after each session.",
    button: "Change details at Stripe",
    look: "quiet",
  }),
  CLOSED: () => ({
    tone: "bad",
    label: "Closed",
    text: "Stripe has rejected or closed this account, so nothing can be paid into it. Please write to the seller.",
  }),
};

async function ask() {
  return (await graphql(MY_PAYOUT_ACCOUNT)).myPayoutAccount;
}

/** How the host came back, taken out of the address so that loading again does not do it again. */
function takeReturn() {
  const address = new URL(location.href);
  const back = address.searchParams.get("payouts");
  if (back === null) return null;
  address.searchParams.delete("payouts");
  history.replaceState(null, "", address);
  return back;
}

/** True the first time; false where it cannot be remembered, for that might go on for ever. */
function noteRenewal() {
  try {
    if (sessionStorage.getItem(RENEWED) !== null) return false;
    sessionStorage.setItem(RENEWED, "1");
    return true;
  } catch {
    return false; // storage blocked
  }
}

function forgetRenewal() {
  try {
    sessionStorage.removeItem(RENEWED);
  } catch {
    // storage blocked: then it was never noted
  }
}
