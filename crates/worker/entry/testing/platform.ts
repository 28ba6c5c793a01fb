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
  caches: { default: cache },
  addEventListener: (name: string, listener: (event: object) => void) => {
    listeners.set(name, listener);
  },
});

// What is logged, so that tests say what they expect of it, and print none of it.
export const logged: string[] = [];
const log = (...parts: unknown[]) => void logged.push(parts.map(String).join(" "));
Object.assign(console, { error: log, warn: log });
