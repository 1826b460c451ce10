/** The account's subscriptions with what they give, kept in step with what happens at Stripe. */

import { graphql } from "./api.js";
import { channelRow, creditRow, isOnItsWay } from "./benefits.js";
import { givesCredits } from "./credits.js";
import { MY_BILLING } from "./documents.js";
import { announce, byId, fill, h, linkButton } from "./dom.js";
import { empty, loadInto, skeleton } from "./feedback.js";
import { poll } from "./poll.js";
import { isBackFromPortal } from "./portal.js";
import { isOver, isOwing } from "./standing.js";
import { subscriptionCard } from "./subscription_card.js";

const NEWS_MS = 12_000; // Stripe tells what was done in its portal within seconds
const LINK_MS = 60_000;

/**
 * Fill `element`; `section` is shown where there is something to sell or to tell. `onChange` is
 * called when what is shown has changed since the page was loaded.
 */
export function billingSection({ section, element, onChange }) {
  let shown = null;

  function show(billing) {
    const state = JSON.stringify(billing);
    if (state === shown) return; // drawing anew would take the keyboard focus away
    const [isNews, hadFocus] = [shown !== null, element.contains(document.activeElement)];
    shown = state;
    section.hidden = isUnused(billing);
    fill(element, content(billing));
    if (!isNews) return;
    announce("Your subscription was brought up to date.");
    if (hadFocus) byId("subscription-title").focus();
    onChange();
  }

  async function load() {
    section.hidden = false;
    await loadInto(element, skeleton("row", 1), async () => {
      const billing = await ask();
      show(billing);
      return [...element.childNodes];
    });
    await watch();
  }

  /** News come a moment after the portal was left, a channel's link a moment after the payment. */
  async function watch() {
    const [first, isBack] = [shown, isBackFromPortal()];
    if (first === null) return;
    const isSettled = (billing) => (!isBack || shown !== first) && !isPreparing(billing);
    const patience = isPreparing(JSON.parse(first)) ? LINK_MS : NEWS_MS;
    await poll(ask, isSettled, show, patience).catch(() => null); // what is shown was true
  }

  async function refresh() {
    const billing = await ask().catch(() => null); // the next look asks again
    if (billing !== null && shown !== null) show(billing);
  }

  document.addEventListener("visibilitychange", () => !document.hidden && refresh());
  load();
  return { refresh };
}

function ask() {
  return graphql(MY_BILLING);
}

function isPreparing({ me }) {
  return me.entitlements.channels.some(isOnItsWay);
}

function isUnused({ me, plans }) {
  return me.subscriptions.length === 0 && plans.nodes.length === 0;
}

function content(billing) {
  const others = notEntitling(billing);
  const entitling = billing.me.entitlements.subscriptions.toReversed();
  const all = [...others, ...entitling].toSorted((one, next) => isOwing(next) - isOwing(one));
  if (all.length === 0) {
    const plans = linkButton("/#plans", "See the plans", "secondary");
    return empty("No subscription", "What you subscribe to appears here.", plans);
  }
  const gives = benefits(billing.me.entitlements);
  return [
    list("rows", all.map((one) => card(one, billing, !others.includes(one)))),
    gives.length > 0 && list("rows-joined card benefits", gives, "What you get"),
  ];
}

/** What gives nothing now but goes on, such as what is owed for; else the last that there was. */
function notEntitling({ me }) {
  const told = new Set(me.entitlements.subscriptions.map(({ id }) => id));
  const others = me.subscriptions.filter(({ id }) => !told.has(id));
  const goingOn = others.filter((one) => !isOver(one));
  return goingOn.length + told.size > 0 ? goingOn : others.slice(0, 1);
}

function list(look, items, label = null) {
  const entries = items.map((item) => h("li", {}, item));
  return h("ul", { class: look, role: "list", "aria-label": label }, entries);
}

function card(subscription, { myPayments }, isEntitling) {
  const latest = myPayments.nodes.find((payment) => payment.subscription?.id === subscription.id);
  const owes = isOwing(subscription) || subscription.status === "INCOMPLETE";
  const openInvoice = owes && latest?.status === "FAILED" ? latest.invoiceUrl : null;
  return subscriptionCard(subscription, { isEntitling, openInvoice });
}

function benefits({ subscriptions, creditsLeft, channels }) {
  return [...(subscriptions.some(givesCredits) ? [creditRow(creditsLeft)] : []), ...channels.map(channelRow)];
}
