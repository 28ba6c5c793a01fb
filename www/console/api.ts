// Asks the operators' API. A session's cookie goes along by itself; a write also says that a page
// of this site means it.

const BASE = "/_breakwater";
// The longest that an answer is waited for. The slowest of them asks all coordinators.
const LIMIT = 20_000;

// What went wrong, in the words of the API.
export class Problem extends Error {
  // 0 if there was no answer.
  readonly status: number;
  readonly title: string;

  constructor(status: number, title: string, detail: string) {
    super(detail);
    this.status = status;
    this.title = title;
  }
}

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export class Api {
  readonly #fetch: Fetch;
  readonly #signedOut: () => void;

  // `signedOut` is called when the session is over.
  constructor(fetch: Fetch, signedOut: () => void) {
    this.#fetch = fetch;
    this.#signedOut = signedOut;
  }

  get<T>(path: string): Promise<T> {
    return this.#ask<T>("GET", path);
  }

  send<T>(method: "POST" | "DELETE", path: string, body: object = {}): Promise<T> {
    // An order without a member is told by an empty body, which each of them takes.
    const members = Object.entries(body).filter(([, value]) => value !== undefined);
    const text = members.length === 0 ? undefined : JSON.stringify(Object.fromEntries(members));
    return this.#ask<T>(method, path, text);
  }

  async #ask<T>(method: string, path: string, body?: string): Promise<T> {
    const headers: Record<string, string> = { accept: "application/json" };
    if (method !== "GET") headers["breakwater-request"] = "1";
    if (body !== undefined) headers["content-type"] = "application/json";
    let answer: Response;
    try {
      answer = await this.#fetch(BASE + path, {
        method,
        headers,
        credentials: "same-origin",
        cache: "no-store",
        signal: AbortSignal.timeout(LIMIT),
        ...(body === undefined ? {} : { body }),
      });
    } catch (error) {
      const isLate = error instanceof DOMException && error.name === "TimeoutError";
      const why = isLate ? `There was no answer within ${LIMIT / 1000} s.` : "There is no answer.";
      throw new Problem(0, "Not reached", why);
    }
    if (answer.status === 401) this.#signedOut();
    if (!answer.ok) throw await problemOf(answer);
    return (await answer.json()) as T;
  }
}

async function problemOf(answer: Response): Promise<Problem> {
  let told: { title?: unknown; detail?: unknown } = {};
  try {
    told = (await answer.json()) as typeof told;
  } catch {
    // It is no problem of Breakwater's, and its status says what is known.
  }
  const title = typeof told.title === "string" ? told.title : `Status ${answer.status}`;
  const detail = typeof told.detail === "string" ? told.detail : title;
  return new Problem(answer.status, title, detail);
}

// A name as a segment of a path.
export const segment = (name: string): string => encodeURIComponent(name);
