import "./testing/platform.ts";

import assert from "node:assert/strict";
import { test } from "node:test";
import { answer, SiteDo, scheduled } from "./control_plane.ts";
import { Rendering } from "./status.ts";
import { leaveRustInTheMiddle, reset, rust } from "./testing/breakwater_control.ts";

const REQUEST = new Request("https://shop.example/_breakwater/upstreams");
const STATUS = new Request("https://shop.example/status");
const CTX = {} as unknown as ExecutionContext;

const text = async (request = REQUEST) => (await answer(request, {}, CTX)).text();

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

test("what answers at once is not waited for", async () => {
  reset();
  rust.answer = () => new Response("at once");
  assert.equal(await text(), "at once");
});

test("a trap leaves readers of the status with what they got last, while it would read the same", async () => {
  reset();
  const trap = () => {
    throw new WebAssembly.RuntimeError("unreachable");
  };
  const now = Date.now();
  rust.answer = () => new Rendering(200, 'etag:"a"', "all is well", now, now + 60_000).whole();
  assert.equal(await text(STATUS), "all is well");
  rust.answer = trap;
  const kept = await answer(STATUS, {}, CTX);
  assert.deepEqual([kept.status, kept.headers.get("etag")], [200, '"a"']);
  assert.equal(await kept.text(), "all is well");
  await assert.rejects(text(REQUEST), /unreachable/);
  rust.answer = () => new Rendering(200, 'etag:"a"', "all was well", now, now - 1).whole();
  assert.equal(await text(STATUS), "all was well");
  rust.answer = trap;
  await assert.rejects(text(STATUS), /unreachable/);
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
