/** The pricing page: sessions and plans, and a reminder of what is paid but has no time yet. */

import { graphql } from "./api.js";
import { payHosted } from "./checkout.js";
import { creditCount } from "./credits.js";
import { SESSION_TYPES } from "./documents.js";
import { actionButton, byId, fill, h, linkButton } from "./dom.js";
import { empty, failure, refusals, skeleton } from "./feedback.js";
import { initials, mountHeader } from "./header.js";
import { icon } from "./icons.js";
import { loadMe } from "./me.js";
import { pagedList } from "./paging.js";
import { planList } from "./plans.js";
import { placeReminders } from "./reminders.js";
import { cancelTerms } from "./terms.js";
import { readableZone } from "./time.js";

mountHeader();
showReminders();
const sessions = pagedList({
  element: byId("sessions"),
  placeholder: skeleton("card", 3),
  listClass: "cards",
  empty: () => empty("Nothing can be booked yet", "Come back a little later."),
  load: async (after) => (await graphql(SESSION_TYPES, { after })).sessionTypes,
  render: sessionCard,
});
const plans = planList({ section: byId("plans"), element: byId("plan-list"), space: byId("plan-form") });
showPlansIfAsked();

/** What comes in above them moves them away from where the browser went. */
async function showPlansIfAsked() {
  await Promise.all([sessions, plans]);
  if (location.hash === "#plans") byId("plans").scrollIntoView();
}

async function showReminders() {
  const me = await loadMe().catch(() => null); // the list below tells of a lost connection
  fill(byId("to-place"), placeReminders(me?.bookingsToPlace ?? []));
}

function sessionCard(session) {
  const { name, description, durationMinutes, host } = session;
  return h(
    "article",
    { class: "card session" },
    h(
      "div",
      { class: "host" },
      h("span", { class: "avatar", "aria-hidden": "true" }, initials(host.name)),
      h(
        "p",
        { class: "host-text" },
        h("span", { class: "host-name" }, host.name),
        h("span", { class: "muted small" }, readableZone(host.timeZone)),
      ),
    ),
    h("h3", { class: "session-name" }, name),
    h("p", { class: "session-about" }, description),
    h(
      "ul",
      { class: "tags" },
      h("li", {}, icon("clock"), `${durationMinutes} minutes`),
      h("li", {}, icon("video"), "Video call"),
    ),
    h(
      "div",
      { class: "session-buy" },
      cost(session),
      buyButton(session),
      h("p", { class: "muted small" }, cancelTerms(session.cancellationPolicy)),
    ),
  );
}

function cost({ price, credits }) {
  const instead = credits && h("span", { class: "price-rhythm" }, ` or ${creditCount(credits)}`);
  return h("p", { class: "price" }, price.display, instead);
}

function buyButton(session) {
  const label = h("span", { class: "sr-only" }, ` for ${session.name} with ${session.host.name}`);
  if (session.paymentFlow === "SLOT_FIRST") {
    return linkButton(`/booking?type=${encodeURIComponent(session.id)}`, ["Choose a time", label]);
  }
  const problem = h("div", { class: "session-problem" });
  const button = actionButton(["Pay and choose later", label], () => buy(session, problem));
  return [button, problem];
}

/** Sessions that are paid first go straight to Stripe; the time is chosen afterwards. */
async function buy(session, problem) {
  fill(problem);
  try {
    const errors = await payHosted({ sessionTypeId: session.id });
    if (errors.length > 0) fill(problem, refusals(errors));
  } catch (error) {
    fill(problem, await failure(error, () => buy(session, problem)));
  }
}
