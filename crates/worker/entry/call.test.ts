import "./testing/platform.ts";

import assert from "node:assert/strict";
import { test } from "node:test";

import type { Bytes } from "./body.ts";
import { Call, discard, Incoming } from "./call.ts";
import { all, body, request, soon, text } from "./testing/messages.ts";

const LONG = 1000;

const post = (of: Bytes, headers: Record<string, string> = {}) =>
  request({ method: "POST", body: of, headers });

const incoming = (of: Bytes, idle = LONG, longest = LONG) => new Incoming(post(of), idle, longest);

// The facts, but for the last, which is a time.
const facts = (call: Call, error?: unknown, of = request()) =>
  call.facts(error, of).split("\n").slice(0, -1);

test("a call has ended in time if it settles in time", async () => {
  const call = new Call();
  assert.equal(await call.settlement(Promise.resolve("answer"), LONG, 0), "answer");
  call.settle();
  assert.equal(call.signal.aborted, false);
});

test("a call that takes too long is ended, and says so", async () => {
  const call = new Call();
  call.expect(1);
  await soon();
  assert.equal(call.signal.aborted, true);
  assert.deepEqual(facts(call), ["1", "0", "0", "none", "0"]);
});

test("beyond the patience there is nothing, and the call goes on", async () => {
  const call = new Call();
  assert.equal(await call.settlement(new Promise(() => {}), 20, 1), undefined);
  assert.equal(call.signal.aborted, false);
  await soon(30);
  assert.equal(call.signal.aborted, true);
});

test("patience that is longer than the limit is none", async () => {
  const call = new Call();
  const settling = new Promise((resolve) => call.signal.addEventListener("abort", resolve));
  assert((await call.settlement(settling, 5, 5)) !== undefined);
});

test("a settled call does not time out", async () => {
  const call = new Call();
  call.expect(1);
  call.settle();
  await soon();
  assert.equal(call.signal.aborted, false);
});

test("who left and what was refused is told", () => {
  const visitor = new AbortController();
  visitor.abort();
  const left = request({ signal: visitor.signal });
  assert.deepEqual(facts(new Call(), undefined, left), ["0", "1", "0", "none", "0"]);
  const refused = facts(new Call(), new TypeError("not a URL"));
  assert.deepEqual(refused, ["0", "0", "1", "none", "0"]);
});

test("a body passes chunk by chunk, and all of it was sent", async () => {
  const call = new Call();
  let sent = 0;
  call.onSent = () => void sent++;
  const stream = call.pass(incoming(body(["hello ", "world"])));
  call.expect(LONG);
  assert.equal(sent, 0);
  assert.equal(await all(stream), "hello world");
  assert.equal(sent, 1);
  assert.deepEqual(facts(call), ["0", "0", "0", "sent", "11"]);
  assert(call.waited() >= 0);
  call.settle();
});

test("without a body it is never the upstream's turn", () => {
  assert.equal(new Call().waited(), -1);
});

test("a body that breaks off ends the call, and is the visitor's", async () => {
  const call = new Call();
  const stream = call.pass(incoming(body(["some"], new Error("reset"))));
  call.expect(LONG);
  const reader = stream.getReader();
  await reader.read();
  await soon();
  assert.equal(call.signal.aborted, true);
  assert.deepEqual(facts(call), ["0", "0", "0", "broken", "4"]);
});

test("a body that pauses for too long ends the call, and is the visitor's", async () => {
  const call = new Call();
  const stream = call.pass(incoming(body(["some"], "open"), 10));
  call.expect(LONG);
  await stream.getReader().read();
  await soon(30);
  assert.equal(call.signal.aborted, true);
  assert.deepEqual(facts(call), ["0", "0", "0", "stalled", "4"]);
});

test("a body that takes too long in all ends the call, however steadily it comes", async () => {
  const drip: Bytes = new ReadableStream({
    type: "bytes",
    async pull(controller: ReadableByteStreamController) {
      await soon(4);
      controller.enqueue(new Uint8Array(1));
    },
  });
  const call = new Call();
  const stream = call.pass(incoming(drip, LONG, 20));
  call.expect(LONG);
  stream.pipeTo(new WritableStream(), { signal: call.signal }).catch(() => {});
  await soon(60);
  assert.equal(call.signal.aborted, true);
  assert.equal(facts(call)[3], "stalled");
});

test("an upstream that takes nothing of a body has timed out", async () => {
  const call = new Call();
  call.pass(incoming(body(["some", "more", "and more", "and more"])));
  call.expect(10);
  await soon(30);
  assert.equal(call.signal.aborted, true);
  assert.deepEqual(facts(call).slice(0, 4), ["1", "0", "0", "passing"]);
});

test("an answer that may be early has to begin, and others go on as they are", async () => {
  const lost = (status = 413) => new Response(body([], new Error("reset")), { status });
  const call = new Call();
  call.pass(incoming(body(["some", "more"])));
  call.expect(LONG);
  await assert.rejects(call.answered(Promise.resolve(lost(200))), /reset/);
  call.settle();
  await assert.rejects(new Call().answered(Promise.resolve(lost()), 300_000), /reset/);
  for (const [answer, size] of [
    [lost(), 10],
    [lost(200), 300_000],
  ] as const)
    assert.equal(await new Call().answered(Promise.resolve(answer), size), answer);
});

test("an early answer whose body comes late is passed on before that", async () => {
  const late = new Response(body([], "open"), { status: 413 });
  const passed = await new Call().answered(Promise.resolve(late), 300_000);
  assert.equal(passed.status, 413);
});

test("a body's length is what the visitor says until more of it came", async () => {
  const call = new Call();
  const said = new Incoming(post(body(["some"], "open"), { "content-length": "40" }), LONG, LONG);
  await call.pass(said).getReader().read();
  assert.deepEqual(facts(call), ["0", "0", "0", "passing", "40"]);
  call.settle();
});

test("a short body is held whole", async () => {
  const held = incoming(body(["hello ", "world"]));
  assert.equal(await held.hold(20), "whole");
  assert.equal(held.whole && text(held.whole), "hello world");
});

test("a body that is too long to hold can still be sent, all of it", async () => {
  const held = incoming(body(["0123456789", "0123456789", "end"]));
  assert.equal(await held.hold(12), "more");
  assert.equal(held.whole, undefined);
  const call = new Call();
  const stream = call.pass(held);
  call.expect(LONG);
  assert.equal(await all(stream), "01234567890123456789end");
  call.settle();
});

test("a body that cannot be held says why", async () => {
  assert.equal(await incoming(body(["some"], new Error("reset"))).hold(20), "broken");
  assert.equal(await incoming(body(["some"], "open"), 5).hold(20), "stalled");
});

test("only a request with a body has one that comes in", () => {
  assert.throws(() => new Incoming(request(), LONG, LONG), /no body/);
});

test("a body that is not used is read to its end, unless another reads it", async () => {
  const unused = body(["some", "more"]);
  discard(post(unused));
  await soon();
  assert.equal((await unused.getReader().read()).done, true);
  const used = body(["some"]);
  const reader = used.getReader();
  discard(post(used));
  assert.equal((await reader.read()).done, false);
  discard(request());
});
