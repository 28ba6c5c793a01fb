import "./testing/platform.ts";

import assert from "node:assert/strict";
import { test } from "node:test";

import { Call } from "./call.ts";
import { send } from "./exchange.ts";
import { failOpen, passed, routeOf } from "./fail_open.ts";
import { entries, rules } from "./rules.ts";
import { body, intercept, request } from "./testing/messages.ts";
import { logged } from "./testing/platform.ts";

const ORIGIN = "https://shop.example";
const fine = () => new Response("fine", { status: 201 });
const own = async () => new Response("own", { status: 299 });

// A route's path and its upstream, which no pattern before it takes.
const [PATH, UPSTREAM] = (() => {
  const last = entries.at(-1)?.upstream;
  if (!last) throw new Error("the last entry is no route");
  return ["/nothing/in/particular", last] as const;
})();

const problem = async (response: Response) => {
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  assert.equal(response.headers.get("cache-control"), "no-store");
  return ((await response.json()) as { status: number }).status;
};

test("a request goes to its upstream, with its query", async () => {
  const sent = intercept(fine);
  const answer = await failOpen(request({ url: `${ORIGIN}${PATH}?a=%2f` }), {}, own);
  assert.deepEqual([answer.status, await answer.text()], [201, "fine"]);
  assert.equal(sent[0]?.url, `${UPSTREAM.origin}${PATH}?a=%2f`);
});

test("in development another upstream may stand in for all, or for one", async () => {
  const sent = intercept(fine);
  const of = `BREAKWATER_UPSTREAM_${UPSTREAM.name.toUpperCase()}`;
  const url = `${ORIGIN}${PATH}`;
  await failOpen(request({ url }), { BREAKWATER_UPSTREAM: "http://a.example" }, own);
  await failOpen(
    request({ url }),
    {
      BREAKWATER_UPSTREAM: "http://a.example",
      [of]: "http://b.example",
    },
    own,
  );
  await failOpen(request({ url }), { BREAKWATER_UPSTREAM: "" }, own);
  assert.deepEqual(
    sent.map(({ url }) => new URL(url).origin),
    ["http://a.example", "http://b.example", UPSTREAM.origin],
  );
});

test("an upstream is asked by the name that the site file gives it", async () => {
  const sent = intercept(fine);
  const target = UPSTREAM as { host?: string };
  try {
    target.host = "blog.example";
    await failOpen(request({ url: `${ORIGIN}${PATH}?a` }), {}, own);
  } finally {
    delete target.host;
  }
  assert.equal(sent[0]?.url, `https://blog.example${PATH}?a`);
  assert.equal(sent[0]?.headers.get("x-forwarded-host"), "shop.example");
});

test("requests are refused as they are otherwise", async () => {
  const sent = intercept(fine);
  const url = `${ORIGIN}${PATH}`;
  for (const [refused, status] of [
    [request({ url: `${url}%00` }), rules.refused.path[0]],
    [request({ url: `${url}?${"x".repeat(rules.urlMax)}` }), rules.refused.url[0]],
    [request({ url, headers: { "x-a": "x".repeat(rules.fieldsMax) } }), rules.refused.fields[0]],
    [
      request({ url, headers: { via: `1.0 fred, 1.1 ${rules.pseudonym}` } }),
      rules.refused.again[0],
    ],
  ] as const) {
    assert.equal(await problem(await failOpen(refused, {}, own)), status);
  }
  assert.deepEqual(sent, []);
});

test("another proxy in `Via` is no loop", async () => {
  intercept(fine);
  const headers = { via: `1.1 not-${rules.pseudonym}, 1.0 ${rules.pseudonym}.example` };
  assert.equal(
    (await failOpen(request({ url: `${ORIGIN}${PATH}`, headers }), {}, own)).status,
    201,
  );
});

test("Breakwater's own paths are the control plane's, in any spelling", async () => {
  const sent = intercept(fine);
  for (const path of ["/_breakwater/events", "//_breakwater/purge", "/%5fbreakwater"]) {
    const answer = await failOpen(request({ url: ORIGIN + path }), {}, own);
    assert.equal(answer.status, 299, path);
  }
  assert.deepEqual(sent, []);
});

test("what is the status page's is asked of Breakwater at either host", async () => {
  const sent = intercept(fine);
  const urls = [`${ORIGIN}/status`, `${ORIGIN}/x/../status/feed.atom`];
  urls.push(`https://${rules.statusHost}/`, `https://${rules.statusHost}${PATH}`);
  for (const url of urls)
    assert.equal((await failOpen(request({ url }), {}, own)).status, 299, url);
  assert.deepEqual(sent, []);
});

test("a path is sent as it was matched", async () => {
  const sent = intercept(fine);
  await failOpen(request({ url: `${ORIGIN}//_breakwater/../${PATH}` }), {}, own);
  assert(!sent.some(({ url }) => url.includes("_breakwater")), sent[0]?.url);
});

test("what may have arrived is sent again only if it is safe and has no body", async () => {
  for (const [method, again] of [
    ["GET", true],
    ["HEAD", true],
    ["OPTIONS", true],
    ["DELETE", false],
    ["POST", false],
  ] as const) {
    const sent = intercept(fine);
    const visitor = new Request(`${ORIGIN}${PATH}`, { method });
    await send(visitor, `${ORIGIN}/\n\n\n\n\n`, new Call());
    const answer = await failOpen(visitor, {}, own);
    assert.equal(answer.status, again ? 201 : 503, method);
    assert.equal(sent.length, again ? 2 : 1, method);
  }
});

test("a body that was read in part cannot be sent", async () => {
  const sent = intercept(fine);
  const stream = body(["body"]);
  const visitor = request({ url: `${ORIGIN}${PATH}`, method: "POST", body: stream });
  stream.getReader();
  assert.equal((await failOpen(visitor, {}, own)).status, 503);
  assert.deepEqual(sent, []);
  const fresh = request({ url: `${ORIGIN}${PATH}`, method: "POST", body: body(["body"]) });
  assert.equal((await failOpen(fresh, {}, own)).status, 201);
  assert.equal(await sent.at(0)?.text(), "body");
});

test("an upstream that cannot be reached is unavailable, and that is logged", async () => {
  intercept(() => {
    throw new Error("connection refused");
  });
  const answer = await failOpen(request({ url: `${ORIGIN}${PATH}` }), {}, own);
  assert.equal(answer.headers.get("retry-after"), "1");
  assert.equal(await problem(answer), 503);
  const line = logged.find((line) => line.includes("connection refused"));
  const read = JSON.parse(line ?? "{}");
  assert.equal(read.event_name, "breakwater.fail_open.failed");
  assert.equal(read.attributes["breakwater.upstream"], UPSTREAM.name);
  assert.equal(read.attributes["http.route"], UPSTREAM.route);
});

test("a problem names the visitor's trace", async () => {
  const headers = { traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" };
  const refused = request({ url: `${ORIGIN}${PATH}%00`, headers });
  const problem = (await (await failOpen(refused, {}, own)).json()) as { trace_id: string };
  assert.equal(problem.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
});

test("a URL has the route of its path, and a path of Breakwater's own has none", () => {
  assert.equal(routeOf(`${ORIGIN}${PATH}?a=b`), UPSTREAM.route);
  assert.equal(UPSTREAM.route, "/*");
  for (const url of [`${ORIGIN}/_breakwater/events`, `${ORIGIN}${PATH}%00`]) {
    assert.equal(routeOf(url), undefined, url);
  }
});

test("an answer that Rust has not shaped loses what no visitor gets", () => {
  const headers = Object.fromEntries(rules.droppedFromAnswers.map((name) => [name, "theirs"]));
  const answer = passed(new Response("page", { headers: { ...headers, etag: '"a"' } }));
  for (const name of rules.droppedFromAnswers) assert.equal(answer.headers.get(name), null, name);
  assert.equal(answer.headers.get("etag"), '"a"');
  const socket = { status: 101 } as Response;
  assert.equal(passed(socket), socket);
});
