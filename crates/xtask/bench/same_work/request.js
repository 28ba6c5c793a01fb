// What is read of a visitor's request, and what of it is sent on.

const DROPPED = [
  "connection", "keep-alive", "proxy-connection", "te", "expect", "proxy-authorization",
  "forwarded", "x-forwarded-port", "x-forwarded-prefix", "x-forwarded-scheme", "x-forwarded-server",
  "x-real-ip", "true-client-ip", "x-original-url", "x-rewrite-url",
  "x-http-method-override", "x-http-method", "x-method-override", "peer-pass",
];
const VIA = "1.1 peer-bench.example";
const URL_MAX = 8 * 1024;
const FIELDS_MAX = 32 * 1024;
// What a path has that is to be written in another way before a route is looked for.
const UNUSUAL = /%|\/\/|\/\.\.?(\/|$)|[\0-\x1f]/;

const hex = (digits) => {
  let text = "";
  while (text.length < digits) {
    text += Math.floor(Math.random() * 2 ** 32).toString(16).padStart(8, "0");
  }
  return text;
};

function traceparent(field, id) {
  const match = field && /^00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/.exec(field);
  return match ? `00-${match[1]}-${hex(16)}-${match[2]}` : `00-${id}-${hex(16)}-00`;
}

export function read(request) {
  const { url, method } = request;
  const [scheme, rest] = url.split("://");
  const slash = rest.indexOf("/");
  const host = rest.slice(0, slash);
  const pathAndQuery = rest.slice(slash);
  let path = pathAndQuery.split("?")[0];
  if (UNUSUAL.test(path)) path = new URL(url).pathname.replace(/\/\/+/g, "/");
  const asked = {
    method, url, scheme, host, pathAndQuery, path,
    size: 0, isNamed: false, isUpgrade: false, hasUnkeyed: false, via: "", origin: null,
    id: hex(32), trace: "",
  };
  let parent = null;
  for (const [name, value] of request.headers) {
    asked.size += name.length + value.length;
    if (name === "authorization") asked.isNamed = true;
    else if (name === "upgrade") asked.isUpgrade = true;
    else if (name === "traceparent") parent = value;
    else if (name === "via") asked.via = value;
    else if (name === "origin") asked.origin = value;
    else if (name === "connection" && value !== "keep-alive") asked.hasUnkeyed = true;
  }
  asked.trace = traceparent(parent, asked.id);
  return asked;
}

// The status with which the request is refused, if it is.
export function refused({ url, size, via }) {
  if (url.length > URL_MAX) return 414;
  if (size > FIELDS_MAX) return 431;
  if (via.includes(VIA)) return 508;
}

// The request as the upstream gets it, without the fields that are `shed`.
export function outgoing(request, asked, origin, shed = []) {
  const sent = new Request(origin + asked.pathAndQuery, request);
  const { headers } = sent;
  const listed = headers.get("connection");
  if (listed) for (const name of listed.split(",")) headers.delete(name.trim());
  for (const name of DROPPED) headers.delete(name);
  for (const name of shed) headers.delete(name);
  const client = headers.get("cf-connecting-ip");
  if (client) headers.set("x-forwarded-for", client);
  else headers.delete("x-forwarded-for");
  headers.set("x-forwarded-host", asked.host);
  headers.set("x-forwarded-proto", asked.scheme);
  headers.set("x-request-id", asked.id);
  headers.set("traceparent", asked.trace);
  headers.append("via", VIA);
  return sent;
}
