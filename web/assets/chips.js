/** States of bookings, payments and subscriptions as short coloured labels. */

import { h } from "./dom.js";
import { isUnderWay } from "./ended_booking.js";
import { latestPayment } from "./verdict.js";

const BOOKING_CHIPS = {
  AWAITING_PAYMENT: ["warn", "Awaiting payment"],
  PENDING: ["info", "Being booked"],
  ACCEPTED: ["good", "Confirmed"],
  CANCELLED: ["plain", "Cancelled"],
  REJECTED: ["bad", "Not booked"],
};

export function bookingChip(booking) {
  const { status, needsTime } = booking;
  if (status === "PENDING" && needsTime) return chip("info", "Paid, time to choose");
  if (status === "AWAITING_PAYMENT" && latestPayment(booking)?.status === "PROCESSING") {
    return chip("info", "Payment processing");
  }
  return chip(...BOOKING_CHIPS[status]);
}

export function paymentChip(payment) {
  const { status, outcome, amount, refunded, disputed, lostToDispute, refunds } = payment;
  if (status === "FAILED") return chip("bad", "Failed");
  if (status === "PROCESSING") return chip("info", "Processing");
  if (refunded.amountMinor >= amount.amountMinor) return chip("plain", "Refunded");
  if (lostToDispute.amountMinor > 0) return chip("plain", "Taken back by the bank");
  if (disputed) return chip("warn", "Disputed");
  if (refunded.amountMinor > 0) return chip("plain", "Partly refunded");
  if (outcome === "REFUNDED" || refunds.some(isUnderWay)) return chip("plain", "Refund on its way");
  return outcome === "WAITING" ? chip("warn", "Being looked into") : chip("good", "Paid");
}

export function chip(tone, text) {
  return h("span", { class: `chip chip-${tone}` }, text);
}
