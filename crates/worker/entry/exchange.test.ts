import "./testing/platform.ts";

import assert from "node:assert/strict";
import { test } from "node:test";

import { Call, Incoming } from "./call.ts";
import {
  answer,
  fields,
  forward,
  isBodyless,
  notSent,
  otherTargets,
  passOn,
  read,
  readLines,
  send,
  sendChanged,
  wasSent,
  withBanner,
} from "./exchange.ts";
import { rules } from "./rules.ts";
import { reset, rust } from "./testing/breakwater_worker.ts";
import { all, body, bytes, intercept, request, text } from "./testing/messages.ts";
import { logged } from "./testing/platform.ts";

const VIA = "1.1 breakwater-shop.example";
const OUTGOING = [
  "https://web.example/a?b",
  "shop.example",
  "https",
  "an-id",
  "00-4bf9-00f0-01",
  VIA,
].join("\n");
const LABEL = ["Breakwater; hit", "upstream=web", "an-id", "breakwater;dur=3"].join("\n");

const fine = () => new Response("fine");

// What a visitor sends who would be believed elsewhere.
const spoofed = Object.fromEntries(rules.dropped.map((name) => [name, "spoofed"]));

test("the facts of a request are read in one go", () => {
  const facts = read(
    request({
      method: "POST",
      url: "https://shop.example/a?b",
      headers: {
        authorization: "Bearer kim",
        upgrade: "websocket",
        traceparent: "00-1-2-01",
        tracestate: "a=1",
        via: "1.0 fred",
        origin: "https://app.example",
        connection: "close, x-secret",
        "content-length": "4",
      },
      body: body(["body"]),
    }),
  );
  const { fieldsSize, ...others } = facts;
  assert(fieldsSize > 100, String(fieldsSize));
  assert.deepEqual(others, {
    method: "POST",
    url: "https://shop.example/a?b",
    traceparent: "00-1-2-01",
    via: "1.0 fred",
    hasAuthorization: true,
    isUpgrade: true,
    hasUnkeyed: true,
    hasBody: true,
    origin: "https://app.example",
    tracestate: "a=1",
    platformTrace: "",
  });
});

test("a plain request has none of that", () => {
  const plain = request({ headers: { connection: "keep-alive", "content-length": "0" } });
  assert.equal(
    readLines(plain),
    "GET\nhttps://shop.example/a\n\n\n35\n0\n0\n0\n0\n\n\n",
    "in the order that core reads",
  );
});

test("each plain `Connection` strips nothing, and any other does", () => {
  const hasUnkeyed = (connection: string) => read(request({ headers: { connection } })).hasUnkeyed;
  for (const plain of [...rules.plainConnection, "", " close ", "Keep-Alive"]) {
    assert.equal(hasUnkeyed(plain), false, plain);
  }
  for (const other of ["close, cookie", "x-secret", "closed"]) {
    assert.equal(hasUnkeyed(other), true, other);
  }
});

test("a URL is read as the platform would send it, but for control characters", () => {
  const urlOf = (url: string) => read(request({ url })).url;
  const origin = "https://shop.example";
  assert.equal(urlOf(`${origin}/a\\b/../c`), `${origin}/a/c`);
  assert.equal(urlOf(`${origin}/a"b?c`), `${origin}/a%22b?c`);
  assert.equal(urlOf(`${origin}/a%2e%2e/b`), `${origin}/a%2e%2e/b`);
  assert.equal(urlOf(`${origin}/a/%2e%2e/b`), `${origin}/b`);
  assert.equal(urlOf(`${origin}/a\u0001^`), `${origin}/a\u0001^`);
});

test("all fields cross the border as lines", () => {
  const headers = { "x-b": "2: 3", "x-a": "1" };
  assert.equal(fields({ headers: new Headers(headers) }), "x-a:1\nx-b:2: 3");
  assert.equal(fields({ headers: new Headers() }), "");
});

test("what is sent on has what a proxy sets, and nothing that a visitor may not say", async () => {
  const sent = intercept(fine);
  const headers = {
    ...spoofed,
    "x-forwarded-for": "6.6.6.6",
    "x-forwarded-host": "evil.example",
    "x-forwarded-proto": "gopher",
    "cf-connecting-ip": "203.0.113.7",
    "x-request-id": "mine",
    via: "1.0 fred",
    accept: "text/plain",
  };
  const visitor = request({ headers });
  assert.equal(wasSent(visitor), false);
  // Node's own request, since the platform's is made from it.
  const made = new Request(visitor.url, { headers });
  await send(made, OUTGOING, new Call());
  const [out] = sent;
  assert(out !== undefined && wasSent(made));
  assert.equal(out.url, "https://web.example/a?b");
  for (const name of rules.dropped) assert.equal(out.headers.get(name), null, name);
  assert.deepEqual(
    ["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-request-id"].map((name) =>
      out.headers.get(name),
    ),
    ["203.0.113.7", "shop.example", "https", "an-id"],
  );
  assert.equal(out.headers.get("traceparent"), "00-4bf9-00f0-01");
  assert.equal(out.headers.get("via"), `1.0 fred, ${VIA}`);
  assert.equal(out.headers.get("accept"), "text/plain");
});

test("a `tracestate` goes on unless its trace does not", async () => {
  const headers = { tracestate: "vendor=1" };
  for (const [lines, state] of [
    [OUTGOING, "vendor=1"],
    [`${OUTGOING}\n`, "vendor=1"],
    [`${OUTGOING}\n1`, null],
  ] as const) {
    const sent = intercept(fine);
    await send(new Request("https://shop.example/a", { headers }), lines, new Call());
    assert.equal(sent[0]?.headers.get("tracestate"), state, lines);
  }
});

test("failing open, the same is kept from the upstream as otherwise", async () => {
  const sent = intercept(fine);
  const headers = { ...spoofed, "x-forwarded-for": "6.6.6.6", accept: "text/plain" };
  await send(new Request("https://shop.example/a", { headers }), OUTGOING, new Call());
  const signal = new AbortController().signal;
  const to = "https://web.example/a?b";
  await forward(request({ headers }), to, "shop.example", "https", signal);
  const [otherwise, open] = sent.map(({ headers }) => {
    // What names the call.
    for (const name of ["x-request-id", "traceparent", "via"]) headers.delete(name);
    return fields({ headers });
  });
  assert.equal(open, otherwise);
  assert(open !== undefined && !open.includes("spoofed") && !open.includes("6.6.6.6"), open);
});

test("what `Connection` lists is stripped, but for what an answer depends on", async () => {
  const sent = intercept(fine);
  const headers = {
    connection: "x-secret, Authorization, cookie, not a token",
    "x-secret": "one connection",
    authorization: "Bearer kim",
    cookie: "a=b",
  };
  await send(new Request("https://shop.example/a", { headers }), OUTGOING, new Call());
  const [out] = sent;
  assert.equal(out?.headers.get("x-secret"), null);
  for (const name of ["authorization", "cookie"]) assert(out?.headers.has(name), name);
});

test("a changed request has another method, and fields that are dropped and set", async () => {
  const sent = intercept(fine);
  const headers = { "if-none-match": '"a"', cookie: "a=b", "content-length": "4" };
  const visitor = request({ method: "POST", headers, body: body(["body"]) });
  const set = 'if-none-match:"b"\naccept:text/html';
  await sendChanged(visitor, OUTGOING, new Call(), "GET", " if-none-match cookie", set, undefined);
  const [out] = sent;
  assert.equal(out?.method, "GET");
  assert.equal(out.headers.get("if-none-match"), '"b"');
  assert.equal(out.headers.get("accept"), "text/html");
  assert.equal(out.headers.get("cookie"), null);
  assert.equal(out.headers.get("content-length"), null);
  assert.equal(out.body, null);
});

test("a request of our own has nothing of the visitor's", async () => {
  const sent = intercept(fine);
  const headers = { cookie: "a=b", "cf-connecting-ip": "203.0.113.7" };
  await sendChanged(request({ headers }), OUTGOING, new Call(), "GET", "*", "a:b", undefined);
  assert.equal(sent[0]?.headers.get("cookie"), null);
  assert.equal(sent[0]?.headers.get("x-forwarded-for"), null);
  assert.equal(sent[0]?.headers.get("a"), "b");
});

test("a body is sent as bytes, or as it comes in", async () => {
  const sent = intercept(fine);
  const visitor = request({ method: "POST", body: body(["body"]) });
  await sendChanged(visitor, OUTGOING, new Call(), "POST", "", "", bytes("held"));
  assert.equal(await sent[0]?.text(), "held");
  const call = new Call();
  const incoming = new Incoming(visitor, 1000, 1000);
  await sendChanged(visitor, OUTGOING, call, "POST", "", "", incoming);
  call.expect(1000);
  assert.equal(await sent[1]?.text(), "body");
  call.settle();
});

test("what the platform refused to send was not sent", async () => {
  const visitor = new Request("https://shop.example/a");
  intercept(fine);
  await send(visitor, OUTGOING, new Call());
  assert(notSent(visitor) && !wasSent(visitor));
});

test("methods without a body are those of core", () => {
  for (const method of rules.bodylessMethods) {
    assert(isBodyless(request({ method, body: body(["body"]) })), method);
  }
  assert(isBodyless(request({ method: "POST" })));
  assert(!isBodyless(request({ method: "POST", body: body(["body"]) })));
});

test("an upstream's answer is labelled, and loses what no visitor gets", async () => {
  reset();
  const headers = {
    connection: "x-secret",
    "x-secret": "one connection",
    "server-timing": "db;dur=1",
    "cache-status": "Inner; hit",
    ...Object.fromEntries(rules.droppedFromAnswers.map((name) => [name, "theirs"])),
  };
  const response = new Response("page", { status: 404, headers });
  const passed = passOn(response, undefined, LABEL);
  assert.equal(passed.status, 404);
  for (const name of ["x-secret", ...rules.droppedFromAnswers]) {
    const own = name === "breakwater" ? "upstream=web" : null;
    assert.equal(passed.headers.get(name), own, name);
  }
  assert.equal(passed.headers.get("cache-status"), "Inner; hit, Breakwater; hit");
  assert.equal(passed.headers.get("server-timing"), "db;dur=1, breakwater;dur=3");
  assert.equal(passed.headers.get("x-request-id"), "an-id");
  assert.equal(await passed.text(), "page");
});

test("an answer goes out with another body, unless it has none", async () => {
  reset();
  const passed = passOn(new Response("page"), bytes("other"), LABEL);
  assert.equal(await passed.text(), "other");
  const empty = passOn(new Response(null, { status: 204 }), bytes("other"), LABEL);
  assert.equal(empty.body, null);
});

test("an answer that cannot be made again goes out as it is", () => {
  const socket = { status: 101 } as Response;
  assert.equal(passOn(socket, undefined, LABEL), socket);
  const odd = { status: 799 } as Response;
  assert.equal(passOn(odd, undefined, LABEL), odd);
});

test("addresses are for Rust to change, cookies one by one", () => {
  reset();
  const headers = new Headers({ location: "https://web.example/cart", "x-a": "1" });
  headers.append("set-cookie", "a=1; Domain=web.example");
  headers.append("set-cookie", "b=2");
  let asked: string[] = [];
  rust.readdressed = (...parts) => {
    asked = parts;
    return "location:https://shop.example/cart\nset-cookie:a=1\nset-cookie:b=2";
  };
  const way = "\nhttps://web.example\nhttps://shop.example";
  const passed = passOn(new Response(null, { status: 302, headers }), undefined, LABEL + way);
  assert.deepEqual(asked, [
    "location:https://web.example/cart\nset-cookie:a=1; Domain=web.example\nset-cookie:b=2\n",
    "https://web.example",
    "https://shop.example",
  ]);
  assert.equal(passed.headers.get("location"), "https://shop.example/cart");
  assert.deepEqual(passed.headers.getSetCookie(), ["a=1", "b=2"]);
});

test("Rust is not asked about an answer without addresses, and each kind of them is one", () => {
  reset();
  const asked: string[] = [];
  rust.readdressed = (lines) => {
    asked.push(lines);
    return "";
  };
  passOn(new Response("page"), undefined, LABEL);
  assert.deepEqual(asked, []);
  for (const name of rules.addressFields) {
    const response = new Response("page", { headers: { [name]: "/cart" } });
    assert.equal(passOn(response, undefined, LABEL).headers.get(name), "/cart");
  }
  assert.deepEqual(
    asked,
    rules.addressFields.map((name) => `${name}:/cart\n`),
  );
});

test("a label that cannot be set costs the label, and not the answer", async () => {
  reset();
  const lines = LABEL.replace("an-id", "an\0id");
  assert.equal(await passOn(new Response("page"), undefined, lines).text(), "page");
  rust.readdressed = () => {
    throw new WebAssembly.RuntimeError("unreachable");
  };
  const response = new Response("page", { headers: { location: "/cart" } });
  assert.equal(passOn(response, undefined, LABEL).headers.get("breakwater"), "upstream=web");
  assert.equal(logged.filter((line) => line.includes("without all its labels")).length, 2);
});

test("an answer of ours has its fields, and the cookies of what confirmed it", async () => {
  reset();
  const headers = new Headers({ etag: '"theirs"' });
  headers.append("set-cookie", "a=1");
  headers.append("set-cookie", "b=2");
  const beside = new Response(null, { headers });
  const made = answer(200, 'etag:"ours"\nx-a:1', "copy", LABEL, beside);
  assert.equal(made.headers.get("etag"), '"ours"');
  assert.deepEqual(made.headers.getSetCookie(), ["a=1", "b=2"]);
  assert.equal(await made.text(), "copy");
  const plain = answer(503, "retry-after:1", null, LABEL, undefined);
  assert.deepEqual(plain.headers.getSetCookie(), []);
  assert.equal(plain.headers.get("retry-after"), "1");
});

test("a page whose banner cannot be set goes out without it", () => {
  const page = new Response("page");
  // There is no rewriter in Node.
  assert.equal(withBanner(page, "<p>", "etag"), page);
  assert(logged.some((line) => line.includes("without its banner")));
});

test("an answer speaks of other pages of the same host only", () => {
  const url = "https://shop.example/orders?a=1";
  assert.equal(otherTargets(url, "/cart?b=2", "https://shop.example/x#y"), "/cart?b=2\n/x");
  assert.equal(otherTargets(url, "https://pay.example/", "https://"), "");
  assert.equal(otherTargets(url, "", ""), "");
});

test("a stream that is passed on is the body", async () => {
  reset();
  const passed = passOn(new Response("page"), body(["a ", "stream"]), LABEL);
  assert(passed.body !== null);
  assert.equal(await all(passed.body), "a stream");
  assert.equal(text(bytes("ü")), "ü");
});
