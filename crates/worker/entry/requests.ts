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
    const headers = new Headers();
    for (const line of fields.split("\n")) {
      const at = line.indexOf(":");
      if (at > 0) headers.append(line.slice(0, at), line.slice(at + 1).trim());
    }
    const request = new Request(url, {
      method,
      headers,
      body: body ?? null,
      redirect: follows ? "follow" : "manual",
      signal: abort.signal,
    });
    const own = isOwn ? ctx.exports?.default : undefined;
    const sent = own === undefined ? fetch(request) : own.fetch(request);
    const response = await raced(sent, abort.signal);
    const read = await raced(beginning(response, bodyMax, sizeMax), abort.signal);
    let lines = "";
    for (const [name, value] of response.headers) lines += `${name}: ${value}\n`;
    return { status: response.status, fields: lines, url: response.url || url, ...read };
  } finally {
    clearTimeout(timer);
    abort.abort();
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
