/** Session credits, counted and named; pure. */

/** "1 session credit", "2 session credits" */
export function creditCount(count) {
  return `${count} session ${count === 1 ? "credit" : "credits"}`;
}

/** What a booking costs: credits where they take the money's place. */
export function costOf({ credits, price }) {
  return credits ? creditCount(credits) : price.display;
}

/** What a session to be booked costs: money, or credits where it takes them too. */
export function costChoice({ credits, price }) {
  return credits ? `${price.display} or ${creditCount(credits)}` : price.display;
}

export function givesCredits({ plan }) {
  return plan !== null && plan.sessionCredits > 0;
}
