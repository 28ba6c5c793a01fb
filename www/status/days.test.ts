import assert from "node:assert/strict";
import { test } from "node:test";

import { target } from "./days.ts";

const at = { row: 1, bar: 60 };

test("arrows lead to the day before and after, and stop at the ends", () => {
  assert.deepEqual(target("ArrowLeft", at, 3, 0, 89), { row: 1, bar: 59 });
  assert.deepEqual(target("ArrowRight", at, 3, 0, 89), { row: 1, bar: 61 });
  assert.deepEqual(target("ArrowRight", { row: 0, bar: 89 }, 3, 0, 89), { row: 0, bar: 89 });
  assert.deepEqual(target("ArrowLeft", { row: 0, bar: 60 }, 3, 60, 89), { row: 0, bar: 60 });
  assert.deepEqual(target("Home", at, 3, 60, 89), { row: 1, bar: 60 });
  assert.deepEqual(target("End", at, 3, 0, 89), { row: 1, bar: 89 });
});

test("up and down lead to the same day of another part", () => {
  assert.deepEqual(target("ArrowUp", at, 3, 0, 89), { row: 0, bar: 60 });
  assert.deepEqual(target("ArrowDown", at, 3, 0, 89), { row: 2, bar: 60 });
  assert.deepEqual(target("ArrowDown", { row: 2, bar: 60 }, 3, 0, 89), { row: 2, bar: 60 });
});

test("a day that is not shown any more is not led to", () => {
  assert.deepEqual(target("ArrowUp", { row: 1, bar: 3 }, 3, 60, 89), { row: 0, bar: 60 });
});

test("other keys keep their meaning", () => {
  for (const key of ["Tab", "a", "PageDown", "Enter"]) {
    assert.equal(target(key, at, 3, 0, 89), undefined);
  }
});
