/** What a plan costs and gives, in words; pure. */

import { creditCount } from "./credits.js";

const UNITS = { DAY: "day", WEEK: "week", MONTH: "month", YEAR: "year" };

/** "a month", "every 3 months", or "once" for what is paid once and kept. */
export function rhythm({ interval, intervalCount }) {
  if (interval === null) return "once";
  return intervalCount === 1 ? `a ${UNITS[interval]}` : `every ${intervalCount} ${UNITS[interval]}s`;
}

/** "100.00 USD a month"; `price` as a subscription has it, the plan's own if left out. */
export function priceTerms(plan, price = plan.price) {
  return `${price.display} ${rhythm(plan)}`;
}

/** "7 days free" */
export function trialTerms({ trialDays }) {
  return `${trialDays} ${trialDays === 1 ? "day" : "days"} free`;
}

/** What one gets besides the name; `withTrial` where the free days are still to be had. */
export function planGives(plan, { withTrial = false } = {}) {
  const { trialDays, sessionCredits, channel } = plan;
  return [
    withTrial && trialDays ? trialTerms(plan) : null,
    sessionCredits > 0 ? creditTerms(plan) : null,
    channel ? `Opens the private channel “${channel.name}”` : null,
  ].filter(Boolean);
}

function creditTerms(plan) {
  const count = creditCount(plan.sessionCredits);
  return plan.interval === null ? count : `${count} ${rhythm(plan)}`;
}
