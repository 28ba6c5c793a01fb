// What is done to requests and answers, each in one call across the border to Rust: dozens of small
// calls would cost more than the work itself.

import { type Bytes, canBeMadeAgain } from "./body.ts";
import { readdressed } from "./breakwater_worker.js";
import { type Call, discard, Incoming } from "./call.ts";
import { fetchOn, way } from "./connect.ts";
import { log } from "./log.ts";
import { rules } from "./rules.ts";
import { withoutSessions, withoutSetSessions } from "./session_cookies.ts";
import { platformTrace } from "./trace.ts";
import { urlOf } from "./url.ts";
import {
  type Label,
  type Outgoing,
  type RequestFacts,
  readLabel,
  readOutgoing,
  requestFacts,
} from "./wire.ts";

// RFC 9110 §5.6.2; deleting anything else would throw.
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

const PLAIN_CONNECTION = new RegExp(`^\\s*(${rules.plainConnection.join("|")})?\\s*$`, "i");

// The requests of which something was sent: not all of them may be sent again.
const sent = new WeakSet<Request>();

export const wasSent = (request: Request): boolean => sent.has(request);

// The platform refused to send it, so that nothing of it has left.
export const notSent = (request: Request): boolean => sent.delete(request);

// The fields of the request that was read last. Where stored responses are at stake they are needed
// again in the same turn, and to go through them costs more than what is done with them.
let last: { readonly request: unknown; readonly fields: [string, string][] } | undefined;

// The facts that a decision needs.
export function read(request: Request): RequestFacts {
  const facts: RequestFacts = {
    method: request.method,
    url: urlOf(request),
    traceparent: "",
    via: "",
    fieldsSize: 0,
    hasAuthorization: false,
    isUpgrade: false,
    hasUnkeyed: false,
    hasBody: request.body !== null && request.headers.get("content-length") !== "0",
    origin: "",
    tracestate: "",
    platformTrace: platformTrace(),
  };
  last = { request, fields: [...request.headers] };
  for (const [name, value] of last.fields) {
    facts.fieldsSize += name.length + value.length;
    if (name === "authorization") facts.hasAuthorization = true;
    else if (name === "upgrade") facts.isUpgrade = true;
    else if (name === "traceparent") facts.traceparent = value;
    else if (name === "tracestate") facts.tracestate = value;
    else if (name === "via") facts.via = value;
    else if (name === "origin") facts.origin = value;
    else if (name === "connection" && !PLAIN_CONNECTION.test(value)) facts.hasUnkeyed = true;
  }
  return facts;
}

// The same as Rust takes it.
export const readLines = (request: Request): string => requestFacts(read(request));

// All fields, a line each.
export function fields(message: Pick<Request | Response, "headers">): string {
  let lines = "";
  const read = message === last?.request ? last.fields : message.headers;
  for (const [name, value] of read) lines += `${lines && "\n"}${name}:${value}`;
  return lines;
}

// What passes is not decoded: a body that is coded, or only says so, reaches visitors as it came.
const RAW = { encodeResponseBody: "manual" } as const;

// Sends a visitor's request on, which has no body.
export function send(request: Request, lines: string, call: Call): Promise<Response> {
  sent.add(request);
  const outgoing = readOutgoing(lines);
  const to = way(outgoing.url, outgoing.askedAs, outgoing.host);
  const init = new Request(to.url, request);
  address(init.headers, request.headers, outgoing);
  return fetchOn(to, { ...RAW, signal: call.signal }, init);
}

// The same with some fields dropped (`*`: all of them, and what names the visitor) and others set,
// and with a body: bytes, or as it comes in. Without one nothing is sent of what the request had.
export function sendChanged(
  request: Request,
  lines: string,
  call: Call,
  method: string,
  dropped: string,
  set: string,
  body: Uint8Array | Incoming | undefined,
): Promise<Response> {
  const outgoing = readOutgoing(lines);
  const to = way(outgoing.url, outgoing.askedAs, outgoing.host);
  sent.add(request);
  const isBare = dropped === "*";
  const headers = new Headers(isBare ? undefined : request.headers);
  if (!isBare) for (const name of dropped.split(" ")) if (name) headers.delete(name);
  each(set, (name, value) => headers.set(name, value));
  address(headers, isBare ? headers : request.headers, outgoing);
  const init: RequestInit = { ...RAW, method, headers, redirect: "manual", signal: call.signal };
  if (body === undefined) {
    headers.delete("content-length");
    headers.delete("transfer-encoding");
    discard(request);
    return fetchOn(to, init);
  }
  const isPassing = body instanceof Incoming;
  init.body = isPassing ? call.pass(body) : body;
  return call.answered(fetchOn(to, init), isPassing ? 0 : body.byteLength);
}

// Whether nothing of a body is sent.
export function isBodyless({ method, body }: Request): boolean {
  return body === null || rules.bodylessMethods.includes(method);
}

// Sends a visitor's request on while there is no wasm to say how.
export function forward(
  request: Request,
  url: string,
  host: string,
  scheme: string,
  signal: AbortSignal,
  askedAs = "",
): Promise<Response> {
  const to = way(url, askedAs, host);
  sent.add(request);
  const { method } = request;
  const body = isBodyless(request) ? null : request.body;
  const headers = new Headers(request.headers);
  const requestId = crypto.randomUUID().replaceAll("-", "");
  const via = `1.1 ${rules.pseudonym}`;
  const trace = { traceparent: "", dropsTracestate: "" };
  address(headers, request.headers, { url, host, scheme, requestId, via, askedAs, ...trace });
  return fetchOn(to, { method, headers, body, redirect: "manual", signal });
}

// Changes a visitor's fields into those that the upstream gets.
function address(headers: Headers, asked: Headers, outgoing: Outgoing): void {
  const listed = headers.get("connection");
  if (listed !== null) strip(headers, listed);
  for (const name of rules.dropped) headers.delete(name);
  withoutSessions(headers);
  const client = asked.get("cf-connecting-ip");
  if (client === null) headers.delete("x-forwarded-for");
  else headers.set("x-forwarded-for", client);
  headers.set("x-forwarded-host", outgoing.host);
  headers.set("x-forwarded-proto", outgoing.scheme);
  headers.set("x-request-id", outgoing.requestId);
  if (outgoing.traceparent !== "") headers.set("traceparent", outgoing.traceparent);
  if (outgoing.dropsTracestate !== "") headers.delete("tracestate");
  headers.append("via", outgoing.via);
}

function strip(headers: Headers, listed: string): void {
  for (const item of listed.split(",")) {
    const name = item.trim().toLowerCase();
    if (TOKEN.test(name) && !rules.neverStripped.includes(name)) headers.delete(name);
  }
}

export function each(lines: string, take: (name: string, value: string) => void): void {
  if (lines === "") return;
  for (const line of lines.split("\n")) {
    const colon = line.indexOf(":");
    take(line.slice(0, colon), line.slice(colon + 1));
  }
}

// An upstream's answer, labelled, with another body if one is given. A fetched response has
// immutable fields; one made from it has not, and stays coded as it is. One without a body, as of
// `HEAD` or 204, gets none.
export function passOn(
  response: Response,
  body: Bytes | Uint8Array | undefined,
  lines: string,
): Response {
  if (!canBeMadeAgain(response)) return response;
  const answer = new Response(response.body && (body ?? response.body), response);
  const { headers } = answer;
  const listed = headers.get("connection");
  if (listed !== null && !PLAIN_CONNECTION.test(listed)) strip(headers, listed);
  withoutSetSessions(headers);
  const said = readLabel(lines);
  labelled(headers, said, said);
  return answer;
}

// An answer of ours with these fields, whose body is in the coding that they name. `beside`: the
// answer that confirmed it, if one did.
export function answer(
  status: number,
  fields: string,
  body: BodyInit | null,
  lines: string,
  beside: Response | undefined,
): Response {
  const headers = beside === undefined ? new Headers() : cookies(beside);
  each(fields, (name, value) => headers.append(name, value));
  const said = readLabel(lines);
  labelled(headers, said, beside && said);
  return new Response(body, { status, headers, encodeBody: "manual" });
}

// The cookies that an answer sets, as the bytes that they are: as texts they might be others.
function cookies(answer: Response): Headers {
  const headers = new Headers(answer.headers);
  for (const name of [...headers.keys()]) if (name !== "set-cookie") headers.delete(name);
  withoutSetSessions(headers);
  return headers;
}

// Appends a banner to the body of an HTML page that has no content coding, as the page streams. The
// fields in `voided` (names, separated by spaces) described the body without the banner, so they
// are dropped. No cache may store the page, because the banner is wrong once the upstream is back.
// A page that the rewriter cannot change stays as it is.
export function withBanner(page: Response, banner: string, voided: string): Response {
  const append = { element: (body: Element) => void body.append(banner, { html: true }) };
  let rewritten: Response;
  try {
    rewritten = new HTMLRewriter().on("body", append).transform(page);
  } catch (error) {
    log("warn", "breakwater.answer.banner_skipped", "a page goes out without its banner", error);
    return page;
  }
  const { headers } = rewritten;
  for (const name of voided.split(" ")) headers.delete(name);
  headers.set("cache-control", "no-store");
  return rewritten;
}

// A label that cannot be set costs the label, and not the answer; nor does an address that cannot
// be changed, of those that are to lead to the site.
function labelled(headers: Headers, said: Label, way: Label | undefined): void {
  try {
    label(headers, said);
    if (way !== undefined) readdress(headers, way);
  } catch (error) {
    const about = { "breakwater.request_id": said.requestId };
    const what = "an answer goes out without all its labels";
    log("warn", "breakwater.answer.labels_skipped", what, error, about);
  }
}

function label(
  headers: Headers,
  { cacheStatus, breakwater, requestId, serverTiming }: Label,
): void {
  for (const name of rules.droppedFromAnswers) headers.delete(name);
  if (cacheStatus !== "") headers.append("cache-status", cacheStatus);
  headers.set("breakwater", breakwater);
  headers.set("x-request-id", requestId);
  headers.append("server-timing", serverTiming);
}

// Fields that may name the upstream's address. What becomes of them is for Rust to say, which is
// only asked where there are any.
function readdress(headers: Headers, { origin, site }: Label): void {
  let lines = "";
  for (const name of rules.addressFields) {
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
export function otherTargets(url: string, location: string, contentLocation: string): string {
  const base = new URL(url);
  const targets: string[] = [];
  for (const reference of [location, contentLocation]) {
    if (reference === "" || !URL.canParse(reference, base)) continue;
    const target = new URL(reference, base);
    if (target.host === base.host) targets.push(target.pathname + target.search);
  }
  return targets.join("\n");
}
