// The log of the entry: the only TypeScript that writes to the platform's console. A line has the
// same form as one of Rust's (`telemetry::log` in core), so that one reader reads both. It is
// written here as well, because the entry reports what happens while no Rust runs.
import {
  type LogAttribute,
  type LogEvent,
  type LogSeverity,
  logRules,
  severities,
} from "./log_rules.ts";
import type { TraceContext } from "./trace.ts";

// What the line says besides its body. A visitor's text may be in none of it.
export type LogAttributes = Readonly<Partial<Record<LogAttribute, string | number>>>;

// What stands in the place of what is removed.
const REMOVED = "…";

// What an error of the platform may repeat of what it was given. Core's `scrubbed` removes the
// same; this is the shorter half of it, for texts that are mostly our own.
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/\b(bearer|basic)\s+[^\s"',;]+/gi, `$1 ${REMOVED}`],
  [
    /([\w-]*(?:token|secret|passw|authorization|cookie|api[_-]?key|signature)[\w-]*["']?\s*[:=]\s*["']?)(?!bearer |basic )[^\s"',;]+/gi,
    `$1${REMOVED}`,
  ],
  [/\?[^\s"'`<>()]*=[^\s"'`<>()]*/g, `?${REMOVED}`],
  [/[\w.+-]+@[\w-]+\.[\w.-]+/g, REMOVED],
  [/(?=[\w.+=-]*\d)(?=[\w.+=-]*[a-z])[\w.+=-]{32,}/gi, REMOVED],
];

// Scheme, user, host, and the rest of an address.
const ADDRESS =
  /(\w+:\/\/)(?:[^\s"'`<>()/?#,;]*@)?([^\s"'`<>()/?#,;@]*)(?:([/?#])([^\s"'`<>(),;]*))?/g;

// A text without what may be a secret. Of an address the host is left.
export function scrubbed(text: string): string {
  const left = text.replace(
    ADDRESS,
    (_, scheme: string, host: string, sign = "", rest = "") =>
      scheme + host + (rest === "" ? sign : `/${REMOVED}`),
  );
  return SECRETS.reduce((left, [pattern, instead]) => left.replace(pattern, instead), left);
}

// Frames of a stack that are written.
const FRAMES_MAX = 5;

const encoder = new TextEncoder();

// The beginning of a text, of at most `longest` bytes of UTF-8, between two characters.
function cut(text: string, longest: number): string {
  const bytes = encoder.encode(text);
  if (bytes.byteLength <= longest) return text;
  const whole = new TextDecoder().decode(bytes.subarray(0, longest - 3));
  return whole.replace(/\ufffd+$/, "") + REMOVED;
}

// The lines of the current second and minute, and what had no room since the last line.
const spans = [
  { length: 1_000, limit: logRules.linesPerSecond, number: 0, lines: 0 },
  { length: 60_000, limit: logRules.linesPerMinute, number: 0, lines: 0 },
];
let dropped = 0;

function hasRoom(now: number): boolean {
  for (const span of spans) {
    const number = Math.floor(now / span.length);
    if (number !== span.number) Object.assign(span, { number, lines: 0 });
  }
  if (spans.some(({ lines, limit }) => lines >= limit)) {
    dropped += 1;
    return false;
  }
  for (const span of spans) span.lines += 1;
  return true;
}

// The line as JSON.
export function lineOf(
  severity: LogSeverity,
  event: LogEvent,
  body: string,
  attributes: LogAttributes,
  trace: TraceContext | undefined,
  now: number,
): string {
  const shown: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (value === "") continue;
    shown[name] = typeof value === "string" ? cut(value, logRules.textMax) : value;
  }
  return JSON.stringify({
    timestamp: new Date(now).toISOString(),
    severity_text: severity.toUpperCase(),
    severity_number: severities[severity],
    event_name: event,
    // What is cut off anyway is not looked at.
    body: cut(scrubbed(body.slice(0, 2 * logRules.bodyMax)), logRules.bodyMax),
    ...(trace && { trace_id: trace.traceId, span_id: trace.spanId, trace_flags: trace.flags }),
    attributes: shown,
  });
}

// Logs an event, with the error that it came with. A log that cannot be written costs the line and
// nothing else.
export function log(
  severity: LogSeverity,
  event: LogEvent,
  body: string,
  error?: unknown,
  attributes: LogAttributes = {},
  trace?: TraceContext,
): void {
  if (!logRules.enabled || severities[severity] < severities[logRules.level]) return;
  try {
    const now = Date.now();
    if (!hasRoom(now)) return;
    const lost = dropped === 0 ? {} : { "breakwater.dropped_lines": dropped };
    const said = error === undefined ? body : `${body}: ${messageOf(error)}`;
    const about = { ...attributes, ...exception(error), ...lost };
    const line = lineOf(severity, event, said, about, trace, now);
    dropped = 0;
    if (severity === "error" || severity === "fatal") console.error(line);
    else if (severity === "warn") console.warn(line);
    else console.log(line);
  } catch {
    // There is no place to report that the log cannot be written.
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

// The kind of an error and its place in our own code. The message is in the body.
function exception(error: unknown): LogAttributes {
  if (!(error instanceof Error)) return {};
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  const place = frames.slice(0, FRAMES_MAX).map((line) => line.trim());
  return { "exception.type": error.name, "exception.stacktrace": place.join("\n") };
}
