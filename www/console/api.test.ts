import assert from "node:assert/strict";
import { test } from "node:test";
import { Api, Problem } from "./api.ts";

interface Sent {
  readonly url: string;
  readonly init: RequestInit;
}

const of = (status: number, body: string) => {
  const sent: Sent[] = [];
  let signedOut = 0;
  const api = new Api(
    async (url, init) => {
      sent.push({ url, init });
      return new Response(body, { status });
    },
    () => {
      signedOut += 1;
    },
  );
  return { api, sent, signedOut: () => signedOut };
};

const problem = async (work: Promise<unknown>): Promise<Problem> => {
  try {
    await work;
  } catch (error) {
    assert(error instanceof Problem);
    return error;
  }
  throw new Error("it did not fail");
};

test("a write says that a page of this site means it, and a read does not", async () => {
  const { api, sent } = of(200, "{}");
  await api.get("/checks");
  await api.send("POST", "/bypass", { reason: "a", lasts: "1m", more: undefined });
  await api.send("DELETE", "/bypass");
  const [read, write, lift] = sent;
  assert.equal(new Headers(read?.init.headers).get("breakwater-request"), null);
  assert.equal(new Headers(write?.init.headers).get("breakwater-request"), "1");
  assert.equal(write?.init.body, '{"reason":"a","lasts":"1m"}');
  assert.equal(write?.url, "/_breakwater/bypass");
  assert.equal(lift?.init.body, undefined);
  assert(sent.every(({ init }) => init.credentials === "same-origin"));
});

test("an error is told in the words of the API", async () => {
  const text = '{"title":"Bad Request","status":400,"detail":"`lasts` is missing"}';
  const told = await problem(of(400, text).api.get("/checks"));
  assert.deepEqual(
    [told.status, told.title, told.message],
    [400, "Bad Request", "`lasts` is missing"],
  );
});

test("an error that is no problem is told by its status", async () => {
  assert.equal((await problem(of(503, "<html>").api.get("/checks"))).title, "Status 503");
  assert.equal((await problem(of(500, '{"title":7}').api.get("/checks"))).title, "Status 500");
});

test("a session that is over leads to signing in", async () => {
  const { api, signedOut } = of(401, "{}");
  await problem(api.get("/checks"));
  assert.equal(signedOut(), 1);
});

test("no answer is a problem too", async () => {
  const api = new Api(
    () => Promise.reject(new TypeError("fetch failed")),
    () => {},
  );
  assert.equal((await problem(api.get("/checks"))).status, 0);
});
