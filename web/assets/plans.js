/** The plans on sale, each with what the viewer can do about it. */

import { graphql } from "./api.js";
import { chip } from "./chips.js";
import { config } from "./config.js";
import { MY_SUBSCRIPTIONS, PLANS } from "./documents.js";
import { h, linkButton } from "./dom.js";
import { skeleton } from "./feedback.js";
import { givesList } from "./gives_list.js";
import { loadMe } from "./me.js";
import { pagedList } from "./paging.js";
import { planButton, planButtonHere } from "./plan_checkout.js";
import { rhythm } from "./plan_terms.js";
import { isGrantedTrial, isOver, standing } from "./standing.js";
import { shortDay } from "./time.js";

/** Fill `element`; `section` goes away when nothing is on sale, forms open in `space`. */
export async function planList({ section, element, space }) {
  await pagedList({
    element,
    placeholder: skeleton("card", 3),
    listClass: "cards",
    load: async (after) => withMine((await graphql(PLANS, { first: 12, after })).plans),
    render: (plan) => planCard(plan, space),
    empty: () => {
      section.hidden = true;
      return null;
    },
  });
}

/** Each plan with the viewer's subscription to it; null for none, and for who is not signed in. */
async function withMine({ nodes, pageInfo }) {
  const me = nodes.length > 0 ? await loadMe().catch(() => null) : null;
  const { subscriptions } = me ? (await graphql(MY_SUBSCRIPTIONS)).me : { subscriptions: [] };
  const to = (plan) => subscriptions.find((one) => one.plan?.id === plan.id) ?? null;
  return { pageInfo, nodes: nodes.map((plan) => ({ ...plan, mine: to(plan) })) };
}

function planCard(plan, space) {
  const { name, description, price, mine } = plan;
  return h(
    "article",
    { class: "card session" },
    h("h3", { class: "session-name" }, name),
    h("p", { class: "session-about" }, description),
    givesList(plan, { withTrial: mine === null }),
    h(
      "div",
      { class: "session-buy" },
      h("p", { class: "price" }, price.display, h("span", { class: "price-rhythm" }, ` ${rhythm(plan)}`)),
      isHeld(mine) ? held(mine, plan) : offer(plan, space),
    ),
  );
}

function isHeld(mine) {
  return mine !== null && !isOver(mine) && !isGrantedTrial(mine);
}

function held(mine, { name }) {
  const { tone, label } = standing(mine, true);
  const manage = ["Manage", h("span", { class: "sr-only" }, ` ${name}`)];
  return [
    h("p", { class: "plan-held" }, h("strong", {}, "You have this plan"), tone !== "good" && chip(tone, label)),
    linkButton("/account", manage, "secondary"),
  ];
}

function offer(plan, space) {
  const { mine, name } = plan;
  const problem = h("div", { class: "session-problem" });
  const [verb, preposition] = verbOf(plan);
  const which = h("span", { class: "sr-only" }, `${preposition} ${name}`);
  const row = h("div", { class: "plan-buttons" }, planButton(plan, problem, [verb, which]));
  offerForm(plan, problem, row, space);
  const granted = mine !== null && isGrantedTrial(mine);
  return [granted && h("p", { class: "muted" }, trialLeft(mine)), row, problem];
}

/** Paying without leaving needs Stripe's script and a publishable key. */
async function offerForm(plan, problem, row, space) {
  const { stripePublishableKey } = await config().catch(() => ({}));
  if (!stripePublishableKey) return;
  const [verb, preposition] = verbOf(plan);
  const which = h("span", { class: "sr-only" }, `${preposition} ${plan.name}`);
  row.append(planButtonHere(plan, problem, [`${verb} here`, which], space));
}

/** What the buttons say, and what stands before the plan's name. */
function verbOf({ interval, trialDays, mine }) {
  if (interval === null) return ["Buy", ""];
  return trialDays && mine === null ? ["Start free trial", " of"] : ["Subscribe", " to"];
}

function trialLeft({ trialEnd }) {
  return trialEnd ? `You have it free until ${shortDay(trialEnd)}.` : "You have it free for now.";
}
