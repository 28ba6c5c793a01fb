// The answers that visitors get, with what is taken away and set.

const DROPPED_FROM_ANSWERS = ["keep-alive", "proxy-connection", "proxy-authenticate", "breakwater"];
const ADDRESSES = ["location", "content-location", "refresh", "link"];
const BANNER = "<p>This page is a copy.</p>";

// How many answers there were of each source.
const counts = new Map();

// `took`: how long the upstream took, if it was asked. `cacheStatus`: what the cache did, if it had
// a part in it.
function label(headers, visit, source, { took, cacheStatus, now }) {
  const { asked, route, arrived } = visit;
  for (const name of DROPPED_FROM_ANSWERS) headers.delete(name);
  if (cacheStatus !== undefined) headers.append("cache-status", `Peer; ${cacheStatus}`);
  const { name, breaker } = route.upstream;
  headers.set("breakwater", `upstream=${name}, circuit=${breaker.state(now)}, source=${source}`);
  headers.set("x-request-id", asked.id);
  const own = `breakwater;dur=${now - arrived - (took ?? 0)}`;
  headers.append("server-timing", took === undefined ? own : `${own}, origin;dur=${took}`);
  counts.set(source, (counts.get(source) ?? 0) + 1);
}

// What names the upstream's address leads to the site.
function readdress(headers, { asked, route }) {
  const site = `${asked.scheme}://${asked.host}`;
  for (const name of ADDRESSES) {
    const value = headers.get(name);
    if (value?.includes(route.upstream.origin)) {
      headers.set(name, value.replaceAll(route.upstream.origin, site));
    }
  }
  const cookies = headers.getSetCookie();
  if (cookies.some((cookie) => /domain=/i.test(cookie))) {
    headers.delete("set-cookie");
    for (const cookie of cookies) {
      headers.append("set-cookie", cookie.replace(/;\s*domain=[^;]*/i, ""));
    }
  }
}

// The upstream's answer, with its own body or with this one.
export function passOn(visit, response, body, said) {
  const answer = new Response(body, response);
  const { headers } = answer;
  const listed = headers.get("connection");
  if (listed) for (const name of listed.split(",")) headers.delete(name.trim());
  label(headers, visit, "origin", said);
  readdress(headers, visit);
  return answer;
}

function wantsPage(headers) {
  const accept = headers.get("accept") ?? "";
  const weight = (type) => {
    const member = accept.split(",").find((one) => one.trim().startsWith(type));
    return member === undefined ? 0 : Number(/;\s*q=([\d.]+)/.exec(member)?.[1] ?? 1);
  };
  return weight("text/html") > weight("application/json");
}

// A copy as the visitor gets it; a page that steps in says that it is one.
export function ofCopy(visit, { status, headers, body }, source, said) {
  label(headers, visit, source, said);
  const answer = new Response(body, { status, headers, encodeBody: "manual" });
  const isPage = status === 200 && headers.get("content-type")?.startsWith("text/html");
  if (source !== "stale" || !isPage || !wantsPage(visit.request.headers)) return answer;
  const append = { element: (element) => element.append(BANNER, { html: true }) };
  return new HTMLRewriter().on("body", append).transform(answer);
}

// 503 as a problem.
export function problem(visit, detail, seconds, said) {
  const { asked, route } = visit;
  const body = JSON.stringify({
    title: "Service Unavailable",
    status: 503,
    detail,
    upstream: route.upstream.name,
    retry_after: seconds,
    request_id: asked.id,
  });
  const headers = new Headers({
    "content-type": "application/problem+json",
    "retry-after": String(seconds),
    "cache-control": "no-store",
    vary: "Origin",
  });
  if (asked.origin !== null && asked.origin !== `${asked.scheme}://${asked.host}`) {
    headers.set("access-control-allow-origin", "*");
  }
  label(headers, visit, "fallback", said);
  return new Response(asked.method === "HEAD" ? null : body, { status: 503, headers });
}
