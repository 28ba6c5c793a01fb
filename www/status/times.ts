// Points in time in the words of the reader's language, and in the reader's time zone.

// The language of a page, as it is spoken in the reader's country if that is the one that the
// browser prefers.
export function localeOf(lang: string, preferred: string): string {
  return preferred.toLowerCase().split("-")[0] === lang ? preferred : lang;
}

// A point in time. `isShort` leaves out the day if that is the day of `before`, the point in time
// that stands before it.
export function pointInTime(
  at: Date,
  before: Date | undefined,
  locale: string,
  zone: string | undefined,
): string {
  const time = { hour: "2-digit", minute: "2-digit", timeZone: zone } as const;
  const day = { day: "numeric", month: "short", year: "numeric", timeZone: zone } as const;
  const dayOf = (date: Date) => new Intl.DateTimeFormat(locale, day).format(date);
  const isSameDay = before !== undefined && dayOf(before) === dayOf(at);
  const style = isSameDay ? time : { ...day, ...time };
  return new Intl.DateTimeFormat(locale, style).format(at);
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

// How long ago something was: in seconds, from two minutes on in minutes, from two hours on in
// hours, from two days on in days.
export function ago(ms: number, locale: string): string {
  const past = Math.max(0, ms);
  const units: [number, Intl.RelativeTimeFormatUnit][] = [
    [DAY, "day"],
    [HOUR, "hour"],
    [MINUTE, "minute"],
  ];
  const [size, unit] = units.find(([size]) => past >= 2 * size) ?? [SECOND, "second"];
  const format = new Intl.RelativeTimeFormat(locale, { style: "short" });
  return format.format(-Math.floor(past / size), unit);
}
