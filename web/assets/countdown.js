/** Counts down to a moment in minutes and seconds. */

import { h } from "./dom.js";

/** A running display; `onEnd` is called once the moment has come. */
export function countdown(until, onEnd) {
  const end = new Date(until).getTime();
  // A timer is not announced on every tick, but can be read at any time.
  const element = h("span", { class: "countdown", role: "timer" }, remaining(end));
  const ticking = setInterval(() => {
    element.textContent = remaining(end);
    if (Date.now() < end && element.isConnected) return;
    clearInterval(ticking);
    if (element.isConnected) onEnd();
  }, 1000);
  return element;
}

function remaining(end) {
  const seconds = Math.max(0, Math.ceil((end - Date.now()) / 1000));
  const clock = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, "0"));
  const hours = Math.floor(seconds / 3600);
  return hours > 0 ? `${hours}:${clock.join(":")}` : clock.join(":");
}
