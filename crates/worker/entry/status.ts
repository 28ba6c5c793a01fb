// Answers with the public status: bodies stay here as bytes, so that one that many ask for is not
// copied out of the wasm for each of them. What is answered when is decided in Rust.
import type { OwnFacts } from "./wire.ts";

// How many answers are remembered for when the module cannot give any.
const REMEMBERED_MAX = 32;

// How long the same request gets the same answer again without the modules being asked: as long as
// `age` counts anyway.
const REPEATED_FOR_MS = 1000;

// A body with its fields, as it is sent until it would read otherwise.
export class Rendering {
  readonly #status: number;
  readonly #fields: Readonly<Record<string, string>>;
  readonly #body: Uint8Array;
  readonly #at: number;
  readonly #until: number;

  // `at` is when the state was so, and `until` how long it reads like that, both in milliseconds
  // since 1970.
  constructor(status: number, lines: string, body: string, at: number, until: number) {
    this.#status = status;
    this.#fields = fieldsOf(lines);
    this.#body = new TextEncoder().encode(body);
    this.#at = at;
    this.#until = until;
  }

  get holds(): boolean {
    return Date.now() < this.#until;
  }

  whole(): Response {
    return this.#made(new Response(this.#body, { status: this.#status, headers: this.#aged() }));
  }

  // What `GET` would be told (RFC 9110 §9.3.2).
  head(): Response {
    const headers = { ...this.#aged(), "content-length": String(this.#body.byteLength) };
    return this.#made(new Response(null, { status: this.#status, headers }));
  }

  notModified(): Response {
    return this.#made(new Response(null, { status: 304, headers: this.#aged() }));
  }

  #made(answer: Response): Response {
    latest = { answer, rendering: this };
    return answer;
  }

  #aged(): Record<string, string> {
    const age = Math.max(0, Math.floor((Date.now() - this.#at) / 1000));
    return { ...this.#fields, age: String(age) };
  }
}

// The answer that was made last, and of what.
let latest: { readonly answer: Response; readonly rendering: Rendering } | undefined;

// The answers to the latest requests, by what they were for, and until when each may be given
// again.
const remembered = new Map<string, { readonly rendering: Rendering; readonly until: number }>();

// Until when that holds of any.
let repeatedUntil = 0;

const keyOf = ({ url, acceptLanguage }: Pick<OwnFacts, "url" | "acceptLanguage">): string =>
  `${url}\n${acceptLanguage}`;

// Remembers what a request was answered with, if that was a rendering.
export function remember(facts: OwnFacts, answer: Response): void {
  const rendering = latest?.answer === answer ? latest.rendering : undefined;
  latest = undefined;
  if (rendering === undefined) return;
  const key = keyOf(facts);
  repeatedUntil = Date.now() + REPEATED_FOR_MS;
  // What is set again becomes the latest.
  remembered.delete(key);
  remembered.set(key, { rendering, until: repeatedUntil });
  const [oldest] = remembered.keys();
  if (remembered.size > REMEMBERED_MAX && oldest !== undefined) remembered.delete(oldest);
}

// The answer that the same request got within the last second. A page that many ask for at once,
// as in an outage, costs about what a static answer costs.
export function again(request: Request): Response | undefined {
  const now = Date.now();
  if (now >= repeatedUntil || request.method !== "GET") return undefined;
  const { url, headers } = request;
  const found = remembered.get(
    keyOf({ url, acceptLanguage: headers.get("accept-language") ?? "" }),
  );
  if (found === undefined || now >= found.until || !found.rendering.holds) return undefined;
  // Whether the visitor has it already, Rust says.
  return headers.has("if-none-match") ? undefined : found.rendering.whole();
}

// The answer that such a request got last, while it would read the same: for when the module cannot
// give one.
export function recall(facts: OwnFacts): Response | undefined {
  const rendering = remembered.get(keyOf(facts))?.rendering;
  if (!rendering?.holds) return undefined;
  return facts.method === "HEAD" ? rendering.head() : rendering.whole();
}

// A file that the bundle holds.
export function file(lines: string, body: string | Uint8Array, isHead: boolean): Response {
  return new Response(isHead ? null : body, { headers: fieldsOf(lines) });
}

function fieldsOf(lines: string): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const line of lines.split("\n")) {
    const at = line.indexOf(":");
    fields[line.slice(0, at)] = line.slice(at + 1);
  }
  return fields;
}
