// The peer of `cargo xtask bench edge`: plain JavaScript that does for a request on the straight
// path what Breakwater does: route, breaker with a run and a time window, time-out, fields that
// are dropped and set both ways, ids, labels. No more is done for it, and no less.
import { DurableObject } from "cloudflare:workers";

const ROUTES = [
  { prefix: "/api", upstream: "api", origin: "http://127.0.0.1:18788", timeout: 10_000 },
  { prefix: "/webhooks", upstream: "dead", origin: "http://127.0.0.1:18789", timeout: 10_000 },
  { prefix: "", upstream: "api", origin: "http://127.0.0.1:18788", timeout: 10_000 },
];
const DROPPED = [
  "connection", "keep-alive", "proxy-connection", "te", "expect", "proxy-authorization",
  "forwarded", "x-forwarded-port", "x-forwarded-prefix", "x-forwarded-scheme", "x-forwarded-server",
  "x-real-ip", "true-client-ip", "x-original-url", "x-rewrite-url",
  "x-http-method-override", "x-http-method", "x-method-override",
];
const VIA = "1.1 peer-bench.example";
const URL_MAX = 8 * 1024;
const FIELDS_MAX = 32 * 1024;
const DROPPED_FROM_ANSWERS = ["keep-alive", "proxy-connection", "proxy-authenticate"];
const BUCKETS = 60;
const BUCKET_MS = 1_000;

class Breaker {
  openUntil = 0;
  run = 0;
  head = 0;
  calls = new Uint32Array(BUCKETS);
  failures = new Uint32Array(BUCKETS);
  totalCalls = 0;
  totalFailures = 0;

  admits(now) {
    return now >= this.openUntil;
  }

  record(failed, now) {
    const bucket = Math.floor(now / BUCKET_MS);
    for (let step = Math.min(bucket - this.head, BUCKETS); step > 0; step -= 1) {
      this.head = bucket - step + 1;
      const i = this.head % BUCKETS;
      this.totalCalls -= this.calls[i];
      this.totalFailures -= this.failures[i];
      this.calls[i] = this.failures[i] = 0;
    }
    const i = bucket % BUCKETS;
    this.calls[i] += 1;
    this.totalCalls += 1;
    this.run = failed ? this.run + 1 : 0;
    if (failed) {
      this.failures[i] += 1;
      this.totalFailures += 1;
    }
    const rate = this.totalCalls >= 20 && this.totalFailures * 2 >= this.totalCalls;
    if (this.run >= 5 || rate) this.openUntil = now + 30_000;
  }

  get state() {
    return Date.now() < this.openUntil ? "open" : "closed";
  }
}

const breakers = new Map(ROUTES.map(({ upstream }) => [upstream, new Breaker()]));

const hex = (digits) => {
  let text = "";
  while (text.length < digits) text += Math.floor(Math.random() * 2 ** 32).toString(16).padStart(8, "0");
  return text;
};

function routeOf(path) {
  for (const route of ROUTES) {
    if (path === route.prefix || path.startsWith(`${route.prefix}/`)) return route;
  }
}

function traceparent(field, id) {
  const match = field && /^00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/.exec(field);
  return match ? `00-${match[1]}-${hex(16)}-${match[2]}` : `00-${id}-${hex(16)}-00`;
}

async function visit(request) {
  const [scheme, rest] = request.url.split("://");
  const slash = rest.indexOf("/");
  const host = rest.slice(0, slash);
  const pathAndQuery = rest.slice(slash);
  const path = pathAndQuery.split("?")[0];
  const arrived = Date.now();
  const id = hex(32);
  let [size, named, upgrade, strips, parent, via] = [0, false, false, false, null, ""];
  for (const [name, value] of request.headers) {
    size += name.length + value.length;
    if (name === "authorization") named = true;
    else if (name === "upgrade") upgrade = true;
    else if (name === "traceparent") parent = value;
    else if (name === "via") via = value;
    else if (name === "connection" && value !== "keep-alive") strips = true;
  }
  if (request.url.length > URL_MAX) return new Response(null, { status: 414 });
  if (size > FIELDS_MAX) return new Response(null, { status: 431 });
  if (via.includes(VIA)) return new Response(null, { status: 508 });
  const trace = traceparent(parent, id);
  const route = routeOf(path);
  const breaker = breakers.get(route.upstream);
  if (!breaker.admits(arrived)) {
    return new Response(null, { status: 503, headers: { "x-facts": `${named} ${upgrade} ${strips}` } });
  }
  const outgoing = new Request(route.origin + pathAndQuery, request);
  const { headers } = outgoing;
  const listed = headers.get("connection");
  if (listed) for (const name of listed.split(",")) headers.delete(name.trim());
  for (const name of DROPPED) headers.delete(name);
  const client = headers.get("cf-connecting-ip");
  if (client) headers.set("x-forwarded-for", client);
  else headers.delete("x-forwarded-for");
  headers.set("x-forwarded-host", host);
  headers.set("x-forwarded-proto", scheme);
  headers.set("x-request-id", id);
  headers.set("traceparent", trace);
  headers.append("via", VIA);
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), route.timeout);
  const settled = await fetch(outgoing, { signal: deadline.signal }).catch((error) => error);
  clearTimeout(timer);
  const now = Date.now();
  const failed = !(settled instanceof Response) || [502, 503, 504].includes(settled.status);
  breaker.record(failed, now);
  if (!(settled instanceof Response)) return new Response(null, { status: 503 });
  const answer = new Response(settled.body, settled);
  const ended = answer.headers.get("connection");
  if (ended) for (const name of ended.split(",")) answer.headers.delete(name.trim());
  for (const name of DROPPED_FROM_ANSWERS) answer.headers.delete(name);
  answer.headers.set("breakwater", `upstream=${route.upstream}, circuit=${breaker.state}, source=origin`);
  answer.headers.set("x-request-id", id);
  answer.headers.append("server-timing", `breakwater;dur=0, origin;dur=${now - arrived}`);
  return answer;
}

export class UpstreamDo extends DurableObject {}

export default {
  fetch(request, env, ctx) {
    const answer = visit(request);
    ctx.waitUntil(answer.catch(() => {}));
    return answer;
  },
};
