// What is done to requests and answers, each in one call across the border to Rust: dozens of small
// calls would cost more than the work itself.
import { discard, Incoming } from "./call.js";

import { readdressed } from "./breakwater_worker.js";
import { rules } from "./rules.js";

// RFC 9110 §5.6.2; deleting anything else would throw.
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

const PLAIN_CONNECTION = /^\s*(close|keep-alive|upgrade)?\s*$/i;

// What the platform writes otherwise when it sends a URL on.
const REWRITTEN = /[\\"<>^`{}\u0080-\uffff]|\/\.|%2e/i;
const CONTROL = /[\0-\x1f\x7f]/;

// The URL of a request as the platform would send it on. One with control characters is left for
// core to refuse.
function urlOf({ url }) {
  return REWRITTEN.test(url) && !CONTROL.test(url) ? new URL(url).href : url;
}

// The requests of which something was sent: not all of them may be sent again.
const sent = new WeakSet();

export const wasSent = (request) => sent.has(request);

// The platform refused to send it, so that nothing of it has left.
export const notSent = (request) => sent.delete(request);

// The facts that a decision needs: method, URL as it would be sent, traceparent, Via, the bytes
// that the fields have, a digit each for whether there are Authorization, Upgrade, fields taken
// away, which reach the upstream without being part of a copy's key, and a body that is not known
// to be empty, and Origin.
export function read(request) {
  let [size, authorization, upgrade, unkeyed, body] = [0, 0, 0, 0, 0];
  let [traceparent, via, origin] = ["", "", ""];
  for (const [name, value] of request.headers) {
    size += name.length + value.length;
    if (name === "authorization") authorization = 1;
    else if (name === "upgrade") upgrade = 1;
    else if (name === "traceparent") traceparent = value;
    else if (name === "via") via = value;
    else if (name === "origin") origin = value;
    else if (name === "connection" && !PLAIN_CONNECTION.test(value)) unkeyed = 1;
  }
  if (request.body !== null && request.headers.get("content-length") !== "0") body = 1;
  const digits = `${authorization}${upgrade}${unkeyed}${body}`;
  const url = urlOf(request);
  return `${request.method}\n${url}\n${traceparent}\n${via}\n${size}\n${digits}\n${origin}`;
}

// All fields, a line each.
export function fields(message) {
  let lines = "";
  for (const [name, value] of message.headers) lines += `${lines && "\n"}${name}:${value}`;
  return lines;
}

// What passes is not decoded: a body that is coded, or only says so, reaches visitors as it came.
const RAW = { encodeResponseBody: "manual" };

// Sends a visitor's request on, which has no body. `way` is a line each for the URL and what
// `address` takes.
export function send(request, way, call) {
  sent.add(request);
  const [url, ...rest] = way.split("\n");
  const outgoing = new Request(url, request);
  address(outgoing.headers, request, rest);
  return fetch(outgoing, { ...RAW, signal: call.signal });
}

// The same with some fields dropped (`*`: all of them, and what names the visitor) and others set,
// and with a body: bytes, or as it comes in. Without one nothing is sent of what the request had.
export function sendChanged(request, way, call, method, dropped, set, body) {
  const [url, ...rest] = way.split("\n");
  sent.add(request);
  const isBare = dropped === "*";
  const headers = new Headers(isBare ? undefined : request.headers);
  if (!isBare) for (const name of dropped.split(" ")) if (name) headers.delete(name);
  each(set, (name, value) => headers.set(name, value));
  address(headers, isBare ? { headers } : request, rest);
  if (body === undefined) {
    headers.delete("content-length");
    headers.delete("transfer-encoding");
    discard(request);
  } else if (body instanceof Incoming) {
    body = call.pass(body);
  }
  return fetch(url, { ...RAW, method, headers, body, redirect: "manual", signal: call.signal });
}

// Whether nothing of a body is sent: of a GET or HEAD it means nothing (RFC 9110 §9.3.1).
export function isBodyless({ method, body }) {
  return method === "GET" || method === "HEAD" || body === null;
}

// Sends a visitor's request on while there is no wasm to say how.
export function forward(request, to, host, scheme, signal) {
  sent.add(request);
  const { method } = request;
  const body = isBodyless(request) ? null : request.body;
  const headers = new Headers(request.headers);
  const requestId = crypto.randomUUID().replaceAll("-", "");
  address(headers, request, [host, scheme, requestId, undefined, `1.1 ${rules.pseudonym}`]);
  return fetch(to, { method, headers, body, redirect: "manual", signal });
}

function address(headers, request, [host, scheme, requestId, traceparent, via]) {
  const listed = headers.get("connection");
  if (listed !== null) strip(headers, listed);
  for (const name of rules.dropped) headers.delete(name);
  const client = request.headers.get("cf-connecting-ip");
  if (client === null) headers.delete("x-forwarded-for");
  else headers.set("x-forwarded-for", client);
  headers.set("x-forwarded-host", host);
  headers.set("x-forwarded-proto", scheme);
  headers.set("x-request-id", requestId);
  if (traceparent !== undefined) headers.set("traceparent", traceparent);
  headers.append("via", via);
}

function strip(headers, listed) {
  for (const item of listed.split(",")) {
    const name = item.trim().toLowerCase();
    if (TOKEN.test(name) && !rules.neverStripped.includes(name)) headers.delete(name);
  }
}

function each(lines, take) {
  if (lines === "") return;
  for (const line of lines.split("\n")) {
    const colon = line.indexOf(":");
    take(line.slice(0, colon), line.slice(colon + 1));
  }
}

// An upstream's answer, labelled, with another body if one is given. A fetched response has
// immutable fields; one made from it has not, and stays coded as it is. A WebSocket's answer
// carries the socket, and cannot be made again; nor can one whose status HTTP does not know. One
// without a body, as of `HEAD` or 204, gets none.
export function passOn(response, body, lines) {
  if (response.status < 200 || response.status > 599) return response;
  const answer = new Response(response.body && (body ?? response.body), response);
  const { headers } = answer;
  const listed = headers.get("connection");
  if (listed !== null && !PLAIN_CONNECTION.test(listed)) strip(headers, listed);
  labelled(headers, lines, readdress);
  return answer;
}

// An answer of ours with these fields, whose body is in the coding that they name. `beside`: the
// answer that confirmed it, if one did.
export function answer(status, fields, body, lines, beside) {
  const headers = beside === undefined ? new Headers() : cookies(beside);
  each(fields, (name, value) => headers.append(name, value));
  labelled(headers, lines, beside && readdress);
  return new Response(body, { status, headers, encodeBody: "manual" });
}

// The cookies that an answer sets, as the bytes that they are: as texts they might be others.
function cookies(answer) {
  const headers = new Headers(answer.headers);
  for (const name of [...headers.keys()]) if (name !== "set-cookie") headers.delete(name);
  return headers;
}

// An HTML page, which is not coded, with a banner at the end of its body, rewritten as it streams,
// and without the fields in `voided` (names, parted by spaces), which speak of another body. Once
// the upstream is back nobody is to see it. A page in which the rewriter can do nothing stays as it
// is.
export function withBanner(page, banner, voided) {
  const append = { element: (body) => body.append(banner, { html: true }) };
  let rewritten;
  try {
    rewritten = new HTMLRewriter().on("body", append).transform(page);
  } catch (error) {
    console.warn("breakwater: a page goes out without its banner:", error.message);
    return page;
  }
  const { headers } = rewritten;
  for (const name of voided.split(" ")) headers.delete(name);
  headers.set("cache-control", "no-store");
  return rewritten;
}

// A label that cannot be set costs the label, and not the answer; nor does what is done `after` it.
function labelled(headers, lines, after = () => {}) {
  try {
    after(headers, label(headers, lines));
  } catch (error) {
    console.warn("breakwater: an answer goes out without all its labels:", error.message);
  }
}

function label(headers, lines) {
  const [cacheStatus, breakwater, requestId, timing, ...way] = lines.split("\n");
  for (const name of rules.droppedFromAnswers) headers.delete(name);
  if (cacheStatus !== "") headers.append("cache-status", cacheStatus);
  headers.set("breakwater", breakwater);
  headers.set("x-request-id", requestId);
  headers.append("server-timing", timing);
  return way;
}

// Fields that may name the upstream's address. What becomes of them is for Rust to say, which is
// only asked where there are any.
function readdress(headers, [origin, site]) {
  let lines = "";
  for (const name of ["location", "content-location", "refresh", "link"]) {
    const value = headers.get(name);
    if (value !== null) lines += `${name}:${value}\n`;
  }
  for (const cookie of headers.getSetCookie()) lines += `set-cookie:${cookie}\n`;
  const changed = lines === "" ? "" : readdressed(lines, origin, site);
  if (changed === "") return;
  headers.delete("set-cookie");
  each(changed, (name, value) => {
    if (name === "set-cookie") headers.append(name, value);
    else if (headers.get(name) !== value) headers.set(name, value);
  });
}

// What an answer says of other URLs of the site: those that `Location` and `Content-Location` name
// on the request's own host, each as path and query on a line (RFC 9111 §4.4).
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
