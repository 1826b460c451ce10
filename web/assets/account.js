/** The account page: what the signed-in user bought, and, for hosts, what they sold. */

import { bookingCard, notificationCard } from "./account_cards.js";
import { graphql } from "./api.js";
import { billingSection } from "./billing.js";
import { config } from "./config.js";
import { CANCEL_BOOKING, MARK_ALL_READ, MY_BOOKINGS, MY_NOTIFICATIONS, MY_PAYMENTS } from "./documents.js";
import { actionButton, announce, byId, fill, linkButton } from "./dom.js";
import { isUnderWay } from "./ended_booking.js";
import { empty, failure, refusals, signInNotice, skeleton } from "./feedback.js";
import { mountHeader, showUnread } from "./header.js";
import { hostSections } from "./host_sections.js";
import { loadMe } from "./me.js";
import { pagedList } from "./paging.js";
import { paymentCard } from "./payment_card.js";
import { poll } from "./poll.js";
import { telegramCard } from "./telegram_card.js";

const REFUND_MS = 15_000;

let billing = null;

mountHeader();
open();

async function open() {
  try {
    const me = await loadMe();
    if (me === null) return fill(byId("app"), await signInNotice());
    billing = billingSection({
      section: byId("subscription-section"),
      element: byId("subscription"),
      onChange: showPayments,
    });
    if (me.isHost) hostSections();
    showBookings();
    showPayments();
    showNotifications();
    offerTelegram(me);
    if (me.unreadNotifications > 0) offerMarking();
  } catch (error) {
    fill(byId("app"), await failure(error, () => location.reload()));
  }
}

function showBookings() {
  return pagedList({
    element: byId("bookings"),
    placeholder: skeleton("row", 3),
    listClass: "rows",
    load: async (after) => (await graphql(MY_BOOKINGS, { after })).myBookings,
    render: (booking) => bookingCard(booking, { onRelease: release, onChange: bookingChanged }),
    empty: () => empty("No bookings yet", "What you book appears here.", linkButton("/", "See the sessions")),
  });
}

function showPayments() {
  return pagedList({
    element: byId("payments"),
    placeholder: skeleton("row", 2),
    listClass: "rows-joined card",
    load: async (after) => (await graphql(MY_PAYMENTS, { after })).myPayments,
    render: paymentCard,
    empty: () => empty("No payments yet", "Payments with their receipts and invoices appear here."),
  });
}

function showNotifications() {
  return pagedList({
    element: byId("notifications"),
    placeholder: skeleton("row", 2),
    listClass: "rows-joined card",
    load: async (after) => (await graphql(MY_NOTIFICATIONS, { after })).myNotifications,
    render: notificationCard,
    empty: () => empty("Nothing new", "We write here when something happens to a booking or a plan."),
  });
}

async function offerTelegram({ telegramLinked }) {
  const { telegram } = await config();
  if (!telegram) return;
  telegramCard(byId("telegram"), telegramLinked);
  byId("telegram-section").hidden = false;
}

/** Something was done to a booking that is paid for; the button that did it is gone. */
async function bookingChanged(text) {
  announce(text);
  byId("bookings-title").focus();
  billing.refresh();
  await showBought();
  await awaitRefunds().catch(() => null); // what is shown was true
}

function showBought() {
  return Promise.all([showBookings(), showPayments()]);
}

/** Money that is asked back is mostly on its way within seconds: say so then. */
async function awaitRefunds() {
  const ask = async () => (await graphql(MY_PAYMENTS)).myPayments.nodes.some(({ refunds }) => refunds.some(isUnderWay));
  const isOpen = await ask();
  const isNews = isOpen && (await poll(ask, (isStillOpen) => !isStillOpen, () => {}, REFUND_MS));
  // Drawing anew would take the keyboard focus away.
  if (isNews && !document.activeElement.closest("#bookings, #payments, dialog")) await showBought();
}

async function release(booking, problem) {
  fill(problem);
  try {
    const { errors } = (await graphql(CANCEL_BOOKING, { input: { bookingId: booking.id } })).cancelBooking;
    if (errors.length > 0) return fill(problem, refusals(errors));
    await showBookings();
    announce("The booking was released.");
    byId("bookings-title").focus();
  } catch (error) {
    fill(problem, await failure(error, () => release(booking, problem)));
  }
}

function offerMarking() {
  fill(byId("notifications-actions"), actionButton("Mark all read", markAllRead, "quiet"));
}

async function markAllRead() {
  const space = byId("notifications-actions");
  try {
    const { errors } = (await graphql(MARK_ALL_READ)).markNotificationsRead;
    if (errors.length > 0) return fill(space, refusals(errors));
    showAllRead();
    fill(space);
    announce("All notifications are marked as read.");
    byId("notifications-title").focus();
  } catch (error) {
    fill(space, await failure(error, markAllRead));
  }
}

function showAllRead() {
  for (const mark of document.querySelectorAll(".note-mark")) mark.remove();
  for (const note of document.querySelectorAll(".note-unread")) note.classList.remove("note-unread");
  showUnread(0);
}
