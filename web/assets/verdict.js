/** What is true of a paid booking right now, in words and as steps; pure. */

import { moneyBack, sentence, whereCreditsAre, whyEnded } from "./ended_booking.js";

const STEPS = [
  { name: "Payment", done: "Payment received", failed: "Payment failed" },
  { name: "Calendar", done: "Booked in the calendar", failed: "Not booked" },
  { name: "Meeting link", done: "Meeting link ready" },
];

const CREDIT_STEP = { name: "Session credit", done: "Session credit used" };

/**
 * Read a booking: `{tone, title, text, steps, isFinal}`. `steps` are done, active, waiting or
 * failed, in the order of STEPS, or null when they do not apply. `isFinal` means that waiting
 * a little will not change it, `mayTakeDays` that a long wait is nothing unusual, `wantsTime`
 * that it is paid and its time is for the client to choose.
 */
export function verdict(booking) {
  const read = READERS[booking.status];
  return read(booking);
}

/** What a refused confirmation means, by its code; null when the booking itself tells. */
export function refusalVerdict(error, booking) {
  if (error.code === "PAYMENT_PROCESSING") return processing();
  if (error.code === "PAYMENT_FAILED") return failed(error.message);
  return booking === null
    ? { tone: "warn", title: "This payment is not known here", text: error.message, steps: null, isFinal: true }
    : null;
}

/** Each step's label and state, the label true to the state and to how the booking was paid. */
export function labelled(states, booking) {
  const [payment, ...others] = STEPS;
  const steps = [booking?.credits ? CREDIT_STEP : payment, ...others];
  return steps.map((step, index) => ({ label: step[states[index]] ?? step.name, state: states[index] }));
}

/** The newest payment of a booking; undefined when none was tried. */
export function latestPayment({ payments }) {
  return payments.toSorted((one, other) => one.createdAt.localeCompare(other.createdAt)).at(-1);
}

const READERS = {
  AWAITING_PAYMENT: (booking) => {
    const latest = latestPayment(booking);
    if (latest?.status === "PROCESSING") return processing();
    if (latest?.status === "FAILED") return failed(latest.failureReason);
    return {
      tone: "info",
      title: "Waiting for the payment",
      text: "Stripe has not reported a completed payment yet.",
      steps: ["active", "waiting", "waiting"],
      isFinal: false,
    };
  },
  PENDING: (booking) => {
    const held = waitingForHuman(booking);
    if (held) return held;
    return booking.needsTime ? needsTime() : beingBooked(booking);
  },
  ACCEPTED: (booking) => (booking.meeting ? ready() : linkToCome()),
  REJECTED: (booking) => ended(booking, "The session could not be booked"),
  CANCELLED: (booking) => ended(booking, "This booking was cancelled"),
};

function processing() {
  return {
    tone: "info",
    title: "Your payment is being processed",
    text: "Your bank is still confirming it. Your time stays reserved, and we write to you as soon as it is settled; you may close this page.",
    steps: ["active", "waiting", "waiting"],
    isFinal: false,
    mayTakeDays: true,
  };
}

function failed(reason) {
  return {
    tone: "bad",
    title: "The payment did not go through",
    text: reason ?? "The payment was declined.",
    steps: ["failed", "waiting", "waiting"],
    isFinal: true,
  };
}

function beingBooked({ credits }) {
  const paid = credits ? "It is paid by session credit" : "Your payment has arrived";
  return {
    tone: "info",
    title: "Booking your session",
    text: `${paid} and your time is being entered in the host's calendar.`,
    steps: ["done", "active", "waiting"],
    isFinal: false,
  };
}

function needsTime() {
  return {
    tone: "good",
    title: "Paid: now choose your time",
    text: "Your payment has arrived. Pick the time of your session to complete the booking.",
    steps: null,
    isFinal: true,
    wantsTime: true,
  };
}

/** The time was chosen on the host's own page, which has not told the server yet. */
export function choiceOnItsWay() {
  return {
    tone: "info",
    title: "Booking your session",
    text: "Your choice is on its way from the host's calendar.",
    steps: ["done", "active", "waiting"],
    isFinal: false,
  };
}

function ready() {
  return {
    tone: "good",
    title: "Your session is booked",
    text: "The confirmation e-mail brings a calendar file (.ics) that puts it into your own calendar.",
    steps: ["done", "done", "done"],
    isFinal: true,
  };
}

function linkToCome() {
  return {
    tone: "good",
    title: "Your session is booked",
    text: "The meeting link is being made. It will also reach you by e-mail and stand in your account.",
    steps: ["done", "done", "active"],
    isFinal: false,
  };
}

/** A booking that is over: where its money is decides what is said and whether to look again. */
function ended(booking, title) {
  if (booking.credits) return endedWithCredits(booking, title);
  const paid = booking.payments.find(({ status }) => status === "SUCCEEDED");
  const held = paid && waitingForHuman(booking);
  if (held) return { ...held, title };
  const money = paid ? moneyBack(paid) : { text: "No payment was taken.", settled: true, isReturned: false };
  return {
    tone: "warn",
    title: money.isReturned && money.settled ? `${title}: your money is returned` : title,
    text: joined(whyEnded(booking), money.text),
    steps: paid && !booking.calledOffBy ? ["done", "failed", "waiting"] : null,
    isFinal: money.settled,
    mayTakeDays: money.mayTakeDays,
  };
}

function endedWithCredits(booking, title) {
  return {
    tone: "warn",
    title,
    text: joined(whyEnded(booking), whereCreditsAre(booking)),
    steps: null,
    isFinal: true,
  };
}

function waitingForHuman(booking) {
  const held = booking.payments.find(({ outcome }) => outcome === "WAITING");
  if (!held) return null;
  return {
    tone: "warn",
    title: "We are looking into your booking",
    text: joined(
      "Your payment has arrived, but something needs a person's attention.",
      sentence(held.outcomeReason ?? ""),
      "You will get your session or your money back.",
    ),
    steps: null,
    isFinal: true,
  };
}

function joined(...sentences) {
  return sentences.filter(Boolean).join(" ");
}
