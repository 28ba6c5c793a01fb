// The peer of `cargo xtask bench edge`: plain JavaScript that does for a request of each kind what
// Breakwater does for it: route, breaker with a run and a time window, time-out, fields that are
// dropped and set both ways, ids, labels; copies with their keys, checks and throttle; the answer
// while a circuit is open. No more is done for it, and no less. It has no fleet.
import { DurableObject } from "cloudflare:workers";
import { ofCopy, passOn, problem } from "./answers.js";
import { Breaker } from "./breaker.js";
import { find, isDue, isForWhole, keep, keysOf, serve, ttl } from "./copies.js";
import { carriesUnkeyed, kindOf, shedBy } from "./kinds.js";
import { learnIfDue, trust } from "./orders.js";
import { outgoing, read, refused } from "./request.js";
import { isUsableOnError, storable } from "./storable.js";

const TIMEOUT = 10_000;
const PATIENCE = 2_000;
const WHOLE_MAX = 256 * 1024;
const HELD_MAX = 32 * 1024 * 1024;
const FAILURES = [502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 530];
const HOUR = 3_600_000;

const upstream = (name, port, failuresInARow, openFor) => ({
  name,
  origin: `http://127.0.0.1:${port}`,
  breaker: new Breaker(failuresInARow, openFor),
});
const API = upstream("api", 18788, 5, 30_000);
const DEAD = upstream("dead", 18789, 1, 600_000);
const FAILING = upstream("failing", 18790, 1, 600_000);
const ROUTES = [
  { prefix: "/api", upstream: API },
  { prefix: "/webhooks", upstream: DEAD },
  { prefix: "/assets", upstream: API, caches: true },
  { prefix: "/products/2", upstream: FAILING, staleIfError: 24 * HOUR },
  { prefix: "", upstream: API, staleIfError: HOUR },
];

function routeOf(path) {
  for (const route of ROUTES) {
    const { prefix } = route;
    if (path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === "/")) {
      return route;
    }
  }
}

async function visit(request, ctx) {
  const arrived = Date.now();
  const asked = read(request);
  const status = refused(asked);
  if (status !== undefined) return new Response(null, { status });
  const route = routeOf(asked.path);
  const isRead = asked.method === "GET" || asked.method === "HEAD";
  const mayServe = (route.caches || route.staleIfError) && isRead && !asked.isNamed;
  const one = { request, ctx, asked, route, arrived, mayServe, shed: [] };
  if (mayServe && !asked.isUpgrade) {
    one.kind = kindOf(request.headers);
    if (route.caches) return cached(one);
  }
  learnIfDue(ctx, arrived);
  return forwarded(one);
}

// A copy that is fresh answers; else the upstream does.
async function cached(visit) {
  const { request, ctx, asked, arrived } = visit;
  visit.shed = shedBy(request.headers);
  await trust(arrived);
  visit.keys = keysOf(asked, visit.kind);
  const copy = await find(visit.keys, request.headers);
  const now = Date.now();
  learnIfDue(ctx, now);
  if (copy === undefined) return forwarded(visit, "uri-miss");
  const age = now - copy.meta.generatedAt;
  if (age >= copy.meta.freshFor || !isForWhole(request.headers)) return forwarded(visit, "stale");
  const answer = serve(copy, asked.method, request.headers, now);
  return ofCopy(visit, answer, "cache", { now, cacheStatus: `hit; ttl=${ttl(copy.meta, now)}` });
}

// A copy steps in, if there is one that may.
async function stale(visit, why) {
  if (!visit.mayServe) return undefined;
  const { request, asked, route, arrived, kind } = visit;
  await trust(arrived);
  const copy = await find(keysOf(asked, kind), request.headers);
  const now = Date.now();
  if (copy === undefined || !isUsableOnError(copy.meta, route, now)) return undefined;
  const answer = serve(copy, asked.method, request.headers, now);
  return ofCopy(visit, answer, "stale", { now, cacheStatus: `${why}; ttl=${ttl(copy.meta, now)}` });
}

async function forwarded(visit, missed) {
  const { request, asked, route, arrived } = visit;
  const { breaker, origin } = route.upstream;
  if (!breaker.admits(arrived)) {
    const seconds = breaker.secondsLeft(arrived);
    const copy = await stale(visit, "hit; detail=circuit_open");
    const detail = `circuit open for another ${seconds}s`;
    return copy ?? problem(visit, detail, seconds, { now: Date.now() });
  }
  const call = { deadline: new AbortController(), timer: 0 };
  const init = { signal: call.deadline.signal, encodeResponseBody: "manual" };
  const sent = outgoing(request, asked, origin, visit.shed);
  const settling = fetch(sent, init).catch((error) => error);
  const settled = await settlement(call, settling, visit.mayServe && !route.caches);
  if (settled !== undefined) return ended(visit, call, settled, missed);
  const ending = settling.then((settled) => ended(visit, call, settled, missed));
  visit.ctx.waitUntil(ending);
  return (await stale(visit, "hit; detail=patience")) ?? ending;
}

// What a call comes to; nothing if that takes longer than a visitor is patient who may get a copy.
function settlement(call, settling, isImpatient) {
  const end = () => call.deadline.abort();
  if (!isImpatient) {
    call.timer = setTimeout(end, TIMEOUT);
    return settling;
  }
  return new Promise((resolve) => {
    settling.then(resolve);
    call.timer = setTimeout(() => {
      call.timer = setTimeout(end, TIMEOUT - PATIENCE);
      resolve();
    }, PATIENCE);
  });
}

async function ended(visit, call, settled, missed) {
  const { asked, route, arrived } = visit;
  const { breaker } = route.upstream;
  clearTimeout(call.timer);
  const now = Date.now();
  const took = now - arrived;
  const hasAnswer = settled instanceof Response;
  if (!hasAnswer || settled.status === 500 || FAILURES.includes(settled.status)) {
    breaker.record(!hasAnswer || settled.status !== 500, took, now);
    const why = hasAnswer ? `fwd-status=${settled.status}` : "detail=unreachable";
    const copy = await stale(visit, `fwd=stale; ${why}`);
    if (copy !== undefined) return copy;
    if (hasAnswer) return passOn(visit, settled, settled.body, { now, took });
    return problem(visit, "the upstream could not be reached", 5, { now, took });
  }
  const status = missed && `fwd=${missed}; fwd-status=${settled.status}`;
  const how = visit.mayServe && storable(route, asked.path, settled, arrived, now);
  const whole = how ? await readWhole(settled, call) : undefined;
  breaker.record(whole === null, took, now);
  if (whole === null) {
    const copy = await stale(visit, "fwd=stale; detail=unreachable");
    return copy ?? problem(visit, "the upstream could not be reached", 5, { now, took });
  }
  if (!(whole instanceof ArrayBuffer)) {
    return passOn(visit, settled, whole ?? settled.body, { now, took, cacheStatus: status });
  }
  const storing = keepIfDue(visit, settled, how, whole);
  if (storing !== undefined && route.caches) await storing;
  const cacheStatus = status && (storing ? `${status}; stored` : status);
  return passOn(visit, settled, whole, { now: Date.now(), took, cacheStatus });
}

// Bytes of bodies that are held at the moment.
let held = 0;

// A body that is read whole; none if there is no room for it, and `null` if it breaks off. One that
// turns out to be too long comes as a stream of all of it.
async function readWhole(response, call) {
  const { body, headers } = response;
  const said = headers.get("content-length");
  const length = said === null ? WHOLE_MAX : Number(said);
  if (body === null || length > WHOLE_MAX || held + length > HELD_MAX) return undefined;
  held += length;
  call.timer = setTimeout(() => call.deadline.abort(), TIMEOUT);
  try {
    if (said !== null) return await response.arrayBuffer();
    const [first, second] = body.tee();
    const chunks = [];
    let size = 0;
    for await (const chunk of first) {
      size += chunk.byteLength;
      if (size > WHOLE_MAX) return second;
      chunks.push(chunk);
    }
    return await new Blob(chunks).arrayBuffer();
  } catch {
    return null;
  } finally {
    held -= length;
    clearTimeout(call.timer);
  }
}

// Keeps an answer behind the visitor, if that is due and the request lets it.
function keepIfDue(visit, response, how, whole) {
  const { request, ctx, asked, route, kind, shed } = visit;
  const { headers } = request;
  if (asked.method !== "GET" || asked.hasUnkeyed || headers.has("range")) return undefined;
  if (headers.has("cookie") || how.lasts === 0) return undefined;
  visit.keys ??= keysOf(asked, kind);
  const sent = shed.length > 0 ? new Headers(headers) : headers;
  for (const name of shed) sent.delete(name);
  if (carriesUnkeyed(sent, kind, how.vary)) return undefined;
  if (!route.caches && !isDue(visit.keys.copy, response.headers, Date.now())) return undefined;
  const storing = keep(visit.keys, headers, response, how, whole);
  ctx.waitUntil(storing.catch(() => {}));
  return storing;
}

export class UpstreamDo extends DurableObject {}

export default {
  fetch(request, env, ctx) {
    const answer = visit(request, ctx);
    ctx.waitUntil(answer.catch(() => {}));
    return answer;
  },
};
