// When the page asks for itself again: each half minute while it is seen, and less often while it
// gets no answer.

// The milliseconds between two requests of a page that is seen.
export const EVERY = 30_000;
// The longest that a page without an answer waits, in milliseconds, before the jitter.
export const LONGEST = 300_000;

// What the page has of its surroundings; tests have others.
export interface Surroundings {
  // Begins a timer, which `cancel` ends.
  after(ms: number, action: () => void): number;
  cancel(timer: number): void;
  // A number from 0 to 1, without 1.
  random(): number;
}

// The milliseconds to wait after this number of failures in a row. Jitter of a quarter keeps the
// pages of many readers from asking at the same moment when the site is back.
export function waitAfter(failures: number, random: number): number {
  if (failures === 0) return EVERY;
  const longest = Math.min(LONGEST, EVERY * 2 ** failures);
  return longest * (0.75 + random / 2);
}

// Asks again and again while the page is seen.
export class Refresher {
  readonly #ask: () => Promise<void>;
  readonly #told: (failures: number) => void;
  readonly #around: Surroundings;
  #timer: number | undefined;
  #failures = 0;
  #isSeen = false;
  #isAsking = false;

  // `ask` rejects if there was no answer; `told` learns after each request how many failed in a
  // row.
  constructor(ask: () => Promise<void>, told: (failures: number) => void, around: Surroundings) {
    this.#ask = ask;
    this.#told = told;
    this.#around = around;
  }

  // The page is seen for the first time, and is as young as it gets.
  start(): void {
    this.#isSeen = true;
    this.#schedule();
  }

  // The page is seen again after it was not, and asks at once.
  show(): void {
    this.#isSeen = true;
    this.#stop();
    void this.#turn();
  }

  // The page is not seen any more. A request that is under way ends by itself.
  hide(): void {
    this.#isSeen = false;
    this.#stop();
  }

  #stop(): void {
    if (this.#timer !== undefined) this.#around.cancel(this.#timer);
    this.#timer = undefined;
  }

  #schedule(): void {
    this.#stop();
    if (!this.#isSeen) return;
    const wait = waitAfter(this.#failures, this.#around.random());
    this.#timer = this.#around.after(wait, () => {
      this.#timer = undefined;
      void this.#turn();
    });
  }

  async #turn(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      await this.#ask();
      this.#failures = 0;
    } catch {
      this.#failures += 1;
    } finally {
      this.#isAsking = false;
    }
    this.#told(this.#failures);
    this.#schedule();
  }
}
