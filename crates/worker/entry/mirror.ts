// Writes the files of the status page's copy. What comes of it is judged in Rust.

import { log } from "./log.ts";

// Puts a file in storage that is compatible with S3, and comes to the status of the answer; zero if
// there is none. Rejects with a `TimeoutError` if it takes longer than `limit` milliseconds.
export async function putFile(
  url: string,
  lines: string,
  body: string | Uint8Array,
  limit: number,
): Promise<number> {
  const headers = new Headers();
  for (const line of lines.split("\n")) {
    const at = line.indexOf(":");
    headers.set(line.slice(0, at), line.slice(at + 1));
  }
  const signal = AbortSignal.timeout(limit);
  try {
    const response = await fetch(url, { method: "PUT", headers, body, signal, redirect: "manual" });
    response.body?.cancel().catch(() => {});
    return response.status;
  } catch (error) {
    if (signal.aborted) throw new DOMException("no answer", "TimeoutError");
    log("error", "breakwater.mirror.failed", "the mirror cannot be reached", error);
    return 0;
  }
}

// Puts a file in a bucket of the platform's.
export async function putInBucket(
  bucket: R2Bucket,
  key: string,
  contentType: string,
  cacheControl: string,
  body: string | Uint8Array,
): Promise<void> {
  await bucket.put(key, body, { httpMetadata: { contentType, cacheControl } });
}
