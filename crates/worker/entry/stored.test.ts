import "./testing/platform.ts";

import assert from "node:assert/strict";
import { test } from "node:test";

import { copy, lookUp, signpost } from "./stored.ts";

const SOON = 1000;

test("a copy says what was stored of it, whatever its fields hold", async () => {
  const fields = 'set-cookie:a=b\nvary:*\nx-name:Zoë, 50% off\netag:"ü"';
  await caches.default.put("https://a.invalid/copy", copy("about it", fields, "body", 60));
  const found = await lookUp("https://a.invalid/copy", "", SOON);
  assert.equal(found?.copy, `about it\n${fields}`);
  assert.equal(found?.signpost, "");
});

test("none of a copy's own fields move the cache", () => {
  const stored = copy("about it", "set-cookie:a=b\nvary:*\ncache-control:no-store", "body", 60);
  assert.equal(stored.headers.get("cache-control"), "public, max-age=60");
  assert.equal(stored.headers.get("vary"), null);
  assert.deepEqual(stored.headers.getSetCookie(), []);
});

test("a signpost says what it was given, and is no copy", async () => {
  await caches.default.put("https://a.invalid/signpost", signpost("accept-language", 60));
  const found = await lookUp("https://a.invalid/signpost", "", SOON);
  assert.equal(found?.signpost, "accept-language");
  assert.equal(found?.copy, "");
});

test("what stands beside a copy is told with it, and by itself is nothing", async () => {
  await caches.default.put("https://a.invalid/beside", copy("about it", "", "body", 60));
  await caches.default.put("https://a.invalid/changed", signpost("7", 60));
  const changed = async (key: string, other: string) =>
    (await lookUp(`https://a.invalid/${key}`, `https://a.invalid/${other}`, SOON))?.changed;
  assert.equal(await changed("beside", "changed"), "7");
  assert.equal(await changed("beside", "nothing"), "");
  assert.equal(await changed("nothing", "changed"), undefined);
});

test("a cache that hangs or fails has nothing", async () => {
  const { match } = caches.default;
  try {
    caches.default.match = () => new Promise(() => {});
    assert.equal(await lookUp("https://a.invalid/copy", "", 1), undefined);
    caches.default.match = () => Promise.reject(new Error("down"));
    assert.equal(await lookUp("https://a.invalid/copy", "https://a.invalid/b", SOON), undefined);
  } finally {
    caches.default.match = match;
  }
});

test("fields that cannot be read make no copy", async () => {
  const stored = copy("about it", "", "body", 60);
  stored.headers.set("breakwater-fields", "%zz");
  await caches.default.put("https://a.invalid/broken", stored);
  assert.equal(await lookUp("https://a.invalid/broken", "", SOON), undefined);
});
