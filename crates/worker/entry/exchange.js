// What is done to requests and answers, each in one call across the border to Rust: dozens of small
// calls would cost more than the work itself.
import { discard, Incoming } from "./call.js";

// Fields that concern one connection only (RFC 9110 §7.6.1); `Expect`, whose interim answer would
// be taken for the answer; and what only a proxy may say: a visitor's word is not passed on.
const DROPPED = [
  "connection", "keep-alive", "proxy-connection", "te", "expect", "proxy-authorization",
  "forwarded", "x-forwarded-port", "x-forwarded-prefix", "x-forwarded-scheme", "x-forwarded-server",
  "x-real-ip", "true-client-ip", "x-original-url", "x-rewrite-url",
  "x-http-method-override", "x-http-method", "x-method-override",
];
// The platform itself sends neither `Connection` nor `Transfer-Encoding` on.
const DROPPED_FROM_ANSWERS = ["keep-alive", "proxy-connection", "proxy-authenticate"];
// Naming these in `Connection` strips nothing: an upstream that no longer sees who asks would
// answer somebody else, and a WebSocket would be none.
const NEVER_STRIPPED = ["authorization", "cookie", "upgrade"];
// RFC 9110 §5.6.2; deleting anything else would throw.
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

const PLAIN_CONNECTION = /^\s*(close|keep-alive|upgrade)?\s*$/i;

// The facts that a decision needs: method, URL, traceparent, Via, the bytes that the fields have, and
// a digit each for whether there are Authorization, Upgrade, fields taken away, which reach the upstream
// without being part of a copy's key, and a body that is known not to be empty.
export function read(request) {
  let [size, authorization, upgrade, unkeyed, body] = [0, 0, 0, 0, 0];
  let [traceparent, via] = ["", ""];
  for (const [name, value] of request.headers) {
    size += name.length + value.length;
    if (name === "authorization") authorization = 1;
    else if (name === "upgrade") upgrade = 1;
    else if (name === "traceparent") traceparent = value;
    else if (name === "via") via = value;
    else if (name === "connection" && !PLAIN_CONNECTION.test(value)) unkeyed = 1;
  }
  if (request.body !== null && request.headers.get("content-length") !== "0") body = 1;
  const digits = `${authorization}${upgrade}${unkeyed}${body}`;
  return `${request.method}\n${request.url}\n${traceparent}\n${via}\n${size}\n${digits}`;
}

// All fields, a line each.
export function fields(message) {
  let lines = "";
  for (const [name, value] of message.headers) lines += `${lines && "\n"}${name}:${value}`;
  return lines;
}

// Sends a visitor's request on, which has no body. `way` is a line each for the URL and what `address`
// takes.
export function send(request, way, call) {
  const [url, ...rest] = way.split("\n");
  const outgoing = new Request(url, request);
  address(outgoing.headers, request, rest);
  return fetch(outgoing, { signal: call.signal });
}

// The same with some fields dropped and others set, and with a body: bytes, or as it comes in. Without
// one nothing is sent of what the request had.
export function sendChanged(request, way, call, method, dropped, set, body) {
  const [url, ...rest] = way.split("\n");
  const headers = new Headers(request.headers);
  for (const name of dropped.split(" ")) if (name) headers.delete(name);
  each(set, (name, value) => headers.set(name, value));
  address(headers, request, rest);
  if (body === undefined) {
    headers.delete("content-length");
    headers.delete("transfer-encoding");
    discard(request);
  } else if (body instanceof Incoming) {
    body = call.pass(body);
  }
  return fetch(url, { method, headers, body, redirect: "manual", signal: call.signal });
}

function address(headers, request, [host, scheme, requestId, traceparent, via]) {
  const listed = headers.get("connection");
  if (listed !== null) strip(headers, listed);
  for (const name of DROPPED) headers.delete(name);
  const client = request.headers.get("cf-connecting-ip");
  if (client === null) headers.delete("x-forwarded-for");
  else headers.set("x-forwarded-for", client);
  headers.set("x-forwarded-host", host);
  headers.set("x-forwarded-proto", scheme);
  headers.set("x-request-id", requestId);
  headers.set("traceparent", traceparent);
  headers.append("via", via);
}

function strip(headers, listed) {
  for (const item of listed.split(",")) {
    const name = item.trim().toLowerCase();
    if (TOKEN.test(name) && !NEVER_STRIPPED.includes(name)) headers.delete(name);
  }
}

function each(lines, take) {
  if (lines === "") return;
  for (const line of lines.split("\n")) {
    const colon = line.indexOf(":");
    take(line.slice(0, colon), line.slice(colon + 1));
  }
}

// An upstream's answer, labelled, with another body if one is given. A fetched response has immutable
// fields; one made from it has not. A WebSocket's answer carries the socket, and cannot be made anew;
// nor can one whose status HTTP does not know.
export function passOn(response, body, lines) {
  if (response.status < 200 || response.status > 599) return response;
  const answer = new Response(body === undefined ? response.body : body, response);
  const { headers } = answer;
  const listed = headers.get("connection");
  if (listed !== null && !PLAIN_CONNECTION.test(listed)) strip(headers, listed);
  label(headers, lines);
  return answer;
}

// An answer of ours with these fields.
export function answer(status, fields, body, lines) {
  const headers = new Headers();
  each(fields, (name, value) => headers.append(name, value));
  label(headers, lines);
  return new Response(body, { status, headers });
}

// An HTML page with a banner at the end of its body, rewritten as it streams. It is not the page that its
// validators name any more, and once the upstream is back nobody is to see it.
export function withBanner(page, banner) {
  for (const name of ["etag", "last-modified", "content-length"]) page.headers.delete(name);
  page.headers.set("cache-control", "no-store");
  const append = { element: (body) => body.append(banner, { html: true }) };
  return new HTMLRewriter().on("body", append).transform(page);
}

function label(headers, lines) {
  const [cacheStatus, breakwater, requestId, timing, location] = lines.split("\n");
  for (const name of DROPPED_FROM_ANSWERS) headers.delete(name);
  if (cacheStatus !== "") headers.append("cache-status", cacheStatus);
  headers.set("breakwater", breakwater);
  headers.set("x-request-id", requestId);
  headers.append("server-timing", timing);
  if (location !== "") headers.set("location", location);
}

// What an answer says of other URLs of the site: those that `Location` and `Content-Location` name on
// the request's own host, each as path and query on a line (RFC 9111 §4.4).
export function otherTargets(url, location, contentLocation) {
  const base = new URL(url);
  const targets = [];
  for (const reference of [location, contentLocation]) {
    if (reference === "" || !URL.canParse(reference, base)) continue;
    const target = new URL(reference, base);
    if (target.host === base.host) targets.push(target.pathname + target.search);
  }
  return targets.join("\n");
}
