import assert from "node:assert/strict";
import { test } from "node:test";

import { ago, localeOf, pointInTime } from "./times.ts";

const at = (text: string) => new Date(text);
// Spaces differ from one version of the language's data to the next.
const plain = (text: string) => text.replace(/\s/g, " ");

test("a reader of another country keeps the words of the page's language", () => {
  assert.equal(localeOf("en", "en-GB"), "en-GB");
  assert.equal(localeOf("en", "EN"), "EN");
  assert.equal(localeOf("de", "en-GB"), "de");
  assert.equal(localeOf("de", "den"), "de");
});

test("a point in time is in the reader's zone", () => {
  const noon = at("2026-11-30T12:34:56Z");
  const shown = (zone: string) => plain(pointInTime(noon, undefined, "en-GB", zone));
  assert.equal(shown("UTC"), "30 Nov 2026, 12:34");
  assert.equal(shown("Asia/Tokyo"), "30 Nov 2026, 21:34");
});

test("the end of a time has no day if it is that of the beginning, by the reader's zone", () => {
  const [start, end] = [at("2026-12-07T22:30:00Z"), at("2026-12-07T23:30:00Z")];
  const shown = (zone: string) => plain(pointInTime(end, start, "en-GB", zone));
  assert.equal(shown("UTC"), "23:30");
  assert.equal(shown("Europe/Berlin"), "8 Dec 2026, 00:30");
});

test("an age is told in the unit that changes visibly", () => {
  const shown = (ms: number) => plain(ago(ms, "en"));
  assert.equal(shown(-5), shown(0));
  assert.equal(shown(12_999), "12 sec. ago");
  assert.equal(shown(119_000), "119 sec. ago");
  assert.equal(shown(120_000), "2 min. ago");
  assert.equal(shown(3 * 3_600_000), "3 hr. ago");
  assert.equal(shown(50 * 3_600_000), "2 days ago");
  assert.equal(plain(ago(12_000, "de")), "vor 12 Sek.");
});
