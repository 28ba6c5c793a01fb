import "./testing/platform.ts";

import assert from "node:assert/strict";
import { test } from "node:test";
import { readWhole } from "./body.ts";
import { instance } from "./data_plane.ts";
import worker, { SiteDo } from "./index.ts";
import { rust as control } from "./testing/breakwater_control.ts";
import { reset, rust } from "./testing/breakwater_worker.ts";
import { intercept } from "./testing/messages.ts";

const context = () => {
  const awaited: Promise<unknown>[] = [];
  const ctx = { waitUntil: (work: Promise<unknown>) => void awaited.push(work) };
  return { awaited, ctx: ctx as unknown as ExecutionContext };
};

const visit = () =>
  worker.fetch(new Request("https://shop.example/nothing/in/particular"), {}, context().ctx);

const trap = (): never => {
  throw new WebAssembly.RuntimeError("unreachable");
};

test("what Rust answers by itself is the answer", async () => {
  reset();
  rust.begin = () => new Response("at once");
  assert.equal(await (await visit()).text(), "at once");
  rust.begin = () => Promise.resolve(new Response("promised"));
  assert.equal(await (await visit()).text(), "promised");
});

test("a call's answer is the one that Rust makes of it", async () => {
  reset();
  rust.begin = () => Promise.resolve(new Response("upstream"));
  rust.ticket = 1;
  rust.end = (settled) => (settled instanceof Response ? new Response("labelled") : null);
  assert.equal(await (await visit()).text(), "labelled");
  rust.end = (settled) => Promise.resolve(new Response(String(settled instanceof Response)));
  assert.equal(await (await visit()).text(), "true");
});

test("a call that fails is for Rust to judge", async () => {
  reset();
  rust.begin = () => Promise.reject(new Error("reset"));
  rust.ticket = 1;
  rust.end = (settled) => new Response((settled as Error).message, { status: 503 });
  assert.equal(await (await visit()).text(), "reset");
});

test("a body that Rust reads is awaited, and Rust gets what comes of it", async () => {
  reset();
  const said = { headers: { "content-length": "5" } };
  rust.begin = () => Promise.resolve(new Response("whole", said));
  rust.ticket = 1;
  rust.end = (settled) => readWhole(settled as Response, 20, 1000);
  rust.read = (read) => new Response(read && "whole" in read ? read.whole : "late");
  assert.equal(await (await visit()).text(), "whole");
  rust.begin = () => Promise.resolve(new Response(new ReadableStream()));
  rust.end = (settled) => readWhole(settled as Response, 20, 1000, 1000, 5);
  assert.equal(await (await visit()).text(), "late");
});

test("Rust is told when a body has gone out, and a trap there costs the visitor nothing", async () => {
  for (const sent of [() => {}, trap]) {
    reset();
    const since = instance.generation;
    let told = 0;
    rust.begin = async (_request, _env, _ctx, call) => {
      // The entry goes on meanwhile.
      await Promise.resolve();
      call.onSent();
      return new Response("upstream");
    };
    rust.ticket = 1;
    rust.sent = () => {
      told++;
      sent();
    };
    rust.end = () => new Response("ended");
    assert.equal(await (await visit()).text(), sent === trap ? "upstream" : "ended");
    assert.equal(told, 1);
    assert.equal(instance.generation, since + Number(sent === trap));
  }
});

test("a call that outlasts the patience is overdue, and not ended", async () => {
  reset();
  rust.begin = () => new Promise(() => {});
  rust.ticket = 1;
  rust.patience = 5;
  rust.overdue = () => Promise.resolve(new Response("a copy"));
  rust.end = trap;
  assert.equal(await (await visit()).text(), "a copy");
});

test("an overdue call that Rust does not know is waited for", async () => {
  reset();
  rust.begin = () => new Promise((resolve) => setTimeout(resolve, 20, new Response("late")));
  rust.ticket = 1;
  rust.patience = 1;
  rust.end = () => new Response("ended");
  assert.equal(await (await visit()).text(), "ended");
});

test("a trap before the call fails open, and starts another instance", async () => {
  reset();
  const sent = intercept(() => new Response("from the upstream"));
  const since = instance.generation;
  rust.begin = trap;
  assert.equal(await (await visit()).text(), "from the upstream");
  assert.equal(sent.length, 1);
  assert.equal(instance.generation, since + 1);
});

test("a trap after the call passes the upstream's answer on, and asks nobody again", async () => {
  reset();
  const sent = intercept(() => new Response("again"));
  rust.begin = () => Promise.resolve(new Response("upstream"));
  rust.ticket = 1;
  rust.end = trap;
  assert.equal(await (await visit()).text(), "upstream");
  assert.deepEqual(sent, []);
});

test("an instance that was lost meanwhile is not asked about the call", async () => {
  reset();
  rust.begin = async () => {
    const { rust: other } = await import("./testing/breakwater_worker.ts");
    other.begin = trap;
    intercept(() => new Response("failed open"));
    await visit();
    return new Response("upstream");
  };
  rust.ticket = 1;
  rust.end = trap;
  assert.equal(await (await visit()).text(), "upstream");
});

test("what the platform refuses to send fails open", async () => {
  reset();
  intercept(() => new Response("from the upstream"));
  rust.begin = () => null;
  assert.equal(await (await visit()).text(), "from the upstream");
  rust.begin = () => Promise.resolve(new Response("upstream"));
  rust.ticket = 1;
  rust.end = () => null;
  assert.equal(await (await visit()).text(), "from the upstream");
});

test("a path of Breakwater's own is the control plane's, also while the data plane cannot", async () => {
  reset();
  rust.begin = () => undefined;
  assert.equal(await (await visit()).text(), "the control plane's");
  rust.begin = trap;
  const answer = worker.fetch(
    new Request("https://shop.example/_breakwater/events"),
    {},
    context().ctx,
  );
  assert.equal(await (await answer).text(), "the control plane's");
});

test("the outcome arrives also when the visitor leaves", async () => {
  reset();
  rust.begin = () => new Response("at once");
  const { awaited, ctx } = context();
  await worker.fetch(new Request("https://shop.example/"), {}, ctx);
  assert.equal(awaited.length, 1);
});

test("an object's Rust half is made anew after a trap, and only then", async () => {
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
  rust.begin = trap;
  intercept(() => new Response("failed open"));
  await visit();
  assert.equal(await ask("read"), first, "a trap of the data plane is none of the object's");
  control.answer = trap;
  rust.begin = () => undefined;
  assert.equal((await visit()).status, 503);
  assert((await ask("read")) !== first);
  // It has no alarm to handle, and none that comes harms it.
  await object.alarm();
});
