import assert from "node:assert/strict";
import { test } from "node:test";

import { copy, copyOf, signpost, signpostOf } from "./stored.ts";

test("a copy says what was stored of it, whatever its fields hold", () => {
  const fields = 'set-cookie:a=b\nvary:*\nx-name:Zoë, 50% off\netag:"ü"';
  const stored = copy("about it", fields, "body", 60);
  assert.equal(copyOf(stored), `about it\n${fields}`);
  assert.equal(signpostOf(stored), "");
});

test("none of a copy's own fields move the cache", () => {
  const stored = copy("about it", "set-cookie:a=b\nvary:*\ncache-control:no-store", "body", 60);
  assert.equal(stored.headers.get("cache-control"), "public, max-age=60");
  assert.equal(stored.headers.get("vary"), null);
  assert.deepEqual(stored.headers.getSetCookie(), []);
});

test("a signpost says what it was given, and is no copy", () => {
  const stored = signpost("accept-language", 60);
  assert.equal(signpostOf(stored), "accept-language");
  assert.equal(copyOf(stored), "");
});
