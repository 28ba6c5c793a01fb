// Requests, answers and bodies for tests.
import type { Bytes } from "../body.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const bytes = (text: string): Uint8Array => encoder.encode(text);
export const text = (of: Uint8Array): string => decoder.decode(of);

// A body of these chunks; then it ends, breaks with the error, or pauses for ever (`"open"`).
export function body(chunks: readonly string[], end: "close" | "open" | Error = "close"): Bytes {
  const left = [...chunks];
  return new ReadableStream({
    type: "bytes",
    async pull(controller: ReadableByteStreamController) {
      const chunk = left.shift();
      if (chunk !== undefined) {
        controller.enqueue(bytes(chunk));
        return;
      }
      if (end === "open") {
        await new Promise(() => {});
      } else if (end === "close") {
        controller.close();
        // What a reader that brought its own buffer still waits for.
        controller.byobRequest?.respond(0);
      } else {
        controller.error(end);
      }
    },
  });
}

export async function all(stream: Bytes): Promise<string> {
  return text(new Uint8Array(await new Response(stream).arrayBuffer()));
}

type Init = {
  readonly url?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Bytes | null;
  readonly signal?: AbortSignal;
};

// A request as the platform gives it. Node's own would refuse some of these.
export function request(init: Init = {}): Request {
  const { url = "https://shop.example/a", method = "GET", body = null } = init;
  const made = {
    url,
    method,
    headers: new Headers(init.headers),
    body,
    bodyUsed: false,
    signal: init.signal ?? new AbortController().signal,
  };
  return made as unknown as Request;
}

// Stands in for `fetch`: keeps what is sent, and answers with this.
export function intercept(answer: () => Response | Promise<Response>): Request[] {
  const sent: Request[] = [];
  Object.assign(globalThis, {
    fetch: async (to: Request | string, init: RequestInit = {}) => {
      const body = init.body == null ? {} : { duplex: "half" };
      sent.push(new Request(to, { ...init, ...body } as RequestInit));
      return answer();
    },
  });
  return sent;
}

export const soon = (milliseconds = 5): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
