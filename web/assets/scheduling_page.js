/** The host's own scheduling page in a frame, where a paid session gets its time. */

import { config } from "./config.js";
import { actionButton, announce, fill, h, linkButton, safeUrl } from "./dom.js";
import { actions, failure, notice } from "./feedback.js";
import { icon } from "./icons.js";
import { loadMe } from "./me.js";
import { poll } from "./poll.js";

const LATE_MS = 15_000;
const CHECK_MS = 5_000;
const CHOSEN = "calendly.event_scheduled";

/**
 * The frame with what surrounds it. `ask()` gives the booking anew, `onChosen()` is told once the
 * client has chosen a time there, `pickHere()` puts our own slot picker in its place.
 */
export function schedulingPage({ booking, ask, onChosen, pickHere }) {
  const page = new SchedulingPage(booking.host.name, ask, onChosen, pickHere);
  page.open(booking);
  return page.element;
}

class SchedulingPage {
  constructor(hostName, ask, onChosen, pickHere) {
    this.hostName = hostName;
    this.ask = ask;
    this.onChosen = onChosen;
    this.pickHere = pickHere;
    this.isOver = false;
    this.view = h("div", { class: "host-page-view" });
    this.foot = h("div", { class: "host-page-foot" });
    this.element = h("div", { class: "host-page" }, this.view, this.foot);
  }

  async open({ schedulingUrl }) {
    this.element.setAttribute("aria-busy", "true");
    try {
      const url = schedulingUrl ?? (await this.prepare());
      if (url !== null) await this.show(url);
    } catch (error) {
      fill(this.view, await failure(error, () => this.open({ schedulingUrl })));
    }
    this.element.setAttribute("aria-busy", "false");
  }

  /**
   * The address is made right after the payment; it may take a while where the host's page is slow.
   * Null when there is nothing to show: nobody waits any more, or all patience is used up.
   */
  async prepare() {
    fill(this.view, preparing());
    fill(this.foot);
    const late = setTimeout(() => fill(this.foot, this.instead()), LATE_MS);
    try {
      let latest = null;
      const isThere = ({ schedulingUrl, needsTime }) => Boolean(schedulingUrl) || !needsTime;
      const found = await poll(this.ask, isThere, (booking) => (latest = booking));
      if (this.isLeft()) return null;
      if (found && latest.needsTime) return latest.schedulingUrl;
      if (found) this.finish();
      else this.giveUp();
      return null;
    } finally {
      clearTimeout(late);
    }
  }

  giveUp() {
    const again = actionButton("Try again", () => this.open({ schedulingUrl: null }), "secondary");
    fill(this.view, notice("warn", "The host's calendar is not there yet", actions(again)));
    fill(this.foot, this.instead());
  }

  async show(url) {
    const address = await prefilled(url);
    this.listen((await config()).schedulingOrigin);
    const title = `Calendar of ${this.hostName}`;
    fill(this.view, h("iframe", { class: "host-page-frame", src: address, title }));
    fill(this.foot, h("div", { class: "actions" }, newTab(address), this.pickHereButton("quiet")));
    announce("The host's calendar is shown.");
  }

  /** What the frame reports is a hint that may not come and may be forged: the booking is the truth. */
  listen(origin) {
    const hear = ({ origin: sender, data }) => {
      if (sender === origin && data?.event === CHOSEN && !this.isLeft()) this.finish();
    };
    const look = () => !document.hidden && this.check();
    const looking = setInterval(look, CHECK_MS);
    addEventListener("message", hear);
    document.addEventListener("visibilitychange", look);
    this.deafen = () => {
      clearInterval(looking);
      removeEventListener("message", hear);
      document.removeEventListener("visibilitychange", look);
    };
  }

  async check() {
    if (this.isLeft()) return this.deafen();
    const booking = await this.ask().catch(() => null); // the next look asks again
    if (booking !== null && !booking.needsTime && !this.isLeft()) this.finish();
  }

  finish() {
    this.isOver = true;
    this.deafen?.();
    this.onChosen();
  }

  /** Whether nobody looks at this any more. */
  isLeft() {
    return this.isOver || !this.element.isConnected;
  }

  instead() {
    return [
      h("p", { class: "muted" }, "The host's calendar takes longer than usual."),
      actions(this.pickHereButton("secondary")),
    ];
  }

  pickHereButton(look) {
    return actionButton("Choose the time here instead", () => this.pickHere(), look);
  }
}

function preparing() {
  return h(
    "div",
    { class: "host-page-wait", role: "status" },
    h("span", { class: "spinner", "aria-hidden": "true" }),
    h("p", {}, "Preparing the host's calendar…"),
  );
}

function newTab(url) {
  const button = linkButton(url, [icon("out"), "Open the calendar in a new tab"], "secondary");
  button.setAttribute("target", "_blank");
  button.setAttribute("rel", "noopener");
  return button;
}

/** The page asks who is coming: what we know of it need not be typed again. */
async function prefilled(url) {
  const address = new URL(safeUrl(url));
  const me = await loadMe().catch(() => null);
  if (me?.name) address.searchParams.set("name", me.name);
  if (me?.email) address.searchParams.set("email", me.email);
  return address.href;
}
