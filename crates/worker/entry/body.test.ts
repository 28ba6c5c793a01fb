import "./testing/platform.ts";

import assert from "node:assert/strict";
import { test } from "node:test";

import { begun, decoded, hand, type Read, readWhole, slice, watch } from "./body.ts";
import { all, body, bytes, soon, text } from "./testing/messages.ts";

const LIMIT = 20;
const IDLE = 1000;

const message = (of: ReturnType<typeof body> | null, length?: number) => ({
  headers: new Headers(length === undefined ? {} : { "content-length": String(length) }),
  body: of,
});

const whole = (read: Read) => ("whole" in read ? text(read.whole) : undefined);
const rest = async (read: Read) => ("stream" in read ? await all(read.stream) : undefined);

test("a body is read whole, whether its length is known or not", async () => {
  for (const length of [undefined, 11, 3]) {
    const { result } = readWhole(message(body(["hello ", "world"]), length), LIMIT, IDLE);
    assert.equal(whole(await result), "hello world", String(length));
  }
});

test("of a raw body of known length the end is not asked for", async () => {
  for (const chunks of [["hello world"], ["hello ", "world"]]) {
    const of = message(body(chunks, "open"), 11);
    const { result } = readWhole(of, LIMIT, IDLE, IDLE, IDLE, true);
    assert.equal(whole(await result), "hello world");
  }
});

test("a body that outlasts the patience is not timely, and is read on", async () => {
  let send: (chunk: string) => void = () => {};
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      send = (chunk) => controller.enqueue(bytes(chunk));
    },
  });
  const reading = readWhole(message(stream, 5), LIMIT, IDLE, IDLE, 5, true);
  assert.equal(await reading.timely, undefined);
  send("hello");
  assert.equal(whole(await reading.result), "hello");
});

test("what comes in time is timely, and what breaks off is not", async () => {
  const timely = (of: ReturnType<typeof body>) =>
    readWhole(message(of), LIMIT, IDLE, IDLE, IDLE).timely;
  const read = await timely(body(["hello"]));
  assert.equal(read && whole(read), "hello");
  assert.equal(await timely(body(["some"], new Error("reset"))), undefined);
});

test("a body that takes too long in all is a timeout, though it never pauses", async () => {
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await soon();
      controller.enqueue(new Uint8Array(0));
    },
  });
  const { result } = readWhole(message(stream), LIMIT, IDLE, 20);
  await assert.rejects(result, { name: "TimeoutError" });
});

test("without a body there are no bytes", async () => {
  assert.equal(whole(await readWhole(message(null), LIMIT, IDLE).result), "");
});

test("a body that says it is too long is not read", async () => {
  const stream = body(["hello"]);
  const read = await readWhole(message(stream, LIMIT + 1), LIMIT, IDLE).result;
  assert("stream" in read && read.stream === stream && !stream.locked);
});

test("a body that turns out to be too long is a stream of all of it", async () => {
  const chunks = ["0123456789", "0123456789", "0123456789", "end"];
  const read = await readWhole(message(body(chunks)), LIMIT, IDLE).result;
  assert.equal(await rest(read), chunks.join(""));
});

test("a body of just the limit is read whole, and one byte more is not", async () => {
  const just = await readWhole(message(body(["x".repeat(LIMIT)])), LIMIT, IDLE).result;
  assert.equal(whole(just)?.length, LIMIT);
  const more = await readWhole(message(body(["x".repeat(LIMIT + 1)])), LIMIT, IDLE).result;
  assert.equal((await rest(more))?.length, LIMIT + 1);
});

test("what is released is a stream of what there is and of the rest as it comes", async () => {
  let send: (chunk: string) => void = () => {};
  let close: () => void = () => {};
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      send = (chunk) => controller.enqueue(bytes(chunk));
      close = () => controller.close();
    },
  });
  const reading = readWhole(message(stream), LIMIT, IDLE);
  send("begun, ");
  await soon();
  reading.release();
  const read = await reading.result;
  assert("stream" in read && read.isReleased);
  send("and ended");
  close();
  assert.equal(await all(read.stream), "begun, and ended");
});

test("a body that pauses for too long is a timeout, and is let go", async () => {
  const stream = body(["some"], "open");
  await assert.rejects(readWhole(message(stream), LIMIT, 5).result, { name: "TimeoutError" });
});

test("a body that breaks off rejects", async () => {
  const stream = body(["some"], new Error("reset"));
  await assert.rejects(readWhole(message(stream), LIMIT, IDLE).result, /reset/);
});

test("what passes is told when all of it was taken", async () => {
  for (const length of ["11", ""]) {
    const response = new Response(null, length ? { headers: { "content-length": length } } : {});
    const { stream, done } = watch(response, body(["hello ", "world"]));
    assert.equal(await all(stream), "hello world");
    assert.equal(await done, true);
  }
});

test("what breaks off on its way is told, and does not look whole", async () => {
  const { stream, done } = watch(new Response(null), body(["some"], new Error("reset")));
  await assert.rejects(all(stream));
  await assert.rejects(done, /reset/);
});

test("a visitor who takes no more of it is no failure", async () => {
  const { stream, done } = watch(new Response(null), body(["a", "b", "c"], "open"));
  const reader = stream.getReader();
  await reader.read();
  await reader.cancel("gone");
  assert.equal(await done, false);
});

test("an answer whose body has begun is all of it, and none if it breaks off first", async () => {
  const answer = new Response(body(["hello ", "world"]), { status: 413 });
  const passed = await begun(answer, IDLE);
  assert.equal(passed.status, 413);
  assert(passed.body && (await all(passed.body)) === "hello world");
  const empty = new Response(null, { status: 413 });
  assert.equal(await begun(empty, IDLE), empty);
  await assert.rejects(begun(new Response(body([], new Error("reset"))), IDLE), /reset/);
});

test("a body that was read whole is handed on, with its length", async () => {
  const { stream, done } = hand(bytes("hello"));
  assert.equal(await all(stream), "hello");
  assert.equal(await done, true);
});

test("a part is cut out of chunks of any size", async () => {
  for (const chunks of [["0123456789"], ["01", "2345", "6789"], [..."0123456789"]]) {
    const response = new Response(body(chunks) as BodyInit);
    assert.equal(await all(slice(response, 3, 7)), "3456");
  }
});

test("a copy in gzip is decoded", async () => {
  const packed = body(["hello"]).pipeThrough(new CompressionStream("gzip"));
  assert.equal(await all(await decoded(new Response(packed), "gzip")), "hello");
});

test("a copy in another coding goes through the cache, which keeps nothing of it", async () => {
  // This cache decodes nothing; the platform's does.
  assert.equal(await all(await decoded(new Response("packed"), "br")), "packed");
});
