// Something that the API shows: what was read last, when, and what went wrong since.
import { Problem } from "./api.ts";

// The longest time after which what could not be read is tried again.
const RETRY_EVERY = 15_000;
// The least time from one reading to the next, unless a person asks for it.
const REST_LEAST = 1_000;

export class Resource<T> {
  value: T | undefined;
  // The viewer's clock when it was read.
  readAt = 0;
  problem: Problem | undefined;
  // How often it is read again while it is wanted, in milliseconds; never if that is `Infinity`.
  readonly every: (isLive: boolean) => number;
  readonly #read: () => Promise<T>;
  readonly #changed: () => void;
  #reading: Promise<void> | undefined;
  // Whether something has happened since it was read.
  #isStale = true;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(read: () => Promise<T>, every: (isLive: boolean) => number, changed: () => void) {
    this.#read = read;
    this.every = every;
    this.#changed = changed;
  }

  get isReading(): boolean {
    return this.#reading !== undefined;
  }

  // What was read is no longer all.
  outdate(): void {
    this.#isStale = true;
  }

  // When it is to be read next.
  due(isLive: boolean): number {
    const every = this.every(isLive);
    if (this.problem !== undefined) return this.#askedAt + Math.min(every, RETRY_EVERY);
    // However much happens, it is not read all the time.
    const rest = Number.isFinite(every) ? Math.max(REST_LEAST, every / 4) : REST_LEAST;
    return this.#askedAt + (this.#isStale ? rest : every);
  }

  // Reads it. While it is being read, more of that changes nothing but that it is stale again.
  async load(now: () => number): Promise<void> {
    this.#reading ??= this.#load(now).finally(() => {
      this.#reading = undefined;
      this.#changed();
    });
    await this.#reading;
  }

  async #load(now: () => number): Promise<void> {
    this.#isStale = false;
    this.#askedAt = now();
    try {
      this.value = await this.#read();
      this.readAt = now();
      this.problem = undefined;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.problem = error;
    }
  }

  // What the console knows by another way than by reading it.
  amend(change: (value: T) => T): void {
    if (this.value !== undefined) this.value = change(this.value);
  }
}
