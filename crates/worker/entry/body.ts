// Bodies stay on the JavaScript side: Rust says how much to read and how long, and holds handles.
import { within } from "./wait.ts";

type Timer = number;

// Large enough that a fast body costs little.
export const CHUNK = 64 * 1024;

// The bytes of a body on their way.
export type Bytes = ReadableStream<Uint8Array>;

// What has a body: a request or an answer.
type Message = Pick<Request | Response, "headers"> & { readonly body: Bytes | null };

// What became of reading a body whole; Rust reads the fields by their names.
export type Read =
  | { readonly whole: Uint8Array }
  | { readonly stream: Bytes; readonly isReleased?: true };

// A body on its way, and how it ends.
export interface Passing {
  readonly stream: Bytes;
  readonly done: Promise<boolean>;
}

// How a body is read whole; times are in milliseconds.
export interface Manner {
  // How long the pause between two chunks may be.
  readonly idle: number;
  // How long all of it may take.
  readonly longest: number;
  // How long `timely` waits for it.
  readonly patience: number;
  // Whether nothing decodes it, so that it is as long as its `Content-Length` says.
  readonly isRaw: boolean;
}

// A body that is read whole, up to `limit` bytes; unless it is released by then, or too long: then
// it is a stream of all of it. One timer serves all of its waits, since timers cost more than the
// reading of a short body.
export class Reading {
  readonly result: Promise<Read>;
  readonly #idle: number;
  readonly #until: number;
  readonly #isRaw: boolean;
  #patientUntil: number;
  // When the wait for the next chunk began.
  #since = Date.now();
  #timer: Timer | null = null;
  #isReleased = false;
  // Ends the wait for the next chunk.
  #interrupt: (word: "released" | "late") => void = () => {};
  #giveUp: (nothing: undefined) => void = () => {};

  constructor(message: Message, limit: number, { idle, longest, patience, isRaw }: Manner) {
    this.#idle = idle;
    this.#isRaw = isRaw;
    this.#until = this.#since + longest;
    this.#patientUntil = this.#since + patience;
    this.result = this.#read(message, limit);
    // A rejection that no one awaits is no error.
    this.result.catch(() => {});
  }

  // What `result` comes to; nothing if it breaks off, or takes longer than `patience`.
  get timely(): Promise<Read | undefined> {
    return new Promise((resolve) => {
      this.#giveUp = resolve;
      this.result.then(resolve, () => resolve(undefined));
    });
  }

  // Ends the holding: the caller that waits gets the bytes that have come, and the rest as it
  // comes.
  release(): void {
    this.#isReleased = true;
    this.#interrupt("released");
  }

  async #read({ body, headers }: Message, limit: number): Promise<Read> {
    if (body === null) return { whole: new Uint8Array(0) };
    const length = Number(headers.get("content-length"));
    if (length > limit) return { stream: body };
    const end = this.#isRaw && length > 0 ? length : Number.POSITIVE_INFINITY;
    const reader = readerOf(body, length > 0 ? Math.min(length, CHUNK) : CHUNK);
    let held: Held | undefined;
    try {
      for (let chunk: Uint8Array | undefined; ; ) {
        // Its memory serves again, since what was read is held elsewhere.
        const next = reader.next(chunk?.buffer as ArrayBuffer | undefined);
        const read = await this.#chunk(next);
        if (read === "released") return { stream: resume(held, reader, next), isReleased: true };
        if (read === "late") {
          reader.cancel("idle");
          throw new DOMException("the body paused for too long", "TimeoutError");
        }
        if (read.done) return { whole: held?.all() ?? new Uint8Array(0) };
        chunk = read.value;
        // To ask for the end of a short body would cost as much again as to read it.
        if (held === undefined && chunk.byteLength === end) return { whole: chunk };
        held ??= new Held(length > 0 ? length : CHUNK, limit);
        held.add(chunk);
        if (held.size === end) return { whole: held.all() };
        if (held.size > limit) return { stream: resume(held, reader, reader.next()) };
      }
    } finally {
      clearTimeout(this.#timer);
    }
  }

  #chunk(next: Promise<Chunk>): Promise<Chunk | "released" | "late"> {
    this.#since = Date.now();
    if (this.#timer === null) this.#arm(this.#since);
    return new Promise((resolve, reject) => {
      this.#interrupt = resolve;
      if (this.#isReleased) resolve("released");
      next.then(resolve, reject);
    });
  }

  get #lateAt(): number {
    return Math.min(this.#since + this.#idle, this.#until);
  }

  // The timer is not moved with each chunk: it looks how long ago the last one came.
  #arm(now: number): void {
    const wait = Math.min(this.#lateAt, this.#patientUntil) - now;
    this.#timer = setTimeout(() => this.#look(), Math.max(wait, 1));
  }

  #look(): void {
    const now = Date.now();
    if (now >= this.#patientUntil) {
      this.#patientUntil = Number.POSITIVE_INFINITY;
      this.#giveUp(undefined);
    }
    if (now >= this.#lateAt) this.#interrupt("late");
    else this.#arm(now);
  }
}

// The beginning of a body, in one piece of memory: many small ones would be garbage that only the
// engine's collector frees.
class Held {
  #bytes: Uint8Array<ArrayBuffer>;
  readonly #limit: number;
  size = 0;

  constructor(capacity: number, limit: number) {
    this.#bytes = new Uint8Array(capacity);
    this.#limit = limit;
  }

  add(chunk: Uint8Array): void {
    const size = this.size + chunk.byteLength;
    const doubled = Math.min(2 * this.#bytes.byteLength, this.#limit);
    if (size > this.#bytes.byteLength) this.#fit(Math.max(size, doubled));
    this.#bytes.set(chunk, this.size);
    this.size = size;
  }

  all(): Uint8Array {
    if (this.size < this.#bytes.byteLength) this.#fit(this.size);
    return this.#bytes;
  }

  // `transfer` frees the old memory at once.
  #fit(capacity: number): void {
    this.#bytes = new Uint8Array(this.#bytes.buffer.transfer(capacity));
  }
}

export function readWhole(
  message: Message,
  limit: number,
  idle: number,
  longest = Number.POSITIVE_INFINITY,
  patience = Number.POSITIVE_INFINITY,
  isRaw = false,
): Reading {
  return new Reading(message, limit, { idle, longest, patience, isRaw });
}

// What was read, then what is being read, then the rest as it comes.
function resume(held: Held | undefined, reader: Reader, next: Promise<Chunk>): Bytes {
  return resumed(held?.all(), reader, next);
}

// The stream does not know what held the beginning, so that its memory does not live for as long as
// the rest takes.
function resumed(first: Uint8Array | undefined, reader: Reader, next: Promise<Chunk>): Bytes {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (first !== undefined) {
        controller.enqueue(first);
        first = undefined;
        return;
      }
      const { done, value } = await next;
      if (done) {
        controller.close();
        return;
      }
      next = reader.next();
      controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

// Passes an answer's body on, and tells how it ended: `done` rejects if it broke off, and is
// `false` if the visitor took no more of it. A body of known length stays one: else what broke off
// would look whole.
export function watch(response: Response, stream: Bytes): Passing {
  const { readable, writable } = through(response.headers.get("content-length"));
  return told(readable, pour(stream, writable));
}

// A WebSocket's answer carries the socket, and cannot be made again; nor can one whose status HTTP
// does not know.
export const canBeMadeAgain = ({ status }: Response): boolean => status >= 200 && status <= 599;

// Resolves to the same answer once its body has begun, or has not for `patience` milliseconds, and
// rejects if the body breaks off before. Where the connection is already broken when the answer is
// passed on, the runtime may give the visitor nothing at all, not even the status.
export async function begun(response: Response, patience: number): Promise<Response> {
  if (response.body === null || !canBeMadeAgain(response)) return response;
  const reader = readerOf(response.body);
  const next = reader.next();
  await within(next, patience, undefined);
  const { stream } = watch(response, resumed(undefined, reader, next));
  return new Response(stream, response);
}

// The error of `pipeTo` does not tell whose end broke, and a visitor who leaves must not count
// against the upstream. Nor does the stream tell afterwards: where the visitor left, it reads as
// broken too.
async function pour(stream: Bytes, writable: WritableStream<Uint8Array>): Promise<boolean> {
  const reader = readerOf(stream);
  const writer = writable.getWriter();
  const taken = (work: Promise<void>) =>
    work.then(
      () => true,
      () => false,
    );
  for (;;) {
    const { done, value } = await reader.next().catch((error: unknown) => {
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

// Large reads cost the least, and streams of our own know none. `next` reads into the buffer that
// it is given, if it is given one.
function readerOf(stream: Bytes, size = CHUNK): Reader {
  let reader: ReadableStreamBYOBReader | ReadableStreamDefaultReader<Uint8Array>;
  let next: Reader["next"];
  try {
    const byob = stream.getReader({ mode: "byob" });
    next = (buffer = new ArrayBuffer(size)) => byob.read(new Uint8Array(buffer));
    reader = byob;
  } catch {
    const chunks = stream.getReader();
    next = () => chunks.read();
    reader = chunks;
  }
  return { next, cancel: (reason) => reader.cancel(reason).catch(() => {}) };
}

type Chunk = ReadableStreamReadResult<Uint8Array>;

interface Reader {
  readonly next: (buffer?: ArrayBuffer) => Promise<Chunk>;
  readonly cancel: (reason?: unknown) => Promise<void>;
}

// The same for one that was read whole.
export function hand(whole: Uint8Array): Passing {
  const { readable, writable } = through(String(whole.byteLength));
  const writer = writable.getWriter();
  return told(
    readable,
    writer
      .write(whole)
      .then(() => writer.close())
      .then(() => true),
  );
}

// What a body passes through: one whose length is known stays one.
export const through = (length: string | null): IdentityTransformStream =>
  length !== null && /^\d+$/.test(length)
    ? new FixedLengthStream(Number(length))
    : new IdentityTransformStream();

function told(stream: Bytes, done: Promise<boolean>): Passing {
  done.catch(() => {});
  return { stream, done };
}

// The body of a copy, decoded. The platform decodes brotli only in what came from elsewhere, so
// that goes through the cache once more.
export async function decoded(response: Response, coding: string): Promise<Bytes> {
  if (response.body === null) throw new Error("a copy that is coded has no body");
  if (coding === "gzip") return response.body.pipeThrough(new DecompressionStream("gzip"));
  const key = `https://decoded.invalid/${crypto.randomUUID()}`;
  const headers = { "cache-control": "max-age=60", "content-encoding": coding };
  await caches.default.put(key, new Response(response.body, { headers, encodeBody: "manual" }));
  const found = await caches.default.match(key);
  await caches.default.delete(key);
  if (!found?.body) throw new Error("the cache has not kept what it was to decode");
  return found.body;
}

// From byte `start` to before byte `end`, cut out as it passes.
export function slice(response: Response, start: number, end: number): Bytes {
  let at = 0;
  const cut = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      const part = chunk.subarray(Math.max(start - at, 0), Math.max(end - at, 0));
      at += chunk.byteLength;
      if (part.byteLength > 0) controller.enqueue(part);
      if (at >= end) controller.terminate();
    },
  });
  const { readable, writable } = new FixedLengthStream(end - start);
  // The stream's reader is told of what goes wrong.
  response.body
    ?.pipeThrough(cut)
    .pipeTo(writable)
    .catch(() => {});
  return readable;
}
