// The platform's own trace of a request. Tracing grew step by step in 2026 (`getActiveSpan` on
// 09-25, `spanContext` on 10-26), an account may have it off, and a local workerd may lack it: what
// is not there is not used, and nothing of it may ever cost an answer.
import * as platform from "cloudflare:workers";
import { type TraceSource, traceSource } from "./log_rules.ts";

// A trace, and a span of it, as lines of the log name them.
export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
  // Two hexadecimal digits.
  readonly flags: string;
}

// What of the platform's span is used (developers.cloudflare.com/workers/observability/traces).
export interface Span {
  readonly isTraced?: boolean;
  setAttributes?(attributes: Readonly<Record<string, string>>): unknown;
  spanContext?(): { traceId?: unknown; spanId?: unknown; traceFlags?: unknown } | undefined;
}

interface Tracing {
  getActiveSpan?(): Span | null | undefined;
}

// W3C Trace Context §3.2.2.
const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;
const SPAN_ID = /^(?!0{16})[0-9a-f]{16}$/;
const PARENT = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;
const SAMPLED = 1;

// The active span, if traces are the platform's and it has one. To be called in the event's own
// turn: between turns of Rust another event's span may be the active one.
export function activeSpan(source: TraceSource = traceSource): Span | undefined {
  if (source !== "platform") return undefined;
  try {
    // Not the types' own: what they declare may be missing.
    const { tracing } = platform as unknown as { readonly tracing?: Tracing };
    return tracing?.getActiveSpan?.() ?? undefined;
  } catch {
    return undefined;
  }
}

// What a span says of its trace.
export function contextOf(span: Span | undefined): TraceContext | undefined {
  try {
    const context = span?.spanContext?.();
    return context && named(context.traceId, context.spanId, context.traceFlags);
  } catch {
    return undefined;
  }
}

// A trace and a span of it, if both have a name.
function named(traceId: unknown, spanId: unknown, flags: unknown): TraceContext | undefined {
  if (typeof traceId !== "string" || !TRACE_ID.test(traceId)) return undefined;
  if (typeof spanId !== "string" || !SPAN_ID.test(spanId)) return undefined;
  return { traceId, spanId, flags: flagsOf(flags) };
}

// OpenTelemetry has the flags as a number.
function flagsOf(flags: unknown): string {
  const bits = typeof flags === "string" ? Number.parseInt(flags, 16) : Number(flags);
  return bits & SAMPLED ? "01" : "00";
}

// The active span in the form of a `traceparent`; empty if there is none. Rust decides what it is
// for.
export function platformTrace(source: TraceSource = traceSource): string {
  const context = contextOf(activeSpan(source));
  return context === undefined ? "" : `00-${context.traceId}-${context.spanId}-${context.flags}`;
}

// The trace of a request that Rust does not see. A later version of the field may have more parts.
export function traceOf(
  request: Pick<Request, "headers">,
  source: TraceSource = traceSource,
): TraceContext | undefined {
  if (source === "off") return undefined;
  const own = contextOf(activeSpan(source));
  if (own !== undefined) return own;
  const field = request.headers.get("traceparent") ?? "";
  if (field.startsWith("00") && field.length !== 55) return undefined;
  const [, traceId, spanId, flags] = PARENT.exec(field) ?? [];
  return named(traceId, spanId, flags);
}

// Has the active span say where the answer came from, in the words of the field `Breakwater`.
export function annotated(
  answering: Promise<Response>,
  routeOf: () => string | undefined,
  span: Span | undefined = activeSpan(),
): Promise<Response> {
  if (span?.setAttributes === undefined || span.isTraced === false) return answering;
  return answering.then((answer) => {
    try {
      span.setAttributes?.(attributesOf(answer.headers.get("breakwater") ?? "", routeOf()));
    } catch {
      // A span that takes nothing costs the attributes, and not the answer.
    }
    return answer;
  });
}

// The members of the field (a dictionary of tokens, RFC 9651 §3.2) and the route, as attributes.
export function attributesOf(field: string, route: string | undefined): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const member of field.split(",")) {
    const [name = "", value = ""] = member.trim().split("=");
    if (["upstream", "circuit", "source"].includes(name) && value !== "") {
      attributes[`breakwater.${name}`] = value;
    }
  }
  if (route !== undefined) attributes["breakwater.route"] = route;
  return attributes;
}
