// What the site's object does for snapshots with upstreams and with the bucket, each in one call:
// waiting in Rust for every step of it would take several times as much code.
import { readWhole } from "./body.js";
import { fields } from "./exchange.js";

// Gets a page: `{status, fields}`, and of a 200 also its `body` and the `digest` of that. What went
// wrong instead is `failed`: "unreachable", "late", "broken", "coded" or "large".
export async function getPage(url, lines, limit, timeout) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), timeout);
  let came = {};
  try {
    const headers = lines.split("\n").map((line) => line.split(/:(.*)/s).slice(0, 2));
    const { signal } = abort;
    const response = await fetch(url, { headers, redirect: "manual", signal });
    came = { status: response.status, fields: fields(response) };
    // The body of anything else says nothing that would be kept.
    if (came.status !== 200) return came;
    const { whole } = await readWhole(response, limit, timeout).result;
    if (whole === undefined) return { ...came, failed: "large" };
    const digest = await crypto.subtle.digest("SHA-256", whole);
    return { ...came, body: whole, digest: new Uint8Array(digest) };
  } catch (error) {
    // A decoder that dislikes a body throws a `TypeError`, a connection that breaks does not.
    const broken = error instanceof TypeError ? "coded" : "broken";
    const failed = came.status === undefined ? "unreachable" : broken;
    return { ...came, failed: abort.signal.aborted ? "late" : failed };
  } finally {
    clearTimeout(timer);
    // What is left of a body is not waited for.
    abort.abort();
  }
}

// The text of an object, null if there is none.
export async function readText(bucket, name) {
  const object = await bucket.get(name);
  return object === null ? null : object.text();
}

// The head of an object and its body as an answer, null if there is none.
export async function readObject(bucket, name) {
  const object = await bucket.get(name);
  if (object === null) return null;
  const response = new Response(object.body, { headers: { "content-length": object.size } });
  return { head: object.customMetadata?.head ?? "", response };
}

// Writes an object, whole or not at all.
export async function write(bucket, name, head, body) {
  await bucket.put(name, body, head === "" ? {} : { customMetadata: { head } });
}

// Deletes the objects with these names, a line each; so many at once as the platform takes.
export async function remove(bucket, names) {
  const all = names.split("\n");
  while (all.length > 0) await bucket.delete(all.splice(0, 1000));
}
