import "./testing/platform.ts";

import assert from "node:assert/strict";
import { test } from "node:test";
import { answer, MonitorDo, SiteDo, scheduled } from "./control_plane.ts";
import { TOLD } from "./objects.ts";
import { Rendering } from "./status.ts";
import { leaveRustInTheMiddle, reset, rust } from "./testing/breakwater_control.ts";
import { FakeSocket } from "./testing/platform.ts";

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

// A request of the operators' API that an object take a WebSocket.
const handshake = () =>
  new Request("https://object.invalid/", { headers: { upgrade: "websocket", [TOLD]: "null" } });

test("an object takes one end of a WebSocket, and the other goes to the one who asks", async () => {
  reset();
  const taken: unknown[] = [];
  rust.take = async (socket, told) => {
    taken.push(socket, told);
    return true;
  };
  const object = new MonitorDo({} as unknown as DurableObjectState, {});
  const answer = await object.fetch(handshake());
  assert.equal(answer.status, 101);
  const theirs = answer.webSocket as unknown;
  assert(theirs instanceof FakeSocket && taken[0] instanceof FakeSocket && taken[0] !== theirs);
  assert.equal(taken[1], "null");
});

test("an object that has no room for a WebSocket says so", async () => {
  reset();
  rust.take = async () => false;
  const object = new MonitorDo({} as unknown as DurableObjectState, {});
  const answer = await object.fetch(handshake());
  assert.equal(answer.status, 429);
  assert.equal(answer.webSocket, null);
});

test("what a console says ends its connection, and wakes no Rust", () => {
  reset();
  const { objects } = rust;
  const object = new MonitorDo({} as unknown as DurableObjectState, {});
  const socket = new FakeSocket();
  object.webSocketMessage(socket as unknown as WebSocket);
  assert.equal(socket.closed[0], 1008);
  object.webSocketClose(socket as unknown as WebSocket);
  assert.equal(socket.closed.length, 2);
  object.webSocketError();
  assert.equal(rust.objects, objects);
});
