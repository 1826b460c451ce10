/** How moments and counts read on the page, in the reader's own zone and language. */

const MOMENT = new Intl.DateTimeFormat(undefined, {
  weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit",
});
const DAY_AND_TIME = new Intl.DateTimeFormat(undefined, {
  weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit",
});
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

const UNITS = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];

export function moment(iso) {
  return MOMENT.format(new Date(iso));
}

/** With its year, for what may be months away. */
export function distantMoment(iso) {
  return DAY_AND_TIME.format(new Date(iso));
}

export function day(iso) {
  return DAY.format(new Date(iso));
}

export function span(startsAt, endsAt) {
  return `${DAY_AND_TIME.format(new Date(startsAt))} – ${TIME.format(new Date(endsAt))}`;
}

/** Seconds as `3 d 35 min`; the two largest units that are not zero. */
export function duration(seconds) {
  let rest = Math.round(seconds);
  const parts = [];
  for (const [unit, length] of UNITS) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0) parts.push(`${count} ${unit}`);
  }
  return parts.slice(0, 2).join(" ") || "0 s";
}

export function inWords(code) {
  const words = String(code).replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
