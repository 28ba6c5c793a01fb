import "./testing/platform.ts";

import assert from "node:assert/strict";
import { test } from "node:test";

import { getPage, readObject, readText, remove, write } from "./snapshots.ts";
import { body, intercept, text } from "./testing/messages.ts";

const LIMIT = 20;
const TIMEOUT = 1000;

const get = (timeout = TIMEOUT) =>
  getPage("https://web.example/", "", "a:b\nc:d: e", LIMIT, timeout);

test("a page is fetched with its fields and its digest", async () => {
  const sent = intercept(() => new Response("page", { headers: { etag: '"a"' } }));
  const page = await get();
  assert.equal(page.status, 200);
  assert(page.fields?.includes('etag:"a"'));
  assert.equal(page.body && text(page.body), "page");
  assert.equal(page.digest?.byteLength, 32);
  assert.equal(page.failed, undefined);
  assert.deepEqual([sent[0]?.headers.get("a"), sent[0]?.headers.get("c")], ["b", "d: e"]);
});

test("a page is asked for by the name that its upstream is asked by", async () => {
  const sent = intercept(() => new Response("page"));
  await getPage("https://web.example/a", "blog.example", "", LIMIT, TIMEOUT);
  assert.equal(sent[0]?.url, "https://blog.example/a");
});

test("of anything but a 200 there is no body", async () => {
  intercept(() => new Response("gone", { status: 404 }));
  const page = await get();
  assert.deepEqual([page.status, page.body, page.failed], [404, undefined, undefined]);
});

test("what goes wrong has a word", async () => {
  const stream = (end: "open" | Error) => new Response(body(["some"], end) as BodyInit);
  const cases: [() => Response, string, number?][] = [
    [
      () => {
        throw new Error("refused");
      },
      "unreachable",
    ],
    [() => new Response("x".repeat(LIMIT + 1)), "large"],
    [() => stream(new Error("reset")), "broken"],
    [() => stream(new TypeError("not gzip")), "coded"],
    [() => stream("open"), "late", 10],
  ];
  for (const [answer, failed, timeout] of cases) {
    intercept(answer);
    assert.equal((await get(timeout)).failed, failed);
  }
});

// A bucket of these objects, which keeps what is written and deleted.
function bucketOf(objects: Record<string, { body: string; head?: string }>) {
  const done: unknown[] = [];
  const bucket = {
    async get(name: string) {
      const found = objects[name];
      if (found === undefined) return null;
      return {
        body: found.body,
        size: found.body.length,
        customMetadata: found.head === undefined ? undefined : { head: found.head },
        text: async () => found.body,
      };
    },
    put: async (...what: unknown[]) => void done.push(what),
    delete: async (names: string[]) => void done.push(names.length),
  };
  return { bucket: bucket as unknown as R2Bucket, done };
}

test("an object is read with its head, and one that is not there is none", async () => {
  const { bucket } = bucketOf({ a: { body: "page", head: "about it" }, b: { body: "text" } });
  const found = await readObject(bucket, "a");
  assert.equal(found?.head, "about it");
  assert.equal(found.response.headers.get("content-length"), "4");
  assert.equal(await found.response.text(), "page");
  assert.equal((await readObject(bucket, "b"))?.head, "");
  assert.equal(await readObject(bucket, "c"), null);
  assert.equal(await readText(bucket, "b"), "text");
  assert.equal(await readText(bucket, "c"), null);
});

test("an object is written with its head, and deleted with a thousand others at most", async () => {
  const { bucket, done } = bucketOf({});
  await write(bucket, "a", "about it", "page");
  await write(bucket, "b", "", "text");
  await remove(bucket, Array.from({ length: 2500 }, (_, at) => `o${at}`).join("\n"));
  assert.deepEqual(done, [
    ["a", "page", { customMetadata: { head: "about it" } }],
    ["b", "text", {}],
    1000,
    1000,
    500,
  ]);
});
