/** Paid sessions whose time is still to be chosen. */

import { h, linkButton } from "./dom.js";
import { notice } from "./feedback.js";
import { shortMoment } from "./time.js";

/** One banner a session, each leading to its slot picker. */
export function placeReminders(bookings) {
  return bookings.map((booking) =>
    notice(
      "info",
      `${booking.sessionType.name} with ${booking.host.name} is paid`,
      h("p", {}, "It only needs a time.", booking.placeBy && ` Please choose it by ${shortMoment(booking.placeBy)}.`),
      h("div", { class: "actions" }, linkButton(`/booking?booking=${encodeURIComponent(booking.id)}`, "Choose a time")),
    ),
  );
}
