import "./testing/platform.ts";

import assert from "node:assert/strict";
import { test } from "node:test";

import { fetchAs, fetchOn, way } from "./connect.ts";
import { rules } from "./rules.ts";
import { intercept } from "./testing/messages.ts";
import { env } from "./testing/workers.ts";

const SITE = rules.pseudonym.slice("breakwater-".length);

// Binds a service, which keeps what it gets.
function bind(name: string): string[] {
  const got: string[] = [];
  const service = {
    fetch: async (to: Request | string) => {
      got.push(typeof to === "string" ? to : to.url);
      return new Response("from the service");
    },
  };
  Object.assign(env, { [name]: service });
  return got;
}

test("a request that asks for no other host goes to its URL", () => {
  assert.deepEqual(way("https://web.example/a?b", ""), { url: "https://web.example/a?b" });
  const own = "https://web.example:8443/a";
  assert.deepEqual(way(own, "web.example"), { url: own });
});

test("the platform connects to the upstream and asks for the other name", () => {
  for (const [url, to, at] of [
    ["https://web.example/a?b=/", "https://shop.test/a?b=/", "web.example"],
    ["https://web.example:8443", "https://shop.test:8443", "web.example"],
    ["https://web.example?a", "https://shop.test?a", "web.example"],
    ["https://[2001:db8::1]:8443/a", "https://shop.test:8443/a", "[2001:db8::1]"],
    ["https://[2001:db8::1]/a", "https://shop.test/a", "[2001:db8::1]"],
  ] as const) {
    assert.deepEqual(way(url, "shop.test"), { url: to, cf: { resolveOverride: at } });
  }
});

test("a service that is bound for the upstream takes the request", async () => {
  const sent = intercept(() => new Response("fetched"));
  const got = bind("connect:127.0.0.1:3000");
  const answer = await fetchAs("http://127.0.0.1:3000/a?b", "blog.test", {});
  assert.equal(await answer.text(), "from the service");
  assert.deepEqual(got, ["http://blog.test/a?b"]);
  assert.deepEqual(sent, []);
});

test("in development the site is where it is visited", async () => {
  const got = bind("connect:127.0.0.1:3000");
  const to = (name: string) => way("http://127.0.0.1:3000/a", name, "localhost:8787");
  await fetchOn(to(SITE), {});
  await fetchOn(to("blog.test"), {});
  assert.deepEqual(got, ["http://localhost:8787/a", "http://blog.test/a"]);
});
