// What visitors get while the wasm cannot answer: the upstream, as if Breakwater were not there.
import { routes, upstream } from "./routes.js";

const HOP_BY_HOP = ["connection", "keep-alive", "proxy-connection", "te", "expect"];

function originOf(path, env) {
  for (const [pattern, origin] of routes) {
    const prefix = pattern.endsWith("/*") ? pattern.slice(0, -2) : null;
    const matches = prefix === null ? path === pattern : path === prefix || path.startsWith(`${prefix}/`);
    if (matches) return upstream(env) || origin;
  }
}

export function unavailable() {
  const problem = { title: "Service Unavailable", status: 503, detail: "try again shortly" };
  return Response.json(problem, {
    status: 503,
    headers: {
      "content-type": "application/problem+json",
      "retry-after": "1",
      "cache-control": "no-store",
      // It is the same for everybody, and no secret.
      "access-control-allow-origin": "*",
      "access-control-expose-headers": "Retry-After",
    },
  });
}

export function failOpen(request, env) {
  const url = new URL(request.url);
  const origin = originOf(url.pathname, env);
  // A body may have been read in part, and a call may have reached the upstream already.
  if (request.body !== null || !origin || url.pathname.startsWith("/_breakwater/")) {
    return unavailable();
  }
  const forwarded = new Request(origin + url.pathname + url.search, request);
  for (const name of HOP_BY_HOP) forwarded.headers.delete(name);
  forwarded.headers.set("x-forwarded-host", url.host);
  forwarded.headers.set("x-forwarded-proto", url.protocol.slice(0, -1));
  return fetch(forwarded);
}
