// What the site's object does for snapshots with upstreams and with the bucket, each in one call:
// waiting in Rust for every step of it would take several times as much code.
import { readWhole } from "./body.ts";
import { fetchAs } from "./connect.ts";
import { each, fields } from "./exchange.ts";
import type { Failed } from "./wire.ts";

// What came of a page; Rust reads the fields by their names.
export interface Page {
  readonly status?: number;
  readonly fields?: string;
  readonly body?: Uint8Array;
  readonly digest?: Uint8Array;
  readonly failed?: Failed;
}

// Gets a page: `{status, fields}`, and of a 200 also its `body` and the `digest` of that. What went
// wrong instead is `failed`: "unreachable", "late", "broken", "coded" or "large". `name` is the
// host that is asked for, if it is not the URL's.
export async function getPage(
  url: string,
  name: string,
  lines: string,
  limit: number,
  timeout: number,
): Promise<Page> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), timeout);
  let came: Page = {};
  try {
    const headers = new Headers();
    each(lines, (name, value) => headers.set(name, value));
    const { signal } = abort;
    const response = await fetchAs(url, name, { headers, redirect: "manual", signal });
    came = { status: response.status, fields: fields(response) };
    // The body of anything else says nothing that would be kept.
    if (came.status !== 200) return came;
    const read = await readWhole(response, limit, timeout).result;
    if (!("whole" in read)) return { ...came, failed: "large" };
    const digest = await crypto.subtle.digest("SHA-256", read.whole);
    return { ...came, body: read.whole, digest: new Uint8Array(digest) };
  } catch (error) {
    // A decoder that dislikes a body throws a `TypeError`, a connection that breaks does not.
    const broken: Failed = error instanceof TypeError ? "coded" : "broken";
    const failed: Failed = came.status === undefined ? "unreachable" : broken;
    return { ...came, failed: abort.signal.aborted ? "late" : failed };
  } finally {
    clearTimeout(timer);
    // What is left of a body is not waited for.
    abort.abort();
  }
}

// The text of an object, null if there is none.
export async function readText(bucket: R2Bucket, name: string): Promise<string | null> {
  const object = await bucket.get(name);
  return object === null ? null : object.text();
}

// An object of the bucket; Rust reads the fields by their names.
export interface Stored {
  readonly head: string;
  readonly response: Response;
}

// The head of an object and its body as an answer, null if there is none.
export async function readObject(bucket: R2Bucket, name: string): Promise<Stored | null> {
  const object = await bucket.get(name);
  if (object === null) return null;
  const response = new Response(object.body, {
    headers: { "content-length": String(object.size) },
  });
  return { head: object.customMetadata?.["head"] ?? "", response };
}

// Writes an object, whole or not at all.
export async function write(
  bucket: R2Bucket,
  name: string,
  head: string,
  body: string | Uint8Array,
): Promise<void> {
  await bucket.put(name, body, head === "" ? {} : { customMetadata: { head } });
}

// Objects that the platform deletes in one call, at most.
const DELETED_AT_ONCE_MAX = 1000;

// Deletes the objects with these names, a line each.
export async function remove(bucket: R2Bucket, names: string): Promise<void> {
  const all = names.split("\n");
  while (all.length > 0) await bucket.delete(all.splice(0, DELETED_AT_ONCE_MAX));
}
