import assert from "node:assert/strict";
import { test } from "node:test";
import { ago, bytes, count, dollars, duration, localTime, percent, span } from "./format.ts";

test("a span is told in its two largest units", () => {
  for (const [ms, text] of [
    [0, "0 ms"],
    [999, "999 ms"],
    [1_000, "1 s"],
    [1_234, "1.2 s"],
    [59_600, "1 min"],
    [61_000, "1 min 1 s"],
    [3_600_000, "1 h"],
    [3_660_000, "1 h 1 min"],
    [86_399_999, "1 d"],
    [90_000_000, "1 d 1 h"],
    [Number.NaN, "–"],
    [-5, "0 ms"],
  ] as const) {
    assert.equal(span(ms), text);
  }
});

test("a time is told by how long ago it was, or how long until then", () => {
  const now = 1_795_424_400_000;
  assert.equal(ago(now - 1_000, now), "now");
  assert.equal(ago(now - 90_000, now), "2 min ago");
  assert.equal(ago(now + 3_600_000, now), "in 1 h");
  assert.equal(ago("2026-11-23T09:00:00Z", now), ago(Date.parse("2026-11-23T09:00:00Z"), now));
  assert.equal(ago("no time", now), "–");
});

test("what is not all is never called all, and what is something never nothing", () => {
  assert.equal(percent(0, 0), "–");
  assert.equal(percent(0, 9), "0 %");
  assert.equal(percent(9, 9), "100 %");
  assert.equal(percent(99_999, 100_000), ">99.9 %");
  assert.equal(percent(1, 100_000), "<0.1 %");
  assert.equal(percent(995, 1_000), "99.5 %");
  assert.equal(percent(1, 2), "50 %");
});

test("large numbers are shortened, and others have groups of three digits", () => {
  assert.equal(count(7), "7");
  assert.equal(count(9_876), "9\u202f876");
  assert.equal(count(99_999), "99\u202f999");
  assert.equal(count(123_456), "123 k");
  assert.equal(count(1_234_567), "1.2 M");
  assert.equal(bytes(1_234), "1.2 kB");
  assert.equal(bytes(45_678), "46 kB");
  assert.equal(dollars(1_234_567), "$1.23");
});

test("a span that a person writes is read as the API takes it", () => {
  for (const [text, read] of [
    ["30m", "30m"],
    [" 2 h ", "2h"],
    ["15 min", "15m"],
    ["007d", "7d"],
    ["0m", undefined],
    ["30", undefined],
    ["h", undefined],
    ["-1h", undefined],
    ["1h30m", undefined],
    ["1w", undefined],
  ] as const) {
    assert.equal(duration(text), read);
  }
});

test("a day and time of the viewer's clocks becomes a point in time", () => {
  const read = localTime("2026-12-24T20:00");
  assert.equal(read, new Date(2026, 11, 24, 20, 0).toISOString());
  assert.equal(localTime(""), undefined);
  assert.equal(localTime("tomorrow"), undefined);
});
