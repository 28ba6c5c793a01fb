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

type Send = (facts: string[]) => Promise<void>;

let sendAll: Send | undefined;
let waiting: string[] = [];
let busyUntil = 0;

// Says what sends the texts.
export function sendReportsBy(send: Send): void {
  sendAll = send;
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
  if (waiting.length === 0 || sendAll === undefined || Date.now() < busyUntil) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  try {
    // Of the event whose turn it is.
    platform.waitUntil(promise);
  } catch {
    return;
  }
  void sending(sendAll).finally(resolve);
}

async function sending(send: Send): Promise<void> {
  busyUntil = Date.now() + SENDING_MAX;
  try {
    // Rust may be at work, and what it has to report in this turn goes along.
    await Promise.resolve();
    while (waiting.length > 0) {
      const facts = waiting;
      waiting = [];
      await send(facts);
    }
  } catch {
    // A control plane that breaks at reports has no more of them in this event, and has logged why.
  } finally {
    busyUntil = 0;
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
