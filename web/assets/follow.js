/** Keeps a page in step with a booking or a plan until nothing more is about to happen. */

import { actionButton, announce, fill, retitle } from "./dom.js";
import { failure } from "./feedback.js";
import { poll } from "./poll.js";
import { progressCard } from "./progress.js";

/**
 * Ask `ask()` for a reading, `{verdict, booking}` or another that `card(reading, zone, buttons)` can
 * draw, again and again and show it in `element`; `zone` is where times are shown,
 * `buttons(reading)` gives further buttons for what was read.
 */
export async function follow({ element, ask, zone, buttons = () => [], card = bookingCard }) {
  let shown = "";
  let latest = null;

  function show(reading, { isStuck = false } = {}) {
    latest = reading;
    const state = JSON.stringify([reading, isStuck]);
    if (state === shown) return; // drawing anew would take the keyboard focus away
    shown = state;
    const again = isStuck ? [actionButton("Check again", watch, "secondary")] : [];
    const isUnusual = isStuck && !reading.verdict.mayTakeDays;
    const title = reading.verdict.title + (isUnusual ? ": this takes longer than usual" : "");
    retitle(title);
    announce(title);
    fill(element, card(reading, zone, [...buttons(reading), ...again]));
    element.setAttribute("aria-busy", String(!reading.verdict.isFinal && !isStuck));
  }

  async function watch() {
    try {
      const isOver = await poll(ask, ({ verdict }) => verdict.isFinal, show);
      if (!isOver) show(latest, { isStuck: true });
    } catch (error) {
      shown = "";
      fill(element, await failure(error, watch));
      element.setAttribute("aria-busy", "false");
    }
  }

  await watch();
}

function bookingCard({ verdict, booking }, zone, buttons) {
  return progressCard(verdict, booking, zone, ...buttons);
}
