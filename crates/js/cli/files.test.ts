import assert from "node:assert/strict";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { nameBeside, readSiteFile, writeNew } from "./files.ts";

test("a file that is there is never overwritten", () => {
  const file = join(mkdtempSync(join(tmpdir(), "breakwater-")), "breakwater.toml");
  const names = ["a", "b", "c"].map((text) => writeNew(file, text));
  assert.deepEqual(
    names,
    [0, 1, 2].map((number) => nameBeside(file, number)),
  );
  assert.deepEqual(
    names.map((name) => readFileSync(name, "utf8")),
    ["a", "b", "c"],
  );
});

test("a name beside another keeps its extension", () => {
  assert.equal(nameBeside("a/breakwater.toml", 1), "a/breakwater.new.toml");
  assert.equal(nameBeside("breakwater.toml", 2), "breakwater.new-2.toml");
  assert.equal(nameBeside("a.b/site", 1), "a.b/site.new");
  assert.equal(nameBeside("./.site", 1), "./.site.new");
});

test("a file that is not there is told with what writes one", () => {
  assert.throws(() => readSiteFile("/nowhere/breakwater.toml"), /npx breakwater init URL/);
});
