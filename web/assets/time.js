/** Moments as people read them: formatting and day arithmetic in a named IANA time zone. */

const HOUR_MS = 3_600_000;

/** English, as the pages are, with the reader's own regional habits where they are English too. */
const LOCALE = navigator.languages.find((language) => language.startsWith("en")) ?? "en-GB";

export function browserZone() {
  return Intl.DateTimeFormat().resolvedOptions().timeZone ?? "UTC";
}

/** All zones the browser knows, the given one always among them. */
export function zoneNames(chosen) {
  const known = Intl.supportedValuesOf?.("timeZone") ?? [];
  return [...new Set([...known, "UTC", chosen])].sort();
}

/** "Europe/Lisbon (GMT+1)": the offset is that of the given moment. */
export function zoneWithOffset(zone, moment = new Date()) {
  return `${readableZone(zone)} (${partOf(moment, zone, { timeZoneName: "shortOffset" }, "timeZoneName")})`;
}

export function readableZone(zone) {
  return zone.replaceAll("_", " ");
}

/** "Tuesday 25 November 2025" */
export function fullDay(moment, zone) {
  return format(moment, zone, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
}

/** "Tuesday 25 November" */
export function day(moment, zone) {
  return format(moment, zone, { weekday: "long", day: "numeric", month: "long" });
}

/** "10:00", with the zone's short name when `named` (the hour that a clock change repeats). */
export function time(moment, zone = browserZone(), { named = false } = {}) {
  const style = { hour: "numeric", minute: "2-digit" };
  return format(moment, zone, named ? { ...style, timeZoneName: "short" } : style);
}

/** "10:00 – 10:45" */
export function timeRange(startsAt, endsAt, zone) {
  return endsAt ? `${time(startsAt, zone)} – ${time(endsAt, zone)}` : time(startsAt, zone);
}

/** "25 Nov 2025, 10:00" */
export function shortMoment(moment, zone = browserZone()) {
  return format(moment, zone, { dateStyle: "medium", timeStyle: "short" });
}

/** "25 Nov 2025" */
export function shortDay(moment, zone = browserZone()) {
  return format(moment, zone, { dateStyle: "medium" });
}

/** "November 2025" for a year and a month counted from 1. */
export function monthName({ year, month }) {
  return format(new Date(Date.UTC(year, month - 1, 15)), "UTC", { month: "long", year: "numeric" });
}

/** The year and month (from 1) in which a moment falls. */
export function monthOf(moment, zone) {
  const [year, month] = dayKey(moment, zone).split("-").map(Number);
  return { year, month };
}

export function shiftMonth({ year, month }, by) {
  const index = year * 12 + (month - 1) + by;
  return { year: Math.floor(index / 12), month: (index % 12) + 1 };
}

/** "2025-11-25": the calendar day of a moment in the zone. */
export function dayKey(moment, zone) {
  const { year, month, day: date } = fields(moment, zone);
  return `${String(year).padStart(4, "0")}-${twoDigits(month)}-${twoDigits(date)}`;
}

export function keyOf({ year, month }, date) {
  return `${year}-${twoDigits(month)}-${twoDigits(date)}`;
}

/** The first moment of a month in the zone, right across clock changes. */
export function monthStart({ year, month }, zone) {
  const wall = Date.UTC(year, month - 1, 1);
  // The offset may differ at the guess, so it is read again where the first answer points.
  const guess = new Date(wall - offsetMs(new Date(wall), zone));
  const start = new Date(wall - offsetMs(guess, zone));
  // Where clocks skip that midnight, the answer falls before it and the guess right after.
  return monthOf(start, zone).month === month ? start : guess;
}

export function daysIn({ year, month }) {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** 0 (Sunday) to 6 for the first day of the month. */
export function weekdayOfFirst({ year, month }) {
  return new Date(Date.UTC(year, month - 1, 1)).getUTCDay();
}

/** Names of the weekdays from the locale's first one, and that first one as 0 (Sunday) to 6. */
export function week() {
  const locale = new Intl.Locale(LOCALE);
  const first = ((locale.getWeekInfo?.() ?? locale.weekInfo)?.firstDay ?? 1) % 7;
  const names = Array.from({ length: 7 }, (_, index) => {
    const sunday = Date.UTC(2023, 0, 1);
    const moment = new Date(sunday + (first + index) * 24 * HOUR_MS);
    return {
      short: format(moment, "UTC", { weekday: "short" }),
      long: format(moment, "UTC", { weekday: "long" }),
    };
  });
  return { first, names };
}

/** 0 to 23 in the zone. */
export function hourOf(moment, zone) {
  return fields(moment, zone).hour;
}

function offsetMs(moment, zone) {
  const { year, month, day: date, hour, minute, second } = fields(moment, zone);
  const wall = Date.UTC(year, month - 1, date, hour, minute, second);
  return wall - Math.floor(moment.getTime() / 1000) * 1000;
}

function fields(moment, zone) {
  const formatter = formatterFor("en-u-ca-gregory-nu-latn", zone, {
    year: "numeric", month: "numeric", day: "numeric",
    hour: "numeric", minute: "numeric", second: "numeric", hourCycle: "h23",
  });
  const parts = formatter.formatToParts(new Date(moment));
  return Object.fromEntries(parts.map(({ type, value }) => [type, Number(value)]));
}

function partOf(moment, zone, style, type) {
  const parts = formatterFor(LOCALE, zone, style).formatToParts(new Date(moment));
  return parts.find((part) => part.type === type)?.value ?? "";
}

function format(moment, zone, style) {
  return formatterFor(LOCALE, zone, style).format(new Date(moment));
}

const formatters = new Map();

/** Formatters are dear to make and asked for once a slot. */
function formatterFor(locale, zone, style) {
  const key = JSON.stringify([locale, zone, style]);
  if (!formatters.has(key)) {
    formatters.set(key, new Intl.DateTimeFormat(locale, { ...style, timeZone: zone }));
  }
  return formatters.get(key);
}

function twoDigits(number) {
  return String(number).padStart(2, "0");
}
