/** After leaving Stripe's page without paying for a plan: what it was, and another try. */

import { graphql } from "./api.js";
import { MY_SUBSCRIPTION, PLANS } from "./documents.js";
import { announce, h, linkButton, retitle } from "./dom.js";
import { actions, notice } from "./feedback.js";
import { givesList } from "./gives_list.js";
import { planButton } from "./plan_checkout.js";
import { planCard, readPlan } from "./plan_progress.js";
import { priceTerms } from "./plan_terms.js";
import { fact } from "./progress.js";
import { problemSpace } from "./retry.js";
import { isGrantedTrial, isOver } from "./standing.js";

/** What the page shows for a plan's id. */
export async function cancelledPlan(planId) {
  const { mySubscription: mine } = await graphql(MY_SUBSCRIPTION, { planId });
  if (mine !== null && !isOver(mine) && !isGrantedTrial(mine)) return paidAfterAll(mine);
  const plan = await planOnSale(planId);
  return plan ? unpaid(plan, mine) : notOffered();
}

async function planOnSale(planId, after = null) {
  const { nodes, pageInfo } = (await graphql(PLANS, { first: 100, after })).plans;
  const found = nodes.find(({ id }) => id === planId);
  return found || !pageInfo.hasNextPage ? found : planOnSale(planId, pageInfo.endCursor);
}

function unpaid(plan, mine) {
  const problem = problemSpace();
  return h(
    "article",
    { class: "card card-roomy" },
    h("p", { class: "lead-small" }, "Nothing was paid. You can go on whenever you like."),
    h(
      "dl",
      { class: "facts" },
      fact("Plan", h("span", { class: "fact-strong" }, plan.name)),
      fact("Price", priceTerms(plan)),
    ),
    givesList(plan, { withTrial: mine === null }),
    problem,
    actions(planButton(plan, problem, "Try again"), linkButton("/#plans", "See all plans", "quiet")),
  );
}

async function paidAfterAll(mine) {
  const reading = await readPlan(mine);
  retitle(reading.isPaid ? "You have this plan" : reading.verdict.title, { focus: true });
  announce("You have this plan.");
  return planCard(reading, problemSpace());
}

function notOffered() {
  return notice(
    "warn",
    "This plan is not offered any more",
    h("p", {}, "Nothing was paid."),
    actions(linkButton("/#plans", "See the plans"), linkButton("/account", "Your account", "quiet")),
  );
}
