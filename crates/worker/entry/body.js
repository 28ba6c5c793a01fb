// Bodies stay on the JavaScript side: Rust says how much to read, and holds only handles.

// Reads a body whole up to `limit` bytes, or hands back a stream of all of it if it is longer.
export async function readUpTo(response, limit) {
  if (response.body === null) return { whole: new Uint8Array(0) };
  if (Number(response.headers.get("content-length")) > limit) return { stream: response.body };
  const reader = response.body.getReader();
  const chunks = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    size += value.byteLength;
    if (size > limit) return { stream: resume(chunks, reader) };
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return { whole };
}

// The chunks that were read, then the rest as it comes.
function resume(chunks, reader) {
  return new ReadableStream({
    async pull(controller) {
      if (chunks.length > 0) return controller.enqueue(chunks.shift());
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}
