import "./testing/platform.ts";

import assert from "node:assert/strict";
import { test } from "node:test";

import { request } from "./testing/messages.ts";
import { tracing } from "./testing/workers.ts";
import {
  activeSpan,
  annotated,
  attributesOf,
  contextOf,
  platformTrace,
  type Span,
  traceOf,
} from "./trace.ts";

const CONTEXT = {
  traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
  spanId: "00f067aa0ba902b7",
  traceFlags: 1,
};
const SPAN: Span = { spanContext: () => CONTEXT };
const broken = (): never => {
  throw new Error("tracing is broken");
};

function withSpan(getActiveSpan: unknown, then: () => void): void {
  Object.assign(tracing, { getActiveSpan });
  try {
    then();
  } finally {
    Object.assign(tracing, { getActiveSpan: undefined });
  }
}

test("the platform's span is used where traces are the platform's, and nowhere else", () => {
  withSpan(
    () => SPAN,
    () => {
      const expected = `00-${CONTEXT.traceId}-${CONTEXT.spanId}-01`;
      assert.equal(platformTrace("platform"), expected);
      for (const source of ["breakwater", "off"] as const) {
        assert.equal(activeSpan(source), undefined);
        assert.equal(platformTrace(source), "");
      }
    },
  );
});

test("a platform without tracing, or with less of it, costs nothing", () => {
  for (const getActiveSpan of [undefined, null, () => undefined, () => null, broken]) {
    withSpan(getActiveSpan, () => {
      assert.equal(activeSpan("platform"), undefined);
      assert.equal(platformTrace("platform"), "");
    });
  }
  for (const span of [
    {},
    { spanContext: () => undefined },
    { spanContext: broken },
    { spanContext: () => ({ ...CONTEXT, traceId: "0".repeat(32) }) },
    { spanContext: () => ({ ...CONTEXT, spanId: "short" }) },
    { spanContext: () => ({ ...CONTEXT, traceId: 7 }) },
  ]) {
    assert.equal(contextOf(span), undefined);
  }
});

test("the flags are a number or a text", () => {
  for (const [traceFlags, flags] of [
    [0, "00"],
    [1, "01"],
    [3, "01"],
    ["01", "01"],
    ["00", "00"],
    [undefined, "00"],
  ] as const) {
    assert.equal(contextOf({ spanContext: () => ({ ...CONTEXT, traceFlags }) })?.flags, flags);
  }
});

test("a visitor's trace is known while no Rust reads it", () => {
  const of = (traceparent: string) => traceOf(request({ headers: { traceparent } }), "breakwater");
  const { traceId, spanId } = CONTEXT;
  const field = `00-${traceId}-${spanId}-01`;
  assert.deepEqual(of(field), { traceId, spanId, flags: "01" });
  assert.deepEqual(of(`cc-${traceId}-${spanId}-03-more`), { traceId, spanId, flags: "01" });
  for (const malformed of [
    "",
    "00-abc",
    `${field}-more`,
    `ff-${traceId}-${spanId}-01`,
    `00-${"0".repeat(32)}-${spanId}-01`,
    field.toUpperCase(),
  ]) {
    assert.equal(of(malformed), undefined, malformed);
  }
  assert.equal(traceOf(request({ headers: { traceparent: field } }), "off"), undefined);
});

test("the active span says where an answer came from", async () => {
  const told: unknown[] = [];
  const span: Span = { setAttributes: (attributes) => told.push(attributes) };
  const headers = { breakwater: "upstream=api, circuit=half_open, source=stale" };
  const answer = new Response("page", { headers });
  assert.equal(await annotated(Promise.resolve(answer), () => "/api/*", span), answer);
  assert.deepEqual(told, [
    {
      "breakwater.upstream": "api",
      "breakwater.circuit": "half_open",
      "breakwater.source": "stale",
      "breakwater.route": "/api/*",
    },
  ]);
});

test("a span that takes nothing costs no answer", async () => {
  const answer = new Response("page");
  const answering = Promise.resolve(answer);
  for (const span of [undefined, {}, { isTraced: false, setAttributes: broken }]) {
    assert.equal(annotated(answering, broken, span), answering);
  }
  assert.equal(await annotated(answering, () => "/*", { setAttributes: broken }), answer);
  assert.equal(await annotated(answering, broken, { setAttributes: () => {} }), answer);
});

test("only members that we know become attributes", () => {
  assert.deepEqual(attributesOf("", undefined), {});
  assert.deepEqual(attributesOf("source=origin, other=1, circuit", undefined), {
    "breakwater.source": "origin",
  });
});
