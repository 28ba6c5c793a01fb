import assert from "node:assert/strict";
import { test } from "node:test";

import { FILES } from "./asset_files.ts";
import { asset, assetName } from "./assets.ts";

test("a file is found by the name that its path leads to", () => {
  for (const [path, type] of [
    ["status/page.css", "text/css; charset=utf-8"],
    ["status/page.js", "text/javascript; charset=utf-8"],
    ["status/og.png", "image/png"],
  ] as const) {
    const name = assetName(path) ?? "";
    assert(/^status-(page|og)-[0-9a-f]{12}\.(css|js|png)$/.test(name), name);
    assert.equal(asset(name)?.type, type);
  }
});

test("a picture is bytes again", () => {
  const body = asset(assetName("status/og.png") ?? "")?.body;
  assert(body instanceof Uint8Array);
  assert.deepEqual([...body.slice(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
});

test("what there is not is not found", () => {
  assert.equal(asset("status/page.css"), undefined);
  assert.equal(asset(""), undefined);
  assert.equal(assetName("status/page.ts"), undefined);
});

test("no two files have one name", () => {
  assert.equal(new Set(FILES.map(({ name }) => name)).size, FILES.length);
});
