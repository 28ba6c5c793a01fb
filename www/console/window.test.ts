import assert from "node:assert/strict";
import { test } from "node:test";
import { rowAfter, rowsIn, WHOLE_MAX } from "./window.ts";

test("a short list is in the page as a whole", () => {
  assert.deepEqual(rowsIn(WHOLE_MAX, 48, 3_000, 800), { first: 0, end: WHOLE_MAX });
  assert.deepEqual(rowsIn(0, 48, 0, 800), { first: 0, end: 0 });
});

test("of a long list all rows that are seen are in the page, and a bounded number of others", () => {
  for (let top = 0; top <= 1_000 * 48; top += 7) {
    const { first, end } = rowsIn(1_000, 48, top, 800);
    const seenFirst = Math.min(999, Math.floor(top / 48));
    const seenEnd = Math.min(1_000, Math.ceil((top + 800) / 48));
    assert(first <= seenFirst && end >= seenEnd, `${top}: ${first} to ${end}`);
    assert(end - first <= 17 + 2 * 12 + 2 * 4 + 1, `${top}: ${end - first} rows`);
  }
});

test("most steps of a scroll change nothing", () => {
  let changes = 0;
  let before = "";
  for (let top = 0; top < 4_800; top += 40) {
    const { first, end } = rowsIn(1_000, 48, top, 800);
    if (`${first} ${end}` !== before) changes += 1;
    before = `${first} ${end}`;
  }
  assert(changes <= 50, `${changes} of 120`);
});

test("what is scrolled past keeps a row", () => {
  const { first, end } = rowsIn(100, 48, 1_000_000, 800);
  assert(first < end && end === 100);
});

test("keys lead from row to row and stop at the ends", () => {
  assert.equal(rowAfter("ArrowDown", 3, 10, 5), 4);
  assert.equal(rowAfter("ArrowDown", 9, 10, 5), 9);
  assert.equal(rowAfter("ArrowUp", 0, 10, 5), 0);
  assert.equal(rowAfter("PageDown", 7, 10, 5), 9);
  assert.equal(rowAfter("PageUp", 7, 10, 5), 2);
  assert.equal(rowAfter("Home", 7, 10, 5), 0);
  assert.equal(rowAfter("End", 7, 10, 5), 9);
  assert.equal(rowAfter("a", 7, 10, 5), undefined);
  assert.equal(rowAfter("ArrowDown", 0, 0, 5), undefined);
});
