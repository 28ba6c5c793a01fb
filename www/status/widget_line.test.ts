import assert from "node:assert/strict";
import { test } from "node:test";

import { baseOf, line, unread } from "./widget_line.ts";

const answer = (state: unknown, name: unknown = "Shop") => ({
  page: { name },
  status: { indicator: "critical", description: "Major Service Outage" },
  breakwater: { state },
});

test("the status page is where its script is", () => {
  const pages: [string, string][] = [
    ["https://shop.example/status/widget.js", "https://shop.example/status"],
    ["https://shop.example/status/widget.js?a=b#c", "https://shop.example/status"],
    ["https://status.shop.example/widget.js", "https://status.shop.example"],
  ];
  for (const [script, page] of pages) assert.equal(baseOf(script), page);
});

test("the line says what the page says, in the color of the state", () => {
  const text = "Shop: Major Service Outage";
  assert.deepEqual(line(answer("major_outage")), { state: "major_outage", color: "#cf222e", text });
  assert.deepEqual(line(answer("unknown")), { state: "unknown", color: "#57606a", text });
});

test("what is no answer is neither well nor ill", () => {
  const others = [undefined, null, "operational", [], {}, { page: null }, answer("well")];
  others.push(answer("constructor"), answer(1), answer("operational", null));
  for (const other of others) assert.deepEqual(line(other), unread());
});

test("a long name is cut", () => {
  assert.equal([...line(answer("operational", "\u{1f6d2}".repeat(300))).text].length, 200);
});
