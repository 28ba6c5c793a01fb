import "./testing/platform.ts";

import assert from "node:assert/strict";
import { test } from "node:test";

import { putFile } from "./mirror.ts";
import { intercept } from "./testing/messages.ts";

const URL = "https://s3.example/bucket/index.html";

test("a file is put with its fields, and comes to the status", async () => {
  const sent = intercept(() => new Response("<Error/>", { status: 403 }));
  const lines = "content-type:text/html\nx-amz-date:20261130T000000Z";
  assert.equal(await putFile(URL, lines, "größer", 1000), 403);
  assert.deepEqual([sent[0]?.method, sent[0]?.url], ["PUT", URL]);
  assert.equal(sent[0]?.headers.get("x-amz-date"), "20261130T000000Z");
  assert.equal(await sent[0]?.text(), "größer");
});

test("storage that cannot be reached has no status, and a slow one is a timeout", async () => {
  intercept(() => {
    throw new TypeError("connection refused");
  });
  assert.equal(await putFile(URL, "a:b", "c", 1000), 0);
  intercept(async () => {
    await new Promise((resolve) => setTimeout(resolve, 30));
    throw new DOMException("aborted", "AbortError");
  });
  await assert.rejects(putFile(URL, "a:b", "c", 5), { name: "TimeoutError" });
});
