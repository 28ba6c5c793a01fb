// A circuit breaker with a run of failures and a time window, in plain JavaScript.

const BUCKETS = 60;
const BUCKET_MS = 1_000;
const CALLS_MIN = 20;

export class Breaker {
  #run = 0;
  #head = 0;
  #openUntil = 0;
  #calls = new Uint32Array(BUCKETS);
  #failures = new Uint32Array(BUCKETS);
  #totalCalls = 0;
  #totalFailures = 0;
  // How many calls took how long, by powers of two of milliseconds.
  #latencies = new Uint32Array(33);

  // Opens after this number of failures in a row, or at half of the calls in the window, for
  // `openFor` milliseconds.
  constructor(failuresInARow, openFor) {
    this.failuresInARow = failuresInARow;
    this.openFor = openFor;
  }

  admits(now) {
    return now >= this.#openUntil;
  }

  record(failed, took, now) {
    const bucket = Math.floor(now / BUCKET_MS);
    for (let step = Math.min(bucket - this.#head, BUCKETS); step > 0; step -= 1) {
      this.#head = bucket - step + 1;
      const i = this.#head % BUCKETS;
      this.#totalCalls -= this.#calls[i];
      this.#totalFailures -= this.#failures[i];
      this.#calls[i] = this.#failures[i] = 0;
    }
    const i = bucket % BUCKETS;
    this.#calls[i] += 1;
    this.#totalCalls += 1;
    this.#run = failed ? this.#run + 1 : 0;
    if (failed) {
      this.#failures[i] += 1;
      this.#totalFailures += 1;
    } else {
      this.#latencies[32 - Math.clz32(took)] += 1;
    }
    const rate = this.#totalCalls >= CALLS_MIN && this.#totalFailures * 2 >= this.#totalCalls;
    if (this.#run >= this.failuresInARow || rate) this.#openUntil = now + this.openFor;
  }

  state(now) {
    return now < this.#openUntil ? "open" : "closed";
  }

  // Whole seconds until it admits a call.
  secondsLeft(now) {
    return Math.max(Math.ceil((this.#openUntil - now) / 1_000), 1);
  }
}
