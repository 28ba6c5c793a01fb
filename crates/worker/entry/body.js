// Bodies stay on the JavaScript side: Rust says how much to read and how long, and holds handles.

// A body that is read whole, up to `limit` bytes and with pauses of at most `idle` milliseconds;
// unless it is released by then, or too long: then it is a stream of all of it.
export class Reading {
  #release;
  #released = new Promise((resolve) => {
    this.#release = resolve;
  });

  constructor(message, limit, idle) {
    this.result = this.#read(message, limit, idle);
    // A rejection that no one awaits is no error.
    this.result.catch(() => {});
  }

  // Whoever waits gets what there is and the rest as it comes.
  release() {
    this.#release("released");
  }

  async #read(message, limit, idle) {
    const { body, headers } = message;
    if (body === null) return { whole: new Uint8Array(0) };
    if (Number(headers.get("content-length")) > limit) return { stream: body };
    const reader = body.getReader();
    const chunks = [];
    let size = 0;
    for (;;) {
      const next = reader.read();
      const read = await this.#within(next, idle);
      if (read === "released") return { stream: resume(chunks, reader, next), isReleased: true };
      if (read === "idle") {
        reader.cancel("idle").catch(() => {});
        throw new DOMException("the body paused for too long", "TimeoutError");
      }
      if (read.done) return { whole: joined(chunks, size) };
      chunks.push(read.value);
      size += read.value.byteLength;
      if (size > limit) return { stream: resume(chunks, reader, reader.read()) };
    }
  }

  async #within(next, idle) {
    let timer;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, idle, "idle");
    });
    try {
      return await Promise.race([next, this.#released, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

export function readWhole(message, limit, idle) {
  return new Reading(message, limit, idle);
}

function joined(chunks, size) {
  if (chunks.length === 1) return chunks[0];
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

// The chunks that were read, then the one that is being read, then the rest as it comes.
function resume(chunks, reader, next) {
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

// Passes an answer's body on, and tells how it ended: `done` rejects if it broke off, and is
// `false` if the visitor took no more of it. A body of known length stays one: else what broke off
// would look whole.
export function watch(response, stream) {
  const { readable, writable } = through(response.headers.get("content-length"));
  return told(readable, pour(stream, writable));
}

// The error of `pipeTo` does not tell whose end broke, and a visitor who leaves must not count
// against the upstream. Nor does the stream tell afterwards: where the visitor left, it reads as
// broken too.
async function pour(stream, writable) {
  const reader = readerOf(stream);
  const writer = writable.getWriter();
  const taken = (work) => work.then(() => true, () => false);
  for (;;) {
    const { done, value } = await reader.next().catch((error) => {
      writer.abort(error).catch(() => {});
      throw error;
    });
    if (done) return taken(writer.close());
    if (!(await taken(writer.write(value)))) {
      reader.cancel();
      return false;
    }
  }
}

// Large reads cost the least, and streams of our own know none.
function readerOf(stream) {
  let reader;
  let next;
  try {
    reader = stream.getReader({ mode: "byob" });
    next = () => reader.read(new Uint8Array(64 * 1024));
  } catch {
    reader = stream.getReader();
    next = () => reader.read();
  }
  return { next, cancel: () => reader.cancel().catch(() => {}) };
}

// The same for one that was read whole.
export function hand(whole) {
  const { readable, writable } = through(String(whole.byteLength));
  const writer = writable.getWriter();
  return told(readable, writer.write(whole).then(() => writer.close()));
}

// What a body passes through: one whose length is known stays one.
export const through = (length) =>
  /^\d+$/.test(length) ? new FixedLengthStream(Number(length)) : new IdentityTransformStream();

function told(stream, done) {
  done.catch(() => {});
  return { stream, done };
}

// The body of a copy, decoded. The platform decodes brotli only in what came from elsewhere, so
// that goes through the cache once more.
export async function decoded(response, coding) {
  if (coding === "gzip") return response.body.pipeThrough(new DecompressionStream("gzip"));
  const key = `https://decoded.invalid/${crypto.randomUUID()}`;
  const headers = { "cache-control": "max-age=60", "content-encoding": coding };
  await caches.default.put(key, new Response(response.body, { headers, encodeBody: "manual" }));
  const found = await caches.default.match(key);
  await caches.default.delete(key);
  return found.body;
}

// From byte `start` to before byte `end`, cut out as it passes.
export function slice(response, start, end) {
  let at = 0;
  const cut = new TransformStream({
    transform(chunk, controller) {
      const part = chunk.subarray(Math.max(start - at, 0), Math.max(end - at, 0));
      at += chunk.byteLength;
      if (part.byteLength > 0) controller.enqueue(part);
      if (at >= end) controller.terminate();
    },
  });
  const { readable, writable } = new FixedLengthStream(end - start);
  // The stream's reader is told of what goes wrong.
  response.body.pipeThrough(cut).pipeTo(writable).catch(() => {});
  return readable;
}
