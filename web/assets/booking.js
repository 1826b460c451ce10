/** The booking page: a new session (`?type=`), a paid one (`?booking=`), or what there is to place. */

import { graphql } from "./api.js";
import { timeChooser } from "./chooser.js";
import { costChoice } from "./credits.js";
import { SESSION_TYPE_BY_ID } from "./documents.js";
import { byId, h, linkButton } from "./dom.js";
import { actions, empty, loadInto, notice, signInNotice, skeleton } from "./feedback.js";
import { mountHeader } from "./header.js";
import { loadMe } from "./me.js";
import { placeBooking } from "./placing.js";
import { purchaseStage } from "./purchase.js";
import { placeReminders } from "./reminders.js";
import { termsOf } from "./terms.js";

const parameters = new URLSearchParams(location.search);
const app = byId("app");

mountHeader();
loadInto(app, skeleton("picker", 1), () => {
  const [typeId, bookingId] = [parameters.get("type"), parameters.get("booking")];
  if (bookingId) return placeBooking(app, bookingId);
  return typeId ? bookNew(typeId) : overview();
});

async function bookNew(typeId) {
  const { sessionType: session } = await graphql(SESSION_TYPE_BY_ID, { id: typeId });
  if (session === null) return notOffered();
  if (session.paymentFlow === "PAY_FIRST") return paidFirst(session);
  return timeChooser({
    session: {
      ...session,
      about: session.description,
      cost: costChoice(session),
      terms: termsOf(session.cancellationPolicy),
    },
    confirmTitle: "Check and pay",
    confirm: (slot, zone, turn) => purchaseStage(session, slot, zone, turn),
  });
}

function notOffered() {
  return notice(
    "warn",
    "This session is not offered any more",
    actions(linkButton("/", "See the sessions")),
  );
}

function paidFirst({ name }) {
  return notice(
    "info",
    `${name} is paid first`,
    h("p", {}, "You choose its time right after the payment."),
    actions(linkButton("/", "To the payment")),
  );
}

async function overview() {
  const me = await loadMe();
  if (me === null) return [await signInNotice(), actions(linkButton("/", "See the sessions"))];
  if (me.bookingsToPlace.length > 0) return placeReminders(me.bookingsToPlace);
  const sessions = linkButton("/", "See the sessions");
  return empty("No paid session is waiting for a time", "Choose a session to book a new one.", sessions);
}
