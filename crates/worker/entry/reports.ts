// What is to be reported to Sentry. Both modules and the entry hand it over as short texts, which
// are kept here until the control plane makes envelopes of them, behind the event that is under
// way: a module that broke can report nothing itself, and no visitor waits for a report.
import * as platform from "cloudflare:workers";
import { areErrorsReported } from "./log_rules.ts";
import type { TraceContext } from "./trace.ts";
import { reportFact } from "./wire.ts";

// Texts that wait at once. What finds no room is dropped: the log has it.
const FACTS_MAX = 32;

// A platform that ends an event ends its sending too, without a word. After this time, in
// milliseconds, the next event sends.
const SENDING_MAX = 30_000;

// The number of texts that wait until there is a control plane here, or until an object's isolate
// takes them, and their characters in all.
const KEPT_MAX = 64;
const KEPT_LENGTH_MAX = 32_768;

type Send = (facts: string[]) => Promise<void>;

let sendAll: Send | undefined;
let isThere: () => boolean = () => false;
let waiting: string[] = [];
let kept: string[] = [];
let keptLength = 0;
let busyUntil = 0;
let sendings = 0;

// Says what sends the texts, and whether it is there already or would have to be made.
export function sendReportsBy(send: Send, isSenderThere: () => boolean): void {
  sendAll = send;
  isThere = isSenderThere;
}

// Keeps a text that can wait: of a transaction, or of the log. An isolate that only answers
// visitors makes no control plane for it, but sends it along with what it counts. Returns whether
// there was room. Rust calls this in the middle of its work, so it never throws.
export function keep(text: string): boolean {
  const length = keptLength + text.length;
  if (!areErrorsReported || kept.length >= KEPT_MAX || length > KEPT_LENGTH_MAX) return false;
  kept.push(text);
  keptLength = length;
  if (isThere()) flush();
  return true;
}

// Takes what can wait.
export function takeKept(): string[] {
  const taken = kept;
  kept = [];
  keptLength = 0;
  return taken;
}

// Keeps a text that core's `ReportFact` reads, and has it sent. Rust calls this in the middle of
// its work, so it never throws.
export function report(fact: string): void {
  if (!areErrorsReported || waiting.length >= FACTS_MAX) return;
  waiting.push(fact);
  flush();
}

// Has what waits be sent behind the event that is under way, unless that is happening already.
// Where there is no event, the next one does it.
export function flush(): void {
  if (!isToSend() || sendAll === undefined || isBusy(Date.now())) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  try {
    // Of the event whose turn it is.
    platform.waitUntil(promise);
  } catch {
    return;
  }
  void sending(sendAll).finally(resolve);
}

// A clock that was set back does not make a sending last longer.
const isBusy = (now: number): boolean => now < busyUntil && busyUntil <= now + SENDING_MAX;

const isToSend = (): boolean => waiting.length > 0 || (kept.length > 0 && isThere());

async function sending(send: Send): Promise<void> {
  sendings += 1;
  const own = sendings;
  busyUntil = Date.now() + SENDING_MAX;
  try {
    // Rust may be at work, and what it has to report in this turn goes along.
    await Promise.resolve();
    while (isToSend() && own === sendings) {
      busyUntil = Date.now() + SENDING_MAX;
      // What the log said before leads to what went wrong.
      const facts = [...takeKept(), ...waiting];
      waiting = [];
      await send(facts);
    }
  } catch {
    // A control plane that breaks at reports has no more of them in this event, and has logged why.
  } finally {
    // One that took too long was given up, and another is under way.
    if (own === sendings) busyUntil = 0;
  }
}

// Reports that a module's instance broke: `said` is what Rust said of it, or the platform.
export function reportBroken(
  module: string,
  isKilled: boolean,
  said: string,
  trace: TraceContext | undefined,
): void {
  report(
    reportFact({
      class: isKilled ? "cpu_limit_kill" : "panic",
      subject: module,
      part: "",
      said: isKilled ? "" : said.replaceAll("\n", " "),
      from: "",
      to: "",
      number: 0,
      method: "",
      traceparent: trace === undefined ? "" : `00-${trace.traceId}-${trace.spanId}-${trace.flags}`,
      leftOut: 0,
      at: Date.now(),
    }),
  );
}
