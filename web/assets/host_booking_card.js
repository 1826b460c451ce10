/** One session of the account page, as its host sees it. */

import { callOffButton } from "./call_off.js";
import { chip } from "./chips.js";
import { h, linkButton } from "./dom.js";
import { sentence } from "./ended_booking.js";
import { icon } from "./icons.js";
import { noShowButtons } from "./no_show.js";
import { payoutState } from "./payout_card.js";
import { browserZone, fullDay, timeRange } from "./time.js";

const CHIPS = {
  PENDING: ["info", "Being booked"],
  ACCEPTED: ["good", "Confirmed"],
  CANCELLED: ["plain", "Cancelled"],
  REJECTED: ["bad", "Not booked"],
};
const CALLED_OFF = {
  CLIENT: "The client called it off.",
  HOST: "You called it off.",
  OPERATOR: "The seller called it off.",
  BANK: "The client's bank took the payment back.",
};
const ABSENT = { CLIENT: "The client did not come.", HOST: "You did not come." };

/** `onChange(text)` is told what was done to the session. */
export function hostBookingCard(booking, onChange) {
  const { sessionType, clientName, clientEmail, price } = booking;
  return h(
    "article",
    { class: "card row" },
    h("div", { class: "row-head" }, h("h3", { class: "row-title" }, sessionType.name), stateChip(booking)),
    h("p", { class: "row-when" }, icon("calendar"), when(booking)),
    h(
      "p",
      { class: "muted" },
      `With ${clientName ?? "a client"} · ${sessionType.durationMinutes} minutes · ${price.display}`,
      clientEmail && [" · ", h("a", { class: "link", href: `mailto:${clientEmail}` }, clientEmail)],
    ),
    h("p", { class: "row-remark" }, remark(booking)),
    payoutLine(booking.payout),
    sessionActions(booking, onChange),
  );
}

function stateChip({ status, startsAt }) {
  if (status === "PENDING" && startsAt === null) return chip("info", "Paid, time to come");
  return chip(...CHIPS[status]);
}

function when({ startsAt, endsAt }) {
  const zone = browserZone();
  if (startsAt === null) return "The client has not chosen the time yet";
  const hours = h("span", { class: "together" }, timeRange(startsAt, endsAt, zone));
  return h("span", {}, `${fullDay(startsAt, zone)}, `, hours);
}

function remark({ absent, calledOffBy, statusReason }) {
  return ABSENT[absent] ?? CALLED_OFF[calledOffBy] ?? sentence(statusReason ?? "");
}

function payoutLine(payout) {
  if (payout === null) return null;
  const { net, message } = payout;
  const how = message ?? sentence(payoutState(payout));
  const text = h("span", {}, `${net.display} to you. `, h("span", { class: "muted" }, how));
  return h("p", { class: "row-when" }, icon("card"), text);
}

function sessionActions(booking, onChange) {
  const { meetingUrl, canBeCancelled, canBeMarkedAbsent } = booking;
  const buttons = [
    meetingUrl && linkButton(meetingUrl, [icon("video"), "Start the meeting"]),
    canBeMarkedAbsent && noShowButtons(booking, onChange),
    canBeCancelled && callOffButton(booking, "host", onChange),
  ];
  return buttons.some(Boolean) && h("div", { class: "actions" }, buttons);
}
