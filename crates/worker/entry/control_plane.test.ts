import "./testing/platform.ts";

import assert from "node:assert/strict";
import { test } from "node:test";
import { answer, SiteDo, scheduled } from "./control_plane.ts";
import { leaveRustInTheMiddle, reset, rust } from "./testing/breakwater_control.ts";

const REQUEST = new Request("https://shop.example/_breakwater/upstreams");

const text = async () => (await answer(REQUEST, {})).text();

// It stands first: the tests after it find an instance.
test("the first event of an object makes the instance", async () => {
  reset();
  const object = new SiteDo({} as unknown as DurableObjectState, {});
  const request = new Request("https://object.invalid/", { method: "POST", body: "b" });
  assert((await (await object.fetch(request)).text()).endsWith(" b"));
});

test("a trap rejects, and the next event finds another instance", async () => {
  reset();
  assert.equal(await text(), "the control plane's");
  const { resets } = rust;
  rust.answer = () => {
    throw new WebAssembly.RuntimeError("unreachable");
  };
  await assert.rejects(text(), /unreachable/);
  assert.equal(rust.resets, resets + 1);
  reset();
  assert.equal(await text(), "the control plane's");
  assert.equal(rust.resets, resets + 1);
});

test("an error that breaks nothing rejects, and the instance stays", async () => {
  reset();
  const { resets } = rust;
  rust.answer = () => Promise.reject(new Error("the platform"));
  await assert.rejects(text(), /the platform/);
  assert.equal(rust.resets, resets);
});

test("the event that finds a broken instance gets an answer of another", async () => {
  reset();
  const { resets } = rust;
  leaveRustInTheMiddle();
  assert.equal(await text(), "the control plane's");
  leaveRustInTheMiddle();
  await scheduled({});
  assert.equal(rust.resets, resets + 2);
});

test("the round of each minute is Rust's", async () => {
  reset();
  let rounds = 0;
  rust.scheduled = async () => {
    rounds += 1;
  };
  await scheduled({});
  assert.equal(rounds, 1);
});

test("an object's Rust half is made again after a trap, and only then", async () => {
  reset();
  const state = {} as unknown as DurableObjectState;
  const object = new SiteDo(state, {});
  const ask = async (body: string) => {
    const request = new Request("https://object.invalid/", { method: "POST", body });
    return (await object.fetch(request)).text();
  };
  const first = await ask("read");
  assert(first.endsWith(" read"), first);
  assert.equal(await ask("read"), first);
  leaveRustInTheMiddle();
  assert((await ask("read")) !== first);
  // It has no alarm to handle, and none that comes harms it.
  await object.alarm();
});
