// Which answers may be kept, and what a copy is good for: RFC 9111 and RFC 5861, by the same rules
// as Breakwater's.

const PROMISES = new Map(
  [
    [["css"], ["text/css"]],
    [["js", "mjs", "cjs"], ["text/javascript", "application/javascript"]],
    [["json", "map", "webmanifest"], ["application/", "text/plain"]],
    [["png", "jpg", "jpeg", "gif", "webp", "avif", "svg", "ico", "bmp"], ["image/"]],
    [["woff", "woff2", "ttf", "otf", "eot"], ["font/", "application/"]],
    [["mp3", "ogg", "wav", "flac", "m4a"], ["audio/", "application/ogg"]],
    [["mp4", "webm", "avi", "mkv", "mov"], ["video/"]],
    [["pdf", "zip", "gz", "tar", "doc", "docx", "xls", "xlsx", "ppt", "pptx"], ["application/"]],
    [["txt", "csv"], ["text/plain", "text/csv", "application/"]],
  ].flatMap(([extensions, types]) => extensions.map((extension) => [extension, types])),
);
const KEPT = [200, 203, 301, 308];
const NOT_KEPT = [
  "age", "breakwater", "cf-cache-status", "connection", "content-length", "keep-alive",
  "proxy-authenticate", "proxy-authentication-info", "proxy-authorization", "proxy-connection",
  "server-timing", "set-cookie", "te", "trailer", "transfer-encoding", "upgrade", "x-request-id",
];
const NEVER = "never";
const VARY_MAX = 8;
const DAY = 24 * 3_600_000;

// Whether what the extension of a path promises is not what came.
function isSuspect(path, type) {
  const segment = path.slice(path.lastIndexOf("/") + 1).split(/[;%?#]/)[0];
  const dot = segment.lastIndexOf(".");
  if (dot < 0 || type === null) return false;
  const types = PROMISES.get(segment.slice(dot + 1).toLowerCase());
  if (types === undefined) return false;
  const kind = type.split(";")[0].trim().toLowerCase();
  return kind !== "application/octet-stream" && !types.some((prefix) => kind.startsWith(prefix));
}

function directives(headers) {
  const said = new Map();
  const field = headers.get("cdn-cache-control") ?? headers.get("surrogate-control");
  for (const member of (field ?? headers.get("cache-control") ?? "").split(",")) {
    const [name, value = ""] = member.trim().toLowerCase().split("=");
    const seconds = /^"?(\d+)"?$/.exec(value.trim());
    said.set(name.trim(), said.has(name.trim()) || !seconds ? 0 : Number(seconds[1]) * 1_000);
  }
  return said;
}

// The request fields that an answer varies by; nothing if it varies by too much.
function variesBy(headers) {
  const names = new Set();
  for (const member of (headers.get("vary") ?? "").split(",")) {
    const name = member.trim().toLowerCase();
    if (["*", "cookie", "authorization"].includes(name)) return undefined;
    if (name !== "" && name !== "accept-encoding") names.add(name);
  }
  return names.size > VARY_MAX ? undefined : [...names].sort();
}

// Whether an answer may be kept for everybody, and how: what it says about itself, what it varies
// by, and for how long the cache is to keep it.
export function storable(route, path, response, asked, now) {
  const { status, headers } = response;
  if (!KEPT.includes(status) || headers.has("set-cookie")) return undefined;
  const coding = headers.get("content-encoding") ?? "";
  if (coding !== "" && coding !== "gzip" && coding !== "br") return undefined;
  for (const [, value] of headers) if (value.includes("\ufffd")) return undefined;
  const type = headers.get("content-type");
  if (type?.startsWith("text/event-stream")) return undefined;
  const said = directives(headers);
  if (said.has("private") || said.has("no-store") || isSuspect(path, type)) return undefined;
  const vary = variesBy(headers);
  if (vary === undefined) return undefined;
  const date = Date.parse(headers.get("date") ?? "") || now;
  const age = Math.max(now - date, (Number(headers.get("age")) || 0) * 1_000 + now - asked, 0);
  const expires = headers.get("expires");
  const until = expires === null ? 0 : Math.max((Date.parse(expires) || 0) - date, 0);
  const freshFor = said.get("s-maxage") ?? said.get("max-age") ?? until;
  const forbidsStale =
    said.has("no-cache") || said.has("must-revalidate") || said.has("proxy-revalidate") ||
    said.has("s-maxage");
  const meta = {
    generatedAt: now - age,
    freshFor: said.has("no-cache") ? 0 : freshFor,
    onError: forbidsStale ? NEVER : (said.get("stale-if-error") ?? null),
    whileRevalidate: forbidsStale ? 0 : (said.get("stale-while-revalidate") ?? 0),
    status,
    asked,
  };
  const canBeValidated = headers.has("etag") || headers.has("last-modified");
  const stale = Math.max(staleFor(meta, route), route.caches ? meta.whileRevalidate : 0);
  const lasts = meta.freshFor + stale;
  return { meta, vary, lasts: route.caches && canBeValidated ? Math.max(lasts, DAY) : lasts };
}

function staleFor({ onError }, route) {
  return onError === NEVER ? 0 : (onError ?? route.staleIfError ?? 0);
}

// Whether a copy may step in where the upstream fails.
export function isUsableOnError(meta, route, now) {
  const age = now - meta.generatedAt;
  const stale = staleFor(meta, route);
  return age <= meta.freshFor + stale && (age < meta.freshFor || stale > 0);
}

// The fields of an answer that its copy has.
export function keptFields(headers, length) {
  const listed = (headers.get("connection") ?? "").toLowerCase();
  const fields = [];
  for (const [name, value] of headers) {
    if (!NOT_KEPT.includes(name) && !listed.includes(name)) fields.push([name, value]);
  }
  fields.push(["content-length", String(length)]);
  return fields;
}
