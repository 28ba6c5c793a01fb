// The beginning of an answer's body, for a judgement, while the answer itself passes on untouched.

// Up to `limit` bytes, decoded, as far as they come within `wait` milliseconds, and whether that is all.
// It is read from a clone: the platform tees what the upstream sent, before any decoding, so that what
// the visitor gets is neither decoded nor held up. What a decoder dislikes is the beginning's end.
export async function beginning(response, limit, wait) {
  const { body } = response.clone();
  const bytes = new Uint8Array(limit);
  let [size, isWhole] = [0, body === null];
  if (body === null) return { bytes: bytes.subarray(0, 0), isWhole };
  const reader = body.getReader();
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, wait, { isLate: true });
  });
  try {
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
    reader.cancel().catch(() => {});
  }
  return { bytes: bytes.subarray(0, size), isWhole };
}
