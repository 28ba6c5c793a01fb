// One call to an upstream, and the body that a visitor sends with it. The body is passed on chunk
// by chunk: only so is it known whom the exchange waits for, the visitor or the upstream.

import { CHUNK, through } from "./body.js";
import { within } from "./wait.js";

// What ends a call, and what is known of it when it brought no answer.
export class Call {
  #abort = new AbortController();
  #timedOut = false;
  #timer;
  #upload;

  get signal() {
    return this.#abort.signal;
  }

  // The answer's fields have to be there within `limit` milliseconds of the request's end.
  expect(limit) {
    if (this.#upload) this.#upload.limit = limit;
    else this.#timer = setTimeout(() => this.timeOut(), limit);
  }

  // What `settling` comes to, under the same limit; nothing if that takes longer than `patience`
  // milliseconds, and the call goes on. One timer after the other costs less than two at once.
  settlement(settling, limit, patience) {
    if (patience === 0 || patience >= limit) {
      this.expect(limit);
      return settling;
    }
    return new Promise((resolve) => {
      settling.then(resolve);
      this.#timer = setTimeout(() => {
        this.#timer = setTimeout(() => this.timeOut(), limit - patience);
        resolve();
      }, patience);
    });
  }

  // There is an answer, or an error.
  settle() {
    clearTimeout(this.#timer);
    this.#upload?.settle();
  }

  abort() {
    this.#abort.abort();
  }

  timeOut() {
    this.#timedOut = true;
    this.abort();
  }

  // What fetch is to send of a body.
  pass(incoming) {
    this.#upload = new Upload(this, incoming);
    return this.#upload.stream;
  }

  // For how many milliseconds it has been the upstream's turn; none while it is the visitor's.
  // Below zero if no body passes.
  waited() {
    return this.#upload ? this.#upload.waited() : -1;
  }

  // As `Unanswered::read` in core takes it.
  facts(error, request) {
    const refused = error instanceof TypeError;
    const digits = [this.#timedOut, request.signal.aborted, refused].map(Number).join(" ");
    return `${digits} ${this.#upload?.facts() ?? "n 0 0"}`;
  }
}

// A body as it comes in, with pauses of at most `idle` milliseconds and at most `longest` in all.
export class Incoming {
  #held = [];
  #reader;
  #until;

  constructor(request, idle, longest) {
    this.length = request.headers.get("content-length");
    this.idle = idle;
    this.#reader = request.body.getReader({ mode: "byob" });
    this.#until = Date.now() + longest;
  }

  // How long the next chunk may take.
  get patience() {
    return Math.min(this.idle, this.#until - Date.now());
  }

  // The next chunk; nothing at the end.
  async read() {
    if (this.#held.length > 0) return this.#held.shift();
    const { done, value } = await this.#reader.read(new Uint8Array(CHUNK));
    return done ? undefined : value;
  }

  // Holds up to `limit` bytes. Tells whether that is the whole body, by a letter: whole, more,
  // broken, or idle for too long.
  async hold(limit) {
    const chunks = [];
    for (let size = 0; size <= limit; ) {
      const chunk = await within(this.read().catch(() => "b"), this.patience, "i");
      if (typeof chunk === "string") return chunk;
      if (chunk === undefined) {
        this.whole = new Uint8Array(await new Blob(chunks).arrayBuffer());
        return "w";
      }
      // A slow body's chunks are small, and their buffers are not.
      chunks.push(chunk.slice());
      size += chunk.byteLength;
    }
    this.#held = chunks;
    return "m";
  }
}

// What Rust makes one by: it takes no slot for the handle of a class whose constructor throws.
export const incoming = (request, idle, longest) => new Incoming(request, idle, longest);

// A body on its way. Its state is a letter: passing, sent, broken, or idle for too long.
class Upload {
  #begun = Date.now();
  #call;
  #isSettled = false;
  #since = 0;
  #size;
  #state = "p";
  #timer;

  constructor(call, incoming) {
    const { length } = incoming;
    const { readable, writable } = through(length);
    this.stream = readable;
    this.#call = call;
    this.#size = Number(length);
    this.#run(incoming, writable.getWriter());
  }

  async #run(incoming, writer) {
    for (let size = 0; ; ) {
      this.#since = 0;
      this.#wait(incoming.patience, () => this.#stop("i"));
      const chunk = await incoming.read().catch(() => null);
      if (chunk === null) return this.#stop("b");
      this.#since = Date.now();
      this.#wait(this.limit, () => this.#call.timeOut());
      if (chunk === undefined) {
        this.#state = "s";
        writer.close().catch(() => {});
        return;
      }
      size += chunk.byteLength;
      this.#size = Math.max(this.#size, size);
      // If the upstream takes no more of it, the call tells.
      if (await writer.write(chunk).catch(() => true)) return;
    }
  }

  #wait(limit, then) {
    clearTimeout(this.#timer);
    if (!this.#isSettled) this.#timer = setTimeout(then, limit);
  }

  // Aborting the writer instead would end the body as if it were whole: the runtime then writes the
  // last chunk of a chunked one.
  #stop(state) {
    clearTimeout(this.#timer);
    if (this.#isSettled) return;
    this.#state = state;
    this.#call.abort();
  }

  settle() {
    clearTimeout(this.#timer);
    this.#isSettled = true;
  }

  waited() {
    return this.#since === 0 ? 0 : Date.now() - this.#since;
  }

  facts() {
    const since = this.#state === "s" ? this.#since : this.#begun;
    return `${this.#state} ${this.#size} ${Date.now() - since}`;
  }
}

// Reads a body that is not used, so that the visitor can send it and then read the answer.
export function discard(request) {
  if (request.body === null || request.body.locked) return;
  request.body.pipeTo(new WritableStream()).catch(() => {});
}
