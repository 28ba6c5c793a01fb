// Makes envelopes for Sentry out of what no code of a page caught. What may be sent stands here:
// the error, where it was thrown, and which page it was. No query, no fragment, nothing of the
// reader's.

// How many errors of one view of a page are reported: a page that fails all the time says no more
// with the next.
export const ERRORS_MAX = 5;
// The longest text of an error, in characters.
export const TEXT_MAX = 400;
// The most places of a stack. The innermost are kept.
export const FRAMES_MAX = 20;

// What the page's element says; every value may be missing.
export interface PageFacts {
  readonly page?: string | undefined;
  readonly version?: string | undefined;
  readonly release?: string | undefined;
  readonly environment?: string | undefined;
}

// What the reporter has of the browser.
export interface ReportingBrowser {
  address(): string;
  now(): number;
  random(bytes: number): Uint8Array;
  send(envelope: string): void;
}

// The path of a script is its file, as Sentry has it.
interface Frame {
  readonly function?: string;
  readonly filename: string;
  readonly abs_path: string;
  readonly lineno: number;
  readonly colno: number;
  readonly in_app: true;
}

// A line of a stack: `at name (address:line:column)` in Chromium, `name@address:line:column` in
// Firefox and Safari; the name may be missing.
const LINE = /^(?:\s*at )?(?:(.*?)[@ ]\(?)?(https?:\/\/\S+?):(\d+):(\d+)\)?$/;
// A script of an extension of the browser, by its address.
const EXTENSION = /[a-z]-extension:\/\//;
// A path with what follows it in an address: its query or its fragment, which texts may quote.
const TAIL = /(\/[^\s?#]*)[?#]\S*/g;

// Returns what takes errors and how they came to be seen. Nothing of this is thrown: a page must
// not fail because it reports.
export function reporter(
  facts: PageFacts,
  browser: ReportingBrowser,
): (thrown: unknown, mechanism: string) => void {
  const told = new Set<string>();
  let trace: string | undefined;
  const hex = (bytes: number) =>
    Array.from(browser.random(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
  // An address without its query and fragment. The fallback page stands at any address that a
  // visitor asks for, which is the visitor's own business.
  const place = (address: string) => {
    const { origin, pathname } = new URL(address);
    return origin + (facts.page === "fallback" ? "/" : pathname);
  };
  const frames = (stack: string): Frame[] => {
    const found = stack.split("\n").map((line) => LINE.exec(line));
    const known = found.flatMap((parts) => {
      const [, name, address, line, column] = parts ?? [];
      if (address === undefined) return [];
      const abs_path = place(address);
      const filename = new URL(abs_path).pathname;
      const at = { filename, abs_path, lineno: Number(line), colno: Number(column) };
      return [{ ...(name && { function: name }), ...at, in_app: true } as const];
    });
    // Sentry wants the innermost last.
    return known.slice(0, FRAMES_MAX).reverse();
  };

  return (thrown, mechanism) => {
    try {
      if (thrown == null || told.size >= ERRORS_MAX) return;
      const isError = thrown instanceof Error;
      const stack = (isError && thrown.stack) || "";
      if (EXTENSION.test(stack)) return;
      const type = isError ? thrown.name : typeof thrown;
      const text = isError ? thrown.message : String(thrown);
      const value = text.replace(TAIL, "$1").slice(0, TEXT_MAX);
      const stacktrace = { frames: frames(stack) };
      const key = JSON.stringify([type, value, stacktrace.frames.at(-1)]);
      if (told.has(key)) return;
      told.add(key);
      trace ??= hex(16);
      const now = browser.now();
      const { page = "", version = "", release = "", environment = "" } = facts;
      const event = {
        event_id: hex(16),
        timestamp: now / 1000,
        platform: "javascript",
        level: "error",
        logger: "breakwater",
        ...(release && { release }),
        ...(environment && { environment }),
        transaction: page,
        tags: { "breakwater.page": page },
        contexts: { trace: { trace_id: trace, span_id: hex(8) } },
        request: { url: place(browser.address()) },
        exception: {
          values: [
            {
              type,
              value,
              mechanism: { type: mechanism, handled: false },
              ...(stacktrace.frames.length > 0 && { stacktrace }),
            },
          ],
        },
        // Without the setting Sentry takes the address that the report comes from for a reader's.
        sdk: { name: "breakwater", version, settings: { infer_ip: "never" } },
      };
      const head = { event_id: event.event_id, sent_at: new Date(now).toISOString() };
      browser.send([head, { type: "event" }, event].map((it) => JSON.stringify(it)).join("\n"));
    } catch {}
  };
}
