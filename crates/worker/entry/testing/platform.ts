// What of workerd the sources use and Node lacks, as far as tests need it. To be imported first.

// Each of these hands chunks on one by one, and one of a known length takes no more and no less.
class Identity extends TransformStream<Uint8Array, Uint8Array> {}

class Fixed extends TransformStream<Uint8Array, Uint8Array> {
  constructor(length: number) {
    let left = length;
    super({
      transform(chunk, controller) {
        left -= chunk.byteLength;
        if (left < 0) throw new TypeError("more bytes than were promised");
        controller.enqueue(chunk);
      },
      flush() {
        if (left > 0) throw new TypeError("fewer bytes than were promised");
      },
    });
  }
}

// What the sources listen to.
export const listeners = new Map<string, (event: object) => void>();

// An end of a WebSocket. Node's own `Response` takes neither 101 nor a socket.
export class FakeSocket {
  readonly closed: unknown[] = [];

  close(...how: unknown[]): void {
    this.closed.push(...how);
  }
}

class Pair {
  readonly 0 = new FakeSocket();
  readonly 1 = new FakeSocket();
}

const answers = new Proxy(Response, {
  construct(made, [body = null, init = {}]: [BodyInit | null, ResponseInit]) {
    const answer = new made(body, init.status === 101 ? { ...init, status: 200 } : init);
    if (init.status === 101) Object.defineProperty(answer, "status", { value: 101 });
    return Object.defineProperty(answer, "webSocket", { value: init.webSocket ?? null });
  },
});

// A colo's cache, which decodes nothing.
const kept = new Map<string, Response>();
const cache = {
  async put(key: string, response: Response): Promise<void> {
    kept.set(key, response);
  },
  async match(key: string): Promise<Response | undefined> {
    return kept.get(key);
  },
  async delete(key: string): Promise<boolean> {
    return kept.delete(key);
  },
};

Object.assign(globalThis, {
  FixedLengthStream: Fixed,
  IdentityTransformStream: Identity,
  Response: answers,
  WebSocketPair: Pair,
  caches: { default: cache },
  addEventListener: (name: string, listener: (event: object) => void) => {
    listeners.set(name, listener);
  },
});

// What is logged, so that tests say what they expect of it, and print none of it.
export const logged: string[] = [];
const log = (...parts: unknown[]) => void logged.push(parts.map(String).join(" "));
Object.assign(console, { error: log, warn: log });
