// One call to an upstream, and the body that a visitor sends with it. The body is passed on chunk
// by chunk: only so is it known whom the exchange waits for, the visitor or the upstream.

import { type Bytes, begun, CHUNK, through } from "./body.ts";
import { within } from "./wait.ts";
import { type CallFacts, callFacts, type Held } from "./wire.ts";

type Timer = number;

// How long an early answer waits for its body to begin, in milliseconds.
const EARLY = 100;

// What ends a call, and what is known of it when it brought no answer.
export class Call {
  // Called when a body that was passed on has gone out whole, so that it is the upstream's turn.
  onSent = (): void => {};
  readonly #abort = new AbortController();
  #timedOut = false;
  #timer: Timer | null = null;
  #upload: Upload | undefined;

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  // The answer's fields have to be there within `limit` milliseconds of the request's end.
  expect(limit: number): void {
    if (this.#upload) this.#upload.limit = limit;
    else this.#timer = setTimeout(() => this.timeOut(), limit);
  }

  // What `settling` comes to, under the same limit; nothing if that takes longer than `patience`
  // milliseconds, and the call goes on. One timer after the other costs less than two at once.
  settlement<T>(settling: Promise<T>, limit: number, patience: number): Promise<T | undefined> {
    if (patience === 0 || patience >= limit) {
      this.expect(limit);
      return settling;
    }
    return new Promise((resolve) => {
      settling.then(resolve);
      this.#timer = setTimeout(() => {
        this.#timer = setTimeout(() => this.timeOut(), limit - patience);
        resolve(undefined);
      }, patience);
    });
  }

  // There is an answer, or an error.
  settle(): void {
    clearTimeout(this.#timer);
    this.#upload?.settle();
  }

  abort(): void {
    this.#abort.abort();
  }

  timeOut(): void {
    this.#timedOut = true;
    this.abort();
  }

  // What fetch is to send of a body.
  pass(incoming: Incoming): Bytes {
    this.#upload = new Upload(this, incoming);
    return this.#upload.stream;
  }

  // An upstream that answers before it has the whole body may close the connection, and the rest of
  // its answer may then be lost (RFC 9112 §9.6). `size` is the length of a body that is sent in one
  // piece.
  async answered(answering: Promise<Response>, size = 0): Promise<Response> {
    const answer = await answering;
    const upload = this.#upload;
    const isRefusal = answer.status >= 400 && (upload?.size ?? size) > CHUNK;
    return isRefusal || upload?.isPassing ? begun(answer, EARLY) : answer;
  }

  // For how many milliseconds it has been the upstream's turn; none while it is the visitor's.
  // Below zero if no body passes.
  waited(): number {
    return this.#upload ? this.#upload.waited() : -1;
  }

  // What core needs in order to say whose doing it was that there is no answer but this error.
  facts(error: unknown, request: Request): string {
    return callFacts({
      isTimedOut: this.#timedOut,
      hasVisitorLeft: request.signal.aborted,
      isRefused: error instanceof TypeError,
      ...(this.#upload?.facts() ?? NO_UPLOAD),
    });
  }
}

type UploadFacts = Pick<CallFacts, "upload" | "size" | "since">;

const NO_UPLOAD: UploadFacts = { upload: "none", size: 0, since: 0 };

// A body as it comes in, with pauses of at most `idle` milliseconds and at most `longest` in all.
export class Incoming {
  readonly length: string | null;
  readonly idle: number;
  whole: Uint8Array | undefined;
  #held: Uint8Array[] = [];
  readonly #reader: ReadableStreamBYOBReader;
  readonly #until: number;

  constructor(request: Request, idle: number, longest: number) {
    if (request.body === null) throw new TypeError("the request has no body");
    this.length = request.headers.get("content-length");
    this.idle = idle;
    this.#reader = request.body.getReader({ mode: "byob" });
    this.#until = Date.now() + longest;
  }

  // How long the next chunk may take.
  get patience(): number {
    return Math.min(this.idle, this.#until - Date.now());
  }

  // The next chunk; nothing at the end.
  async read(): Promise<Uint8Array | undefined> {
    if (this.#held.length > 0) return this.#held.shift();
    const { done, value } = await this.#reader.read(new Uint8Array(CHUNK));
    return done ? undefined : value;
  }

  // Holds up to `limit` bytes, and tells whether that is the whole body.
  async hold(limit: number): Promise<Held> {
    const chunks: Uint8Array[] = [];
    for (let size = 0; size <= limit; ) {
      const chunk = await within(
        this.read().catch(() => "broken" as const),
        this.patience,
        "stalled",
      );
      if (typeof chunk === "string") return chunk;
      if (chunk === undefined) {
        this.whole = new Uint8Array(await new Blob(chunks).arrayBuffer());
        return "whole";
      }
      // A slow body's chunks are small, and their buffers are not.
      chunks.push(chunk.slice());
      size += chunk.byteLength;
    }
    this.#held = chunks;
    return "more";
  }
}

// Makes one for Rust: an import that throws leaves no handle behind where it returns an `Option`,
// which no constructor can.
export const incoming = (request: Request, idle: number, longest: number): Incoming =>
  new Incoming(request, idle, longest);

// A body on its way.
class Upload {
  readonly stream: Bytes;
  // How long the upstream may take from when it is its turn, in milliseconds.
  limit: number | undefined;
  readonly #begun = Date.now();
  readonly #call: Call;
  #isSettled = false;
  #since = 0;
  // As the visitor says, until more of it came.
  size: number;
  #state: CallFacts["upload"] = "passing";
  #timer: Timer | null = null;

  constructor(call: Call, incoming: Incoming) {
    const { length } = incoming;
    const { readable, writable } = through(length);
    this.stream = readable;
    this.#call = call;
    this.size = Number(length);
    this.#run(incoming, writable.getWriter());
  }

  async #run(incoming: Incoming, writer: WritableStreamDefaultWriter<Uint8Array>): Promise<void> {
    for (let size = 0; ; ) {
      this.#since = 0;
      this.#wait(incoming.patience, () => this.#stop("stalled"));
      const chunk = await incoming.read().catch(() => null);
      if (chunk === null) return this.#stop("broken");
      this.#since = Date.now();
      this.#wait(this.limit, () => this.#call.timeOut());
      if (chunk === undefined) {
        this.#state = "sent";
        this.#call.onSent();
        writer.close().catch(() => {});
        return;
      }
      size += chunk.byteLength;
      this.size = Math.max(this.size, size);
      // If the upstream takes no more of it, the call tells.
      if (await writer.write(chunk).catch(() => true)) return;
    }
  }

  #wait(limit: number | undefined, then: () => void): void {
    clearTimeout(this.#timer);
    if (!this.#isSettled) this.#timer = setTimeout(then, limit);
  }

  // Aborting the writer instead would end the body as if it were whole: the runtime then writes the
  // last chunk of a chunked one.
  #stop(state: "broken" | "stalled"): void {
    clearTimeout(this.#timer);
    if (this.#isSettled) return;
    this.#state = state;
    this.#call.abort();
  }

  settle(): void {
    clearTimeout(this.#timer);
    this.#isSettled = true;
  }

  waited(): number {
    return this.#since === 0 ? 0 : Date.now() - this.#since;
  }

  get isPassing(): boolean {
    return this.#state === "passing";
  }

  facts(): UploadFacts {
    const since = this.#state === "sent" ? this.#since : this.#begun;
    return { upload: this.#state, size: this.size, since: Date.now() - since };
  }
}

// Reads a body that is not used, so that the visitor can send it and then read the answer.
export function discard(request: Request): void {
  if (request.body === null || request.body.locked) return;
  request.body.pipeTo(new WritableStream()).catch(() => {});
}
