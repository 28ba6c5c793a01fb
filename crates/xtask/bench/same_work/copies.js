// Copies in the colo's cache: under the same keys, with the same facts beside the body, found and
// served with the same checks as Breakwater's.
//
// Parts of a body, bodies that are decoded for a visitor, copies of other kinds of visitors and
// requests of its own are left out. Whether one of these is called for is looked at, as for any
// request; none that is measured calls for it.
import { epoch } from "./orders.js";
import { keptFields } from "./storable.js";

const PREFIX = "https://copies.invalid/4/";
const KEY_MAX = 4_096;
const KEEP_EVERY = 10_000;
const KEPT_AT_ONCE_MAX = 1_000;
const LOOKUP_TIMEOUT = 5_000;

// The keys of a request's copy, and of when the content of its URL was changed.
export function keysOf({ scheme, host, path, pathAndQuery }, kind) {
  const [site, page] = [encodeURIComponent(host), encodeURIComponent(pathAndQuery)];
  return {
    copy: `${PREFIX}${epoch(path)}/${scheme}/${site}/${page}/${kind}`,
    changed: `${PREFIX}changed/${site}/${page}`,
  };
}

function variantKey(key, number, vary, headers) {
  let variant = `${key}/${number}`;
  for (const name of vary) {
    const value = headers.get(name);
    const members = value?.split(",").map((it) => it.trim()).filter(Boolean).join(",");
    variant += `/${encodeURIComponent(name)}`;
    if (members !== undefined) variant += `=${encodeURIComponent(members)}`;
  }
  return variant.length <= KEY_MAX ? variant : undefined;
}

const lookUp = (key) => caches.default.match(key).catch(() => undefined);

const within = (work, limit) => {
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, limit);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
};

// The copy for a request with these fields: what it says about itself, its fields, and its body.
export const find = (keys, headers) =>
  within(found(keys, headers), LOOKUP_TIMEOUT).catch(() => undefined);

async function found(keys, headers) {
  let [copy, changed] = await Promise.all([lookUp(keys.copy), lookUp(keys.changed)]);
  if (copy === undefined) return undefined;
  const varies = copy.headers.get("peer-varies");
  if (varies !== null) {
    const { number, vary } = JSON.parse(varies);
    const key = variantKey(keys.copy, number, vary, headers);
    copy = key && (await lookUp(key));
    if (copy === undefined) return undefined;
  }
  const about = copy.headers.get("peer-copy");
  if (about === null) return undefined;
  const { meta, fields } = JSON.parse(decodeURIComponent(about));
  const coding = fields.find(([name]) => name === "content-encoding")?.[1];
  if (coding && !headers.get("accept-encoding")?.includes(coding)) return undefined;
  const at = Number(changed?.headers.get("peer-changed") ?? -1);
  if (meta.asked <= at) {
    meta.freshFor = Math.min(meta.freshFor, Math.max(at - meta.generatedAt, 0));
    meta.whileRevalidate = 0;
  }
  return { meta, fields, body: copy.body };
}

// When each copy was last kept, and of which version.
const kept = new Map();

// Whether the same answer is to be kept again where the upstream is asked each time.
export function isDue(key, headers, now) {
  const version = headers.get("etag") ?? headers.get("last-modified") ?? "";
  const last = kept.get(key);
  if (last !== undefined && now - last.at < KEEP_EVERY && last.version === version) return false;
  if (kept.size >= KEPT_AT_ONCE_MAX) kept.delete(kept.keys().next().value);
  kept.set(key, { at: now, version });
  return true;
}

const lasting = (ms, more) => ({
  "cache-control": `public, max-age=${Math.ceil(ms / 1_000)}`,
  ...more,
});

// Keeps an answer with this body.
export async function keep(keys, asked, response, { meta, vary, lasts }, body) {
  let key = keys.copy;
  if (vary.length > 0) {
    const there = (await lookUp(key))?.headers.get("peer-varies");
    let marker = there ? JSON.parse(there) : undefined;
    if (String(marker?.vary) !== String(vary)) {
      marker = { number: Math.floor(Math.random() * 2 ** 32), vary };
    }
    const headers = lasting(lasts, { "peer-varies": JSON.stringify(marker) });
    await caches.default.put(key, new Response("", { headers }));
    key = variantKey(key, marker.number, vary, asked);
    if (key === undefined) return;
  }
  const fields = keptFields(response.headers, body.byteLength);
  const about = encodeURIComponent(JSON.stringify({ meta, fields }));
  const headers = lasting(lasts, { "peer-copy": about });
  await caches.default.put(key, new Response(body, { headers }));
}

const opaque = (tag) => tag.trim().replace(/^W\//, "");

function isNotModified(asked, headers) {
  const tags = asked.get("if-none-match");
  if (tags !== null) {
    const tag = headers.get("etag");
    if (tags.trim() === "*") return true;
    return tag !== null && tags.split(",").some((one) => opaque(one) === opaque(tag));
  }
  const since = Date.parse(asked.get("if-modified-since") ?? "");
  return Date.parse(headers.get("last-modified") ?? headers.get("date") ?? "") <= since;
}

// Whether a copy may answer such a request: no part of it, and not under a condition of its own.
export const isForWhole = (headers) => !headers.has("range") && !headers.has("if-range");

// The status, the fields and the body of the answer that a visitor gets from a copy.
export function serve({ meta, fields, body }, method, asked, now) {
  const headers = new Headers(fields);
  headers.set("age", String(Math.floor((now - meta.generatedAt) / 1_000)));
  if (meta.status === 200 && isNotModified(asked, headers)) {
    for (const name of [...headers.keys()]) {
      if (name.startsWith("content-") && name !== "content-location") headers.delete(name);
    }
    return { status: 304, headers, body: null };
  }
  return { status: meta.status, headers, body: method === "HEAD" ? null : body };
}

// What is left of a copy's freshness in whole seconds: `ttl` of `Cache-Status`.
export const ttl = ({ freshFor, generatedAt }, now) =>
  Math.floor(freshFor / 1_000) - Math.floor((now - generatedAt) / 1_000);
