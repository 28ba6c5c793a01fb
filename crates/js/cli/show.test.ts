import assert from "node:assert/strict";
import { test } from "node:test";
import type { Explained } from "./shapes.ts";
import { duration, shownInFull, shownInLine, shownSummary, size } from "./show.ts";

const PAGE: Explained = {
  path: "/about",
  loaded_by: null,
  status: 200,
  route: "/*",
  upstream: "web",
  circuit: "web",
  survival: { state: "kept", fresh_ms: 60_000, serves_ms: 86_400_000, audience: "everyone" },
  snapshot_ms: null,
  redirect: null,
  varies: [],
  cookies: [],
  bytes: 18_600,
  media_type: "text/html",
  is_stream: false,
  took_ms: 12,
  warnings: [],
};

test("times and sizes are in units that people need", () => {
  assert.deepEqual([30_000, 600_000, 86_400_000, 604_800_000].map(duration), [
    "30 s",
    "10 minutes",
    "24 hours",
    "7 days",
  ]);
  assert.deepEqual([12, 1500, 40_000, 3_000_000].map(size), [
    "12 B",
    "1.5 KiB",
    "39 KiB",
    "2.9 MiB",
  ]);
});

test("a page is shown with its route, its circuit, and for how long it survives", () => {
  assert.deepEqual(shownInFull(PAGE), [
    "/about  200",
    "  outage    survives 24 hours for everyone",
    "  route     /* to web, circuit web",
    "  fresh     for 60 s",
    "  body      18 KiB of text/html, in 12 ms",
  ]);
});

test("what does not survive is shown with why, and with what would change that", () => {
  const survival = { state: "lost", reason: "it sets the cookie `s`", advice: "less" } as const;
  const page = { ...PAGE, survival, cookies: ["s"] };
  assert.equal(shownInLine(page), "  - /about  200  does not survive: it sets the cookie `s`");
  assert.ok(shownInFull(page).includes("  advice    less"));
  assert.ok(shownInFull(page).includes("  cookies   s"));
});

test("a summary ends with what was left out", () => {
  const reasons = [{ reason: "it sets the cookie `s`", advice: "less", paths: ["/a"] }];
  const counts = { pages: 2, surviving: 1, loads: 1, surviving_loads: 1 };
  const rest = { loads_elsewhere: 0, loops: 0, left_out: 1 };
  assert.deepEqual(shownSummary({ sentence: "of 2 pages …", ...counts, ...rest, reasons }), [
    "",
    "of 2 pages …",
    "    /a",
    "    advice: less",
    "of 1 file that pages load 1 would survive",
    "1 page was left out: `--max` says how many are looked at",
  ]);
});
