import "./testing/platform.ts";

import assert from "node:assert/strict";
import { test } from "node:test";
import { instance } from "./data_plane.ts";
import { lendPermit, returnPermit } from "./permits.ts";
import { reset, rust } from "./testing/breakwater_worker.ts";

const CONTEXT = {} as unknown as ExecutionContext;

const trap = () => {
  throw new WebAssembly.RuntimeError("unreachable");
};

test("a permit is the data plane's, and so is what became of it", () => {
  reset();
  rust.lend = (circuit, lease) => circuit * 1000 + lease;
  const returned: unknown[] = [];
  rust.returned = (permit, ended) => void returned.push([permit, ended]);
  assert.equal(lendPermit(2, 30), 2030);
  returnPermit(2030, "timed_out", 7, {}, CONTEXT);
  assert.deepEqual(returned, [[2030, "timed_out"]]);
});

test("a trap of the data plane is a permit refused, and the control plane goes on", () => {
  reset();
  const since = instance.generation;
  rust.lend = trap;
  assert.equal(lendPermit(0, 30), 0);
  assert.equal(instance.generation, since + 1);
  rust.returned = trap;
  returnPermit(1, "timed_out", 7, {}, CONTEXT);
  assert.equal(instance.generation, since + 2);
});
