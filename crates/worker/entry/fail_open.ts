// What visitors get while the wasm cannot answer: the upstream, by the rules that core wrote down.

import type { Env } from "./breakwater_worker.js";
import { forward, isBodyless, read, wasSent } from "./exchange.ts";
import { log } from "./log.ts";
import { entriesOf, resolve } from "./path.ts";
import { type Refusal, rules } from "./rules.ts";
import { withoutSetSessions } from "./session_cookies.ts";
import { type TraceContext, traceOf } from "./trace.ts";

// Set by the build. Only in a bundle for development may another upstream stand in for one.
declare const IS_FOR_DEVELOPMENT: boolean;

export const unavailable = (trace: TraceContext | undefined) =>
  problem([503, "Service Unavailable"], trace, { "retry-after": "1" });

function problem(
  [status, title]: Refusal,
  trace: TraceContext | undefined,
  fields?: Readonly<Record<string, string>>,
): Response {
  const headers = {
    "content-type": "application/problem+json",
    "cache-control": "no-store",
    // It is the same for every visitor, and no secret.
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "Retry-After",
    ...fields,
  };
  const named = trace && { trace_id: trace.traceId };
  return Response.json({ title, status, ...named }, { status, headers });
}

const ADDRESS = /^([^:]+):\/\/([^/?#]*)([^?#]*)([^#]*)/;

// Answers for one of Breakwater's own paths.
export type AnswerOwn = (request: Request, env: Env) => Promise<Response>;

export async function failOpen(request: Request, env: Env, own: AnswerOwn): Promise<Response> {
  const { method, url, via, fieldsSize } = read(request);
  const [, scheme = "", host = "", path = "", query = ""] = ADDRESS.exec(url) ?? [];
  const entries = entriesOf(host);
  const resolved = resolve(entries, path || "/");
  const trace = traceOf(request);
  if (resolved === undefined) return problem(rules.refused.path, trace);
  if (url.length > rules.urlMax) return problem(rules.refused.url, trace);
  if (fieldsSize > rules.fieldsMax) return problem(rules.refused.fields, trace);
  if (hasBeenHere(via)) return problem(rules.refused.again, trace);
  const target = entries[resolved.at]?.upstream ?? null;
  if (target === null) return own(request, env);
  if (!maySend(request, method)) return unavailable(trace);
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), target.timeout);
  try {
    const to = (standIn(env, target.name) ?? target.origin) + resolved.path + query;
    return passed(await forward(request, to, host, scheme, deadline.signal, target.host ?? ""));
  } catch (error) {
    const about = { "breakwater.upstream": target.name, "http.route": target.route };
    log("error", "breakwater.fail_open.failed", "failing open", error, about, trace);
    return unavailable(trace);
  } finally {
    clearTimeout(timer);
  }
}

// The pattern of the route that takes a URL; none for a path of Breakwater's own.
export function routeOf(url: string): string | undefined {
  const [, , host = "", path = ""] = ADDRESS.exec(url) ?? [];
  const entries = entriesOf(host);
  const resolved = resolve(entries, path || "/");
  return resolved && entries[resolved.at]?.upstream?.route;
}

function standIn(env: Env, name: string): string | undefined {
  if (!IS_FOR_DEVELOPMENT) return undefined;
  const origin = env[`BREAKWATER_UPSTREAM_${name.toUpperCase()}`] ?? env["BREAKWATER_UPSTREAM"];
  return typeof origin === "string" && origin !== "" ? origin : undefined;
}

// A call may have reached the upstream already, or a body may have been read in part.
function maySend(request: Request, method: string): boolean {
  if (isBodyless(request)) return !wasSent(request) || rules.safeMethods.includes(method);
  return !wasSent(request) && !request.bodyUsed && !request.body?.locked;
}

// Members are `version received-by comment?` (RFC 9110 §7.6.3).
function hasBeenHere(via: string): boolean {
  return via.split(",").some((member) => member.trim().split(/\s+/)[1] === rules.pseudonym);
}

// An upstream's answer that Rust has not shaped. One with another status than these carries a
// WebSocket, and none can be made of it.
export function passed(response: Response): Response {
  if (response.status < 200) return response;
  const answer = new Response(response.body, response);
  for (const name of rules.droppedFromAnswers) answer.headers.delete(name);
  withoutSetSessions(answer.headers);
  return answer;
}
