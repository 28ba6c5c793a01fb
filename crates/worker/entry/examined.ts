// The beginning of an answer's body, for a judgement, while the answer itself passes on untouched.

import { type Bytes, decoded } from "./body.ts";

// The codings that the platform undoes.
const CODINGS = ["gzip", "br"];

// What Rust judges by; it reads the fields by their names.
export interface Beginning {
  readonly bytes: Uint8Array;
  readonly isWhole: boolean;
}

// Up to `limit` bytes, decoded, as far as they come within `wait` milliseconds, and whether that is
// all. It is read from a clone, so that what the visitor gets is neither decoded nor held up. What
// a decoder dislikes is the beginning's end.
export async function beginning(
  response: Response,
  limit: number,
  wait: number,
): Promise<Beginning> {
  const copy = response.body === null ? null : response.clone();
  if (copy === null || copy.body === null) return { bytes: new Uint8Array(0), isWhole: true };
  const bytes = new Uint8Array(limit);
  let size = 0;
  let isWhole = false;
  const coding = response.headers.get("content-encoding") ?? "";
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  let timer: number | null = null;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(resolve, wait, "late");
  });
  try {
    const opening: Bytes | Promise<Bytes> = CODINGS.includes(coding)
      ? decoded(copy, coding)
      : copy.body;
    const body = await Promise.race([opening, late]);
    if (body === "late") return { bytes: bytes.subarray(0, 0), isWhole };
    reader = body.getReader();
    while (size < limit) {
      const read = await Promise.race([reader.read(), late]);
      if (read === "late") break;
      isWhole = read.done;
      if (read.done) break;
      const part = read.value.subarray(0, limit - size);
      bytes.set(part, size);
      size += part.byteLength;
    }
  } catch {
    // The body broke off, or is not coded as its fields say.
  } finally {
    clearTimeout(timer);
    reader?.cancel().catch(() => {});
  }
  return { bytes: bytes.subarray(0, size), isWhole };
}
