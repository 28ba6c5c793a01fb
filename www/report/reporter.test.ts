import assert from "node:assert/strict";
import { test } from "node:test";

import { ERRORS_MAX, FRAMES_MAX, type PageFacts, reporter, TEXT_MAX } from "./reporter.ts";

const CANARY = "canary7f3a";
const ADDRESS = `https://shop.example/status/history?key=${CANARY}#${CANARY}`;
const FACTS = { page: "status", version: "0.1.0", release: "shop@1.2.0", environment: "test" };

// An error with this stack below its message, as a browser writes it.
function failed(message: string, stack: string): Error {
  const error = new TypeError(message);
  error.stack = stack;
  return error;
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects.
type Sent = readonly [head: any, item: any, event: any];

// A page with these facts, and what it sent: the lines of each envelope.
function page(facts: PageFacts = FACTS, address = ADDRESS) {
  const sent: Sent[] = [];
  let next = 0;
  const report = reporter(facts, {
    address: () => address,
    now: () => 1_795_420_800_123,
    random: (bytes) => new Uint8Array(bytes).fill(++next),
    send: (envelope) => {
      assert(!envelope.includes(CANARY), envelope);
      const [head, item, event, ...more] = envelope.split("\n").map((line) => JSON.parse(line));
      assert.equal(more.length, 0);
      sent.push([head, item, event]);
    },
  });
  return { report, sent };
}

// The only envelope that a page sent.
function only(sent: readonly Sent[]): Sent {
  const [first, ...more] = sent;
  assert(first && more.length === 0, `${sent.length}`);
  return first;
}

// What its event says of the error.
const thrown = ([, , event]: Sent) => event.exception.values[0];

test("an error becomes an envelope with one event, which names no project", () => {
  const { report, sent } = page();
  report(failed("cart is undefined", "TypeError: cart is undefined"), "onerror");
  const [head, item, event] = only(sent);
  const id = "02".repeat(16);
  assert.deepEqual(head, { event_id: id, sent_at: "2026-11-23T08:00:00.123Z" });
  assert.deepEqual(item, { type: "event" });
  assert.deepEqual(event, {
    event_id: id,
    timestamp: 1_795_420_800.123,
    platform: "javascript",
    level: "error",
    logger: "breakwater",
    release: "shop@1.2.0",
    environment: "test",
    transaction: "status",
    tags: { "breakwater.page": "status" },
    contexts: { trace: { trace_id: "01".repeat(16), span_id: "03".repeat(8) } },
    request: { url: "https://shop.example/status/history" },
    exception: {
      values: [
        {
          type: "TypeError",
          value: "cart is undefined",
          mechanism: { type: "onerror", handled: false },
        },
      ],
    },
    sdk: { name: "breakwater", version: "0.1.0", settings: { infer_ip: "never" } },
  });
});

test("what the site file does not say is left out", () => {
  const { report, sent } = page({
    page: "console",
    version: "0.1.0",
    release: "",
    environment: "",
  });
  report(new Error("a"), "onerror");
  const [, , event] = only(sent);
  assert(!("release" in event) && !("environment" in event), JSON.stringify(event));
});

test("the stacks of all browsers are read, the innermost place last and without queries", () => {
  const at = `https://shop.example/a.js?${CANARY}`;
  const places = [`pay (${at}:3:14)`, `new Cart (${at}:9:1)`, `${at}:12:5`];
  const chromium = ["TypeError: a", ...places.map((it) => `    at ${it}`)].join("\n");
  const firefox = `pay@${at}:3:14\nnew Cart@${at}:9:1\n@${at}:12:5\n`;
  const safari = `pay@${at}:3:14\nnew Cart@${at}:9:1\n${at}:12:5\n[native code]`;
  const frame = (lineno: number, colno: number) => {
    const at = { filename: "/a.js", abs_path: "https://shop.example/a.js" };
    return { ...at, lineno, colno, in_app: true };
  };
  for (const stack of [chromium, firefox, safari]) {
    const { report, sent } = page();
    report(failed("a", stack), "onerror");
    const { frames } = thrown(only(sent)).stacktrace;
    const named = (name: string, at: object) => ({ function: name, ...at });
    const outer = [frame(12, 5), named("new Cart", frame(9, 1))];
    assert.deepEqual(frames, [...outer, named("pay", frame(3, 14))]);
  }
});

test("the fallback page tells nothing of the address that a visitor asked for", () => {
  const address = `https://shop.example/${CANARY}/7`;
  const { report, sent } = page({ ...FACTS, page: "fallback" }, address);
  report(failed(`no answer from /cart?${CANARY}`, `at ${address}:3:14`), "onerror");
  const [, , event] = only(sent);
  assert.equal(event.request.url, "https://shop.example/");
  const [{ filename, abs_path }] = thrown(only(sent)).stacktrace.frames;
  assert.deepEqual([filename, abs_path], ["/", "https://shop.example/"]);
});

test("the same error is reported once, and of different ones a few", () => {
  const { report, sent } = page();
  for (let turn = 0; turn < 3; turn++) {
    for (let kind = 0; kind < 10; kind++) report(failed(`kind ${kind}`, ""), "onerror");
  }
  assert.equal(sent.length, ERRORS_MAX);
  const traces = sent.map(([, , event]) => event.contexts.trace.trace_id);
  assert.equal(new Set(traces).size, 1, "a view of a page is one trace");
  const ids = sent.map(([, , event]) => event.event_id);
  assert.equal(new Set(ids).size, ERRORS_MAX);
});

test("texts and stacks are bounded, and texts lose the queries that they quote", () => {
  const { report, sent } = page();
  const quoted = `https://shop.example/a?${CANARY}&b#c or /b#${CANARY};`;
  const text = `cannot load ${quoted} why? ${"a".repeat(999)}`;
  const stack = Array.from({ length: 99 }, (_, line) => `f@https://shop.example/a.js:${line}:1`);
  report(failed(text, stack.join("\n")), "onerror");
  const { value, stacktrace } = thrown(only(sent));
  assert(value.startsWith("cannot load https://shop.example/a or /b why? aaa"), value);
  assert.equal(value.length, TEXT_MAX);
  assert.equal(stacktrace.frames.length, FRAMES_MAX);
  assert.equal(stacktrace.frames.at(-1).lineno, 0);
});

test("what is no error is told by what it is, and nothing is thrown", () => {
  const { report, sent } = page();
  report("out of stock", "onunhandledrejection");
  report(7, "onunhandledrejection");
  for (const strange of [null, undefined, Object.create(null), Symbol("a")]) {
    report(strange, "onunhandledrejection");
  }
  const told = sent.map(thrown);
  assert.deepEqual(
    told.map(({ type, value }) => `${type}: ${value}`),
    ["string: out of stock", "number: 7", "symbol: Symbol(a)"],
  );
});

test("errors of the browser's extensions are none of the page's", () => {
  const { report, sent } = page();
  for (const address of ["chrome-extension://abc", "moz-extension://abc"]) {
    report(failed("a", `f@${address}/a.js:1:1\ng@https://shop.example/a.js:1:1`), "onerror");
  }
  assert.equal(sent.length, 0);
});
