/** What the account page shows to a host: the sessions they sold, and their payouts. */

import { graphql } from "./api.js";
import { announce, byId } from "./dom.js";
import { empty, skeleton } from "./feedback.js";
import { HOST_BOOKINGS } from "./host_documents.js";
import { hostBookingCard } from "./host_booking_card.js";
import { pagedList } from "./paging.js";
import { payoutAccount } from "./payout_account.js";
import { showPayouts } from "./payouts.js";

export function hostSections() {
  byId("host-section").hidden = false;
  byId("payouts").hidden = false;
  showSessions();
  payoutAccount(byId("payout-account"), { onActive: showPayouts });
  showPayouts();
}

function showSessions() {
  return pagedList({
    element: byId("host-bookings"),
    placeholder: skeleton("row", 2),
    listClass: "rows",
    load: async (after) => (await graphql(HOST_BOOKINGS, { after })).hostBookings,
    render: (booking) => hostBookingCard(booking, sessionChanged),
    empty: () => empty("No sessions yet", "What clients book with you appears here."),
  });
}

/** Something was done to a session; the button that did it is gone. */
async function sessionChanged(text) {
  announce(text);
  byId("host-title").focus();
  await Promise.all([showSessions(), showPayouts()]);
}
