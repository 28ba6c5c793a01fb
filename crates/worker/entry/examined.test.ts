import "./testing/platform.ts";

import assert from "node:assert/strict";
import { test } from "node:test";

import { beginning } from "./examined.ts";
import { body, text } from "./testing/messages.ts";

const WAIT = 1000;

test("the beginning is read, and the answer stays as it is", async () => {
  const response = new Response(body(["hello ", "world"]) as BodyInit);
  const { bytes, isWhole } = await beginning(response, 8, WAIT);
  assert.equal(text(bytes), "hello wo");
  assert.equal(isWhole, false);
  assert.equal(await response.text(), "hello world");
});

test("a short body is there whole", async () => {
  const { bytes, isWhole } = await beginning(new Response("short"), 8, WAIT);
  assert.deepEqual([text(bytes), isWhole], ["short", true]);
});

test("without a body it is whole", async () => {
  const { bytes, isWhole } = await beginning(new Response(null), 8, WAIT);
  assert.deepEqual([bytes.byteLength, isWhole], [0, true]);
});

test("what does not come in time is not waited for", async () => {
  const response = new Response(body(["some"], "open") as BodyInit);
  const { bytes, isWhole } = await beginning(response, 8, 10);
  assert.deepEqual([text(bytes), isWhole], ["some", false]);
});

test("a body that breaks off ends there", async () => {
  const response = new Response(body(["some"], new Error("reset")) as BodyInit);
  const { isWhole } = await beginning(response, 8, WAIT);
  assert.equal(isWhole, false);
});

test("a body is judged as it reads decoded, and what only says that it is coded has none", async () => {
  const packed = body(["hello"]).pipeThrough(new CompressionStream("gzip"));
  const headers = { "content-encoding": "gzip" };
  const { bytes } = await beginning(new Response(packed, { headers }), 8, WAIT);
  assert.equal(text(bytes), "hello");
  const plain = await beginning(new Response("plain", { headers }), 8, WAIT);
  assert.deepEqual([plain.bytes.byteLength, plain.isWhole], [0, false]);
});
