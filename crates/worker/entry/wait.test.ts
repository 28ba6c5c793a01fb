import assert from "node:assert/strict";
import { test } from "node:test";

import { within } from "./wait.ts";

test("what comes in time is what is waited for", async () => {
  assert.equal(await within(Promise.resolve("work"), 1000, "late"), "work");
});

test("what takes too long is not waited for", async () => {
  assert.equal(await within(new Promise<string>(() => {}), 1, "late"), "late");
});

test("what fails in time fails", async () => {
  await assert.rejects(within(Promise.reject(new Error("broken")), 1000, "late"), /broken/);
});
