import "./testing/platform.ts";

import assert from "node:assert/strict";
import { test } from "node:test";
import { sendCounts } from "./counts.ts";
import { instance } from "./data_plane.ts";
import { reset, rust } from "./testing/breakwater_worker.ts";

test("a scrape waits until the counts of its isolate have arrived", async () => {
  reset();
  let arrive = (): void => {};
  rust.counts = () =>
    new Promise<void>((resolve) => {
      arrive = resolve;
    });
  let has = false;
  const sending = sendCounts({}).then(() => {
    has = true;
  });
  await Promise.resolve();
  assert.equal(has, false);
  arrive();
  await sending;
  assert.equal(has, true);
});

test("a trap of the data plane takes no scrape along", async () => {
  reset();
  const since = instance.generation;
  rust.counts = () => {
    throw new WebAssembly.RuntimeError("unreachable");
  };
  await sendCounts({});
  assert.equal(instance.generation, since + 1);
});
