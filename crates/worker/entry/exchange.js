// What is done to requests and answers on the straight path, each in one call across the border
// to Rust: dozens of small calls would cost more than the work itself.

// Fields that concern one connection only (RFC 9110 §7.6.1); `Expect`, whose interim answer would
// be taken for the answer; and what only a proxy may say: a visitor's word is not passed on.
const DROPPED = [
  "connection", "keep-alive", "proxy-connection", "te", "expect", "proxy-authorization",
  "forwarded", "x-forwarded-port", "x-forwarded-prefix", "x-forwarded-scheme", "x-forwarded-server",
  "x-original-url", "x-rewrite-url", "x-http-method-override", "x-http-method", "x-method-override",
];
// The platform has taken `Connection` and `Transfer-Encoding` out of answers by then.
const DROPPED_FROM_ANSWERS = ["keep-alive", "proxy-connection", "proxy-authenticate"];
// Naming these in `Connection` strips nothing: an upstream that no longer sees who asks would
// answer somebody else, and a WebSocket would be none.
const NEVER_STRIPPED = ["authorization", "cookie", "upgrade"];
// RFC 9110 §5.6.2; deleting anything else would throw.
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

const PLAIN_CONNECTION = /^\s*(close|keep-alive|upgrade)?\s*$/i;

// The facts that a decision needs: method, URL, traceparent, and a digit for each field that is
// there.
export function read(request) {
  const { headers } = request;
  const has = (name) => (headers.has(name) ? 1 : 0);
  // What reaches the upstream without being part of a copy's key: a body, or fields taken away.
  const strips = !PLAIN_CONNECTION.test(headers.get("connection") ?? "");
  const unkeyed = strips || (request.method === "GET" && request.body !== null) ? 1 : 0;
  const fields = `${has("cookie")}${has("authorization")}${has("range")}${has("upgrade")}${unkeyed}`;
  return `${request.method}\n${request.url}\n${headers.get("traceparent") ?? ""}\n${fields}`;
}

// Sends a visitor's request on. The body passes as the platform's stream.
export function send(request, url, host, scheme, requestId, traceparent, signal) {
  const outgoing = new Request(url, request);
  const { headers } = outgoing;
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
  return fetch(outgoing, { signal });
}

function strip(headers, listed) {
  for (const item of listed.split(",")) {
    const name = item.trim().toLowerCase();
    if (TOKEN.test(name) && !NEVER_STRIPPED.includes(name)) headers.delete(name);
  }
}

// An upstream's answer, labelled. A fetched response has immutable fields; one made from it has
// not. A WebSocket's answer carries the socket, and cannot be made anew.
export function passOn(response, breakwater, requestId, timing) {
  if (response.status === 101) return response;
  const answer = new Response(response.body, response);
  label(answer.headers, breakwater, requestId, timing);
  return answer;
}

export function label(headers, breakwater, requestId, timing) {
  for (const name of DROPPED_FROM_ANSWERS) headers.delete(name);
  headers.set("breakwater", breakwater);
  headers.set("x-request-id", requestId);
  headers.append("server-timing", timing);
}
