// Requests and connections of Breakwater's own: those of checks, and the deliveries of alerts. What
// comes of them is judged in Rust.
import { connect } from "cloudflare:sockets";
import { within } from "./wait.ts";

// An answer; Rust reads the fields by their names.
export interface Answered {
  readonly status: number;
  // The fields, a line each.
  readonly fields: string;
  // The beginning of the body.
  readonly body: Uint8Array;
  // The bytes of the whole body, as far as they were counted.
  readonly size: number;
  readonly isCut: boolean;
  readonly url: string;
}

// What the context of an object has of the Worker itself.
interface Exports {
  readonly exports?: { readonly default?: Fetcher };
}

// Sends a request. What goes to the site's own host goes the way of a visitor's request: the
// platform would send it past the Worker. `bodyMax` bytes of the body are returned, and `sizeMax`
// are counted. Rejects with a `TimeoutError` if not all of that is there within `limit`
// milliseconds.
export async function send(
  ctx: Exports,
  isOwn: boolean,
  url: string,
  method: string,
  fields: string,
  body: string | undefined,
  follows: boolean,
  bodyMax: number,
  sizeMax: number,
  limit: number,
): Promise<Answered> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(new DOMException("no answer", "TimeoutError")), limit);
  try {
    const request = new Request(url, {
      method,
      headers: headersOf(fields),
      body: body ?? null,
      redirect: follows ? "follow" : "manual",
      signal: abort.signal,
    });
    const response = await raced(sendAsked(ctx, isOwn, request), abort.signal);
    return await raced(answered(response, url, bodyMax, sizeMax), abort.signal);
  } finally {
    clearTimeout(timer);
    abort.abort();
  }
}

// A WebSocket, or the answer that refused it; Rust uses the members by their names.
export class Conversation {
  readonly refusal: Answered | undefined;
  readonly #socket: WebSocket | undefined;
  readonly #messages: Uint8Array[] = [];
  #hasEnded = false;
  #wake: () => void = () => {};

  // Keeps `messagesMax` messages that no caller has asked for yet, of each `messageMax` bytes.
  constructor(
    opened: { socket: WebSocket } | { refusal: Answered },
    messagesMax: number,
    messageMax: number,
  ) {
    if ("refusal" in opened) {
      this.refusal = opened.refusal;
      return;
    }
    const { socket } = opened;
    this.refusal = undefined;
    this.#socket = socket;
    // The default is a `Blob`, whose bytes are only to be had later.
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => {
      if (this.#messages.length >= messagesMax) return;
      const bytes =
        typeof data === "string" ? new TextEncoder().encode(data) : new Uint8Array(data);
      this.#messages.push(bytes.slice(0, messageMax));
      this.#wake();
    });
    for (const end of ["close", "error"] as const) {
      socket.addEventListener(end, () => {
        this.#hasEnded = true;
        this.#wake();
      });
    }
    socket.accept();
  }

  // Returns the next message, or nothing if the other side has ended. Rejects with a `TimeoutError`
  // if neither happens within `limit` milliseconds.
  async next(limit: number): Promise<Uint8Array | undefined> {
    if (this.#messages.length === 0 && !this.#hasEnded) {
      const woken = new Promise<true>((resolve) => {
        this.#wake = () => resolve(true);
      });
      const inTime = await within(woken, limit, undefined);
      if (inTime === undefined) throw new DOMException("no message", "TimeoutError");
    }
    return this.#messages.shift();
  }

  // Ends it, as one who has what he came for (RFC 6455 §7.4.1).
  close(): void {
    try {
      this.#socket?.close(1000);
    } catch {
      // It has ended already.
    }
  }
}

// Opens a WebSocket and sends a text over it. Rejects with a `TimeoutError` if the answer to the
// opening is not there within `limit` milliseconds.
export async function converse(
  ctx: Exports,
  isOwn: boolean,
  url: string,
  fields: string,
  text: string | undefined,
  messagesMax: number,
  messageMax: number,
  limit: number,
): Promise<Conversation> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(new DOMException("no answer", "TimeoutError")), limit);
  try {
    const headers = headersOf(fields);
    headers.set("upgrade", "websocket");
    const response = await raced(
      sendAsked(ctx, isOwn, new Request(url, { headers, redirect: "manual" })),
      abort.signal,
    );
    const socket = response.webSocket;
    if (!socket) {
      const read = answered(response, url, messageMax, messageMax);
      return new Conversation({ refusal: await raced(read, abort.signal) }, 0, 0);
    }
    const conversation = new Conversation({ socket }, messagesMax, messageMax);
    if (text !== undefined) socket.send(text);
    return conversation;
  } finally {
    clearTimeout(timer);
  }
}

// Opens a connection, and closes it. Rejects with a `TimeoutError` if it is not open within `limit`
// milliseconds.
export async function connectTo(host: string, port: number, limit: number): Promise<void> {
  const socket = connect({ hostname: host, port });
  // It rejects when the connection fails, which `opened` tells already.
  socket.closed.catch(() => {});
  try {
    const opened = await within(socket.opened, limit, undefined);
    if (opened === undefined) throw new DOMException("no connection", "TimeoutError");
  } finally {
    socket.close().catch(() => {});
  }
}

function headersOf(fields: string): Headers {
  const headers = new Headers();
  for (const line of fields.split("\n")) {
    const at = line.indexOf(":");
    if (at > 0) headers.append(line.slice(0, at), line.slice(at + 1).trim());
  }
  return headers;
}

function sendAsked(ctx: Exports, isOwn: boolean, request: Request): Promise<Response> {
  const own = isOwn ? ctx.exports?.default : undefined;
  return own === undefined ? fetch(request) : own.fetch(request);
}

async function answered(
  response: Response,
  url: string,
  bodyMax: number,
  sizeMax: number,
): Promise<Answered> {
  const read = await beginning(response, bodyMax, sizeMax);
  let lines = "";
  for (const [name, value] of response.headers) lines += `${name}: ${value}\n`;
  return { status: response.status, fields: lines, url: response.url || url, ...read };
}

// The platform does not always notice an abort while it waits for a body.
function raced<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  aborted.catch(() => {});
  work.catch(() => {});
  return Promise.race([work, aborted]);
}

async function beginning(
  response: Response,
  bodyMax: number,
  sizeMax: number,
): Promise<{ body: Uint8Array; size: number; isCut: boolean }> {
  const kept: Uint8Array[] = [];
  let size = 0;
  let length = 0;
  const reader = response.body?.getReader();
  while (reader !== undefined && size < sizeMax) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    const part = value.subarray(0, bodyMax - length);
    if (part.byteLength > 0) kept.push(part);
    length += part.byteLength;
  }
  reader?.cancel().catch(() => {});
  const body = new Uint8Array(length);
  let at = 0;
  for (const part of kept) {
    body.set(part, at);
    at += part.byteLength;
  }
  return { body, size, isCut: size > length };
}
