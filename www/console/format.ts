// Numbers and times as people read them.
import type { Time } from "./types.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

// Milliseconds since 1970; `NaN` for what is no time.
export const millis = (time: Time): number => (typeof time === "number" ? time : Date.parse(time));

// A span in its two largest units, such as `2 h 5 min`.
export function span(ms: number): string {
  if (!Number.isFinite(ms)) return "–";
  const whole = Math.max(0, Math.round(ms));
  if (whole < SECOND) return `${whole} ms`;
  if (whole < 10 * SECOND && whole % SECOND !== 0) return `${(whole / SECOND).toFixed(1)} s`;
  const seconds = Math.round(whole / SECOND) * SECOND;
  if (seconds < MINUTE) return `${seconds / SECOND} s`;
  if (seconds < HOUR) return two(seconds, MINUTE, "min", SECOND, "s");
  const minutes = Math.round(whole / MINUTE) * MINUTE;
  if (minutes < DAY) return two(minutes, HOUR, "h", MINUTE, "min");
  return two(Math.round(whole / HOUR) * HOUR, DAY, "d", HOUR, "h");
}

function two(ms: number, large: number, largeName: string, small: number, name: string): string {
  const first = `${Math.floor(ms / large)} ${largeName}`;
  const rest = Math.floor((ms % large) / small);
  return rest === 0 ? first : `${first} ${rest} ${name}`;
}

// How long ago it was, or how long until then.
export function ago(time: Time, now: number): string {
  const ms = now - millis(time);
  if (!Number.isFinite(ms)) return "–";
  if (Math.abs(ms) < 5 * SECOND) return "now";
  return ms > 0 ? `${coarse(ms)} ago` : `in ${coarse(-ms)}`;
}

// A span in its largest unit.
export function coarse(ms: number): string {
  if (ms < MINUTE) return `${Math.max(1, Math.round(ms / SECOND))} s`;
  if (ms < HOUR) return `${Math.round(ms / MINUTE)} min`;
  if (ms < 2 * DAY) return `${Math.round(ms / HOUR)} h`;
  return `${Math.round(ms / DAY)} d`;
}

// Making a formatter takes longer than all else that a row of a list needs, so each is made once.
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  let known = formatters.get(name);
  if (known === undefined) {
    known = new Intl.DateTimeFormat(undefined, options);
    formatters.set(name, known);
  }
  return known;
}

const TIME = { hour: "2-digit", minute: "2-digit" } as const;

// A time of the viewer's clocks; of today without the date.
export function clock(time: Time, now: number): string {
  const at = new Date(millis(time));
  if (Number.isNaN(at.getTime())) return "–";
  const today = new Date(now);
  const isToday =
    at.getDate() === today.getDate() &&
    at.getMonth() === today.getMonth() &&
    at.getFullYear() === today.getFullYear();
  if (isToday) return formatter("time", { ...TIME, second: "2-digit" }).format(at);
  const date = { year: "numeric", month: "short", day: "numeric" } as const;
  return formatter("date", { ...date, ...TIME }).format(at);
}

// The hours and minutes of a time, for axes.
export const timeOfDay = (time: Time): string =>
  formatter("minutes", TIME).format(new Date(millis(time)));

// For `datetime` attributes.
export function iso(time: Time): string {
  const at = new Date(millis(time));
  return Number.isNaN(at.getTime()) ? "" : at.toISOString();
}

// `part` of `whole` in percent. What is not all is never called 100 %, and what is something never
// 0 %.
export function percent(part: number, whole: number): string {
  if (whole <= 0) return "–";
  const share = (part / whole) * 100;
  if (part >= whole) return "100 %";
  if (part <= 0) return "0 %";
  if (share > 99.9) return ">99.9 %";
  if (share < 0.1) return "<0.1 %";
  return `${share.toFixed(share < 10 || share > 90 ? 1 : 0)} %`;
}

// A whole number, in groups of three digits, or shortened from a hundred thousand on.
export function count(number: number): string {
  if (number >= 999_950_000) return `${(number / 1e9).toFixed(1)} G`;
  if (number >= 999_950) return `${(number / 1e6).toFixed(1)} M`;
  if (number >= 100_000) return `${Math.round(number / 1e3)} k`;
  return String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

export function bytes(number: number): string {
  if (number < 1000) return `${number} B`;
  if (number < 1e6) return `${(number / 1e3).toFixed(number < 1e4 ? 1 : 0)} kB`;
  return `${(number / 1e6).toFixed(1)} MB`;
}

// Millionths of a dollar.
export const dollars = (micro: number): string => `$${(micro / 1e6).toFixed(2)}`;

// A name of the API's as words: `forced_open` is `forced open`.
export const words = (name: string): string => name.replaceAll("_", " ");

export const plural = (number: number, one: string, many = `${one}s`): string =>
  `${count(number)} ${number === 1 ? one : many}`;

// What a person wrote as a span, as the API takes it; `undefined` if it is none.
export function duration(text: string): string | undefined {
  const found = /^\s*(\d{1,6})\s*(s|m|min|h|d)\s*$/.exec(text);
  if (found === null || Number(found[1]) === 0) return undefined;
  return `${Number(found[1])}${found[2] === "min" ? "m" : found[2]}`;
}

// A day and time of the viewer's clocks, as a field for it writes it (`2026-12-24T20:00`), as the
// API takes it; `undefined` if it is none.
export function localTime(text: string): string | undefined {
  const at = new Date(text);
  return text === "" || Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}
