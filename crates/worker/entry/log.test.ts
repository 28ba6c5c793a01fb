import "./testing/platform.ts";

import assert from "node:assert/strict";
import { test } from "node:test";

import { lineOf, log, scrubbed } from "./log.ts";
import { logRules } from "./log_rules.ts";
import { logged } from "./testing/platform.ts";

const AT = Date.UTC(2026, 10, 23, 8, 0, 0, 42);
const TRACE = {
  traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
  spanId: "00f067aa0ba902b7",
  flags: "01",
};

test("a line is one object in the form of Rust's lines", () => {
  const about = { "breakwater.upstream": "web", "http.response.status_code": 503, "url.path": "" };
  const line = lineOf("error", "breakwater.fail_open.failed", "failing\nopen", about, TRACE, AT);
  assert(!line.includes("\n"), line);
  assert.equal(
    line,
    '{"timestamp":"2026-11-23T08:00:00.042Z","severity_text":"ERROR","severity_number":17,' +
      '"event_name":"breakwater.fail_open.failed","body":"failing\\nopen",' +
      '"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7",' +
      '"trace_flags":"01",' +
      '"attributes":{"breakwater.upstream":"web","http.response.status_code":503}}',
  );
});

test("texts are cut between characters", () => {
  const about = { "breakwater.upstream": "é".repeat(logRules.textMax) };
  const body = "word ".repeat(logRules.bodyMax);
  const line = lineOf("warn", "breakwater.cache.failed", body, about, undefined, AT);
  const read = JSON.parse(line);
  const bytes = (text: string) => new TextEncoder().encode(text).byteLength;
  assert(bytes(read.body) <= logRules.bodyMax && read.body.endsWith("…"), read.body);
  const name = read.attributes["breakwater.upstream"];
  assert(bytes(name) <= logRules.textMax && /^é+…$/.test(name), name);
  assert(!("trace_id" in read));
});

// Core's own tests have the same cases.
test("what may be a secret is in no text", () => {
  for (const [text, shown] of [
    ["no verdict on circuit web: the object is gone", undefined],
    ["the secret ADMIN_TOKEN is not set", undefined],
    ["TypeError: Cannot read properties of undefined (reading 'a')", undefined],
    ["cannot reach https://web.example, port 443", undefined],
    ["https://a.example/", undefined],
    ["https://a.example/b", "https://a.example/…"],
    ["https://a.example?b", "https://a.example/…"],
    ["https://u:p@a.example:8443/b?c#d", "https://a.example:8443/…"],
    ["Invalid URL: 'wss://a.example/T/key', sorry", "Invalid URL: 'wss://a.example/…', sorry"],
    ["Authorization: Bearer abc", "Authorization: Bearer …"],
    ["basic YTpi", "basic …"],
    ["token=abc", "token=…"],
    ["X-Api-Key: abc, next", "X-Api-Key: …, next"],
    ['{"password": "abc", "a": "b"}', '{"password": "…", "a": "b"}'],
    ["GET /a?b=c failed", "GET /a?… failed"],
    ["no mailbox ann@shop.example here", "no mailbox … here"],
    ["key 4bf92f3577b34da6a3ce929d0e0e4736 is gone", "key … is gone"],
    ["an-upper-bound-of-words-without-any-number", undefined],
  ] as const) {
    assert.equal(scrubbed(text), shown ?? text);
  }
});

test("an error is told by its message, and by its place in our own code", () => {
  logged.length = 0;
  const error = new TypeError("Invalid URL: 'https://hooks.example/canary?key=canary'");
  log("error", "breakwater.mirror.failed", "the mirror cannot be reached", error);
  const [line = "{}"] = logged;
  const read = JSON.parse(line);
  assert(!line.includes("canary"), line);
  assert.equal(read.attributes["exception.type"], "TypeError");
  assert(read.attributes["exception.stacktrace"].startsWith("at "), line);
});

test("a second has a bounded number of lines, and the next line counts the others", () => {
  const now = Date.now;
  logged.length = 0;
  try {
    Date.now = () => AT;
    for (let turn = 0; turn < logRules.linesPerSecond + 7; turn += 1)
      log("error", "breakwater.fail_open.failed", "failing open");
    assert.equal(logged.length, logRules.linesPerSecond);
    Date.now = () => AT + 1_000;
    log("error", "breakwater.fail_open.failed", "failing open");
  } finally {
    Date.now = now;
  }
  const last = JSON.parse(logged.at(-1) ?? "{}");
  assert.equal(last.attributes["breakwater.dropped_lines"], 7);
});

test("what is milder than the level is not written", () => {
  logged.length = 0;
  log("debug", "breakwater.development.noted", "a detail");
  assert.deepEqual(logged, []);
});
