// The beginning of an answer's body, for a judgement, while the answer itself passes on untouched.

import { decoded } from "./body.js";

// The codings that the platform undoes.
const CODINGS = ["gzip", "br"];

// Up to `limit` bytes, decoded, as far as they come within `wait` milliseconds, and whether that is
// all. It is read from a clone, so that what the visitor gets is neither decoded nor held up. What
// a decoder dislikes is the beginning's end.
export async function beginning(response, limit, wait) {
  const bytes = new Uint8Array(limit);
  let [size, isWhole] = [0, response.body === null];
  if (isWhole) return { bytes: bytes.subarray(0, 0), isWhole };
  const copy = response.clone();
  const coding = response.headers.get("content-encoding");
  let reader;
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, wait, { isLate: true });
  });
  try {
    const opening = CODINGS.includes(coding) ? decoded(copy, coding) : copy.body;
    const body = await Promise.race([opening, late]);
    if (body.isLate) return { bytes: bytes.subarray(0, 0), isWhole };
    reader = body.getReader();
    while (size < limit) {
      const { done, value, isLate } = await Promise.race([reader.read(), late]);
      isWhole = done === true;
      if (isWhole || isLate) break;
      const part = value.subarray(0, limit - size);
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
