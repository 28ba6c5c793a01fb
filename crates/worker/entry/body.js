// Bodies stay on the JavaScript side: Rust says how much to read, and holds only handles.

// Reads a body whole, up to `limit` bytes and for as long as `patience` lasts; or hands back a
// stream of all of it.
export async function readUpTo(response, limit, patience) {
  if (response.body === null) return { whole: new Uint8Array(0) };
  if (Number(response.headers.get("content-length")) > limit) return { stream: response.body };
  const reader = response.body.getReader();
  const chunks = [];
  let size = 0;
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, patience, null);
  });
  try {
    for (;;) {
      const next = reader.read();
      const read = await Promise.race([next, late]);
      if (read === null) return { stream: resume(chunks, reader, next), isLate: true };
      if (read.done) break;
      chunks.push(read.value);
      size += read.value.byteLength;
      if (size > limit) return { stream: resume(chunks, reader) };
    }
  } finally {
    clearTimeout(timer);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return { whole };
}

// The chunks that were read, then the one that is being read, then the rest as it comes.
function resume(chunks, reader, next = reader.read()) {
  return new ReadableStream({
    async pull(controller) {
      if (chunks.length > 0) return controller.enqueue(chunks.shift());
      const { done, value } = await next;
      if (!done) next = reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}
