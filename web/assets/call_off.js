/** Calling a session off, by its client or its host: what comes back is shown before it is done. */

import { graphql } from "./api.js";
import { openDialog } from "./dialog.js";
import { CANCEL_BOOKING, QUOTE_REFUND } from "./documents.js";
import { actionButton, announce, fill, h } from "./dom.js";
import { actions, failure, loadInto, notice, refusals, skeleton } from "./feedback.js";
import { quoteTexts } from "./refund_quote.js";
import { problemSpace } from "./retry.js";
import { shortMoment } from "./time.js";

const WORDS = {
  client: {
    open: "Cancel",
    title: "Cancel this session?",
    sure: "Cancel the session",
    refused: "This session cannot be cancelled now",
    getter: "You get",
  },
  host: {
    open: "Call off",
    title: "Call off this session?",
    sure: "Call it off",
    refused: "This session cannot be called off now",
    getter: "The client gets",
  },
};

/** Whether the client may ask to call a booking off that is paid for; the server decides. */
export function isLive({ status, startsAt, absent }) {
  return absent === null && (status === "PENDING" || status === "ACCEPTED") && (startsAt === null || isAhead(startsAt));
}

/** Whether the client may ask for another time. */
export function isMovable(booking) {
  return isLive(booking) && booking.status === "ACCEPTED" && booking.startsAt !== null;
}

/**
 * A button whose dialog asks before the session `{id, sessionType, credits}` is called off by `who`:
 * "client" or "host". `onDone(text)` is told what came of it.
 */
export function callOffButton(booking, who, onDone) {
  const which = h("span", { class: "sr-only" }, ` ${booking.sessionType.name}`);
  const ask = () => new CallingOff(booking, WORDS[who], onDone).ask();
  return actionButton([WORDS[who].open, which], ask, "quiet");
}

class CallingOff {
  constructor(booking, words, onDone) {
    this.booking = booking;
    this.words = words;
    this.onDone = onDone;
    this.dialog = openDialog(words.title);
  }

  /** Show what the server answers now; `news` is what has changed since it was asked last. */
  async ask(news = null) {
    await loadInto(this.dialog.body, skeleton("text", 1), async () => {
      const { quoteRefund: quote } = await graphql(QUOTE_REFUND, { bookingId: this.booking.id });
      return quote.canCancel ? this.offer(quote, news) : this.refusal(quote.refusal);
    });
    if (this.dialog.body.isConnected) announce(this.dialog.body.querySelector("p")?.textContent ?? "");
    this.keep?.focus();
  }

  offer(quote, news) {
    const [first, ...others] = quoteTexts(quote, { getter: this.words.getter, credits: this.booking.credits });
    const problem = problemSpace();
    const sure = actionButton(this.words.sure, () => this.callOff(quote, problem), "danger");
    this.keep = actionButton("Keep the session", this.dialog.close, "secondary");
    return [
      news && notice("warn", news),
      h("p", { class: "dialog-lead" }, first),
      others.map((text) => h("p", { class: "muted" }, text)),
      problem,
      actions(sure, this.keep),
    ];
  }

  refusal(refusal) {
    this.keep = actionButton("Close", this.dialog.close, "secondary");
    const until = refusal.until && ` It could be done until ${shortMoment(refusal.until)}.`;
    return [notice("warn", this.words.refused, h("p", {}, refusal.message, until)), actions(this.keep)];
  }

  async callOff(quote, problem) {
    fill(problem);
    const input = { bookingId: this.booking.id, expectedRefundMinor: quote.refund.amountMinor };
    try {
      const { errors, refund } = (await graphql(CANCEL_BOOKING, { input })).cancelBooking;
      const changed = errors.find(({ code }) => code === "QUOTE_CHANGED");
      if (changed) return this.ask(changed.message);
      if (errors.length > 0) return fill(problem, refusals(errors));
      this.dialog.close();
      this.onDone(doneText(refund));
    } catch (error) {
      fill(problem, await failure(error, () => this.callOff(quote, problem)));
    }
  }
}

function doneText(refund) {
  const back = refund?.amountMinor > 0 ? ` ${refund.display} goes back.` : "";
  return `The session was called off.${back}`;
}

function isAhead(moment) {
  return new Date(moment) > new Date();
}
