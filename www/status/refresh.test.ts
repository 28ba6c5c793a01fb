import assert from "node:assert/strict";
import { test } from "node:test";

import { EVERY, LONGEST, Refresher, waitAfter } from "./refresh.ts";

// A clock that moves only when a test says so.
class Clock {
  now = 0;
  #next = 1;
  readonly #timers = new Map<number, { at: number; action: () => void }>();

  after(ms: number, action: () => void): number {
    this.#timers.set(this.#next, { at: this.now + ms, action });
    return this.#next++;
  }

  cancel(timer: number): void {
    this.#timers.delete(timer);
  }

  random(): number {
    return 0.5;
  }

  async pass(ms: number): Promise<void> {
    const end = this.now + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= end);
      const first = due.sort(([, a], [, b]) => a.at - b.at)[0];
      if (!first) break;
      this.#timers.delete(first[0]);
      this.now = first[1].at;
      first[1].action();
      await settled();
    }
    this.now = end;
  }
}

// Lets what was begun come to its end.
const settled = async () => {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
};

function page() {
  const clock = new Clock();
  const seen = { asked: [] as number[], failures: [] as number[], works: true };
  const ask = async () => {
    seen.asked.push(clock.now);
    if (!seen.works) throw new Error("no answer");
  };
  const refresher = new Refresher(ask, (failures) => seen.failures.push(failures), clock);
  return { clock, seen, refresher };
}

test("a page that is seen asks each half minute", async () => {
  const { clock, seen, refresher } = page();
  refresher.start();
  await clock.pass(95_000);
  assert.deepEqual(seen.asked, [30_000, 60_000, 90_000]);
});

test("a hidden page does not ask, and asks at once when it is seen again", async () => {
  const { clock, seen, refresher } = page();
  refresher.start();
  await clock.pass(10_000);
  refresher.hide();
  await clock.pass(3_600_000);
  assert.deepEqual(seen.asked, []);
  refresher.show();
  await settled();
  assert.deepEqual(seen.asked, [3_610_000]);
  await clock.pass(EVERY);
  assert.equal(seen.asked.length, 2);
});

test("a page without an answer asks less and less often, and as before once there is one", async () => {
  const { clock, seen, refresher } = page();
  seen.works = false;
  refresher.start();
  await clock.pass(30_000 + 60_000 + 120_000 + 240_000 + 300_000);
  assert.deepEqual(seen.asked, [30_000, 90_000, 210_000, 450_000, 750_000]);
  assert.deepEqual(seen.failures, [1, 2, 3, 4, 5]);
  seen.works = true;
  await clock.pass(LONGEST);
  assert.equal(seen.failures.at(-1), 0);
  const before = seen.asked.length;
  await clock.pass(EVERY);
  assert.equal(seen.asked.length, before + 1);
});

test("one request is under way at a time", async () => {
  const clock = new Clock();
  let asked = 0;
  let answer = () => {};
  const ask = () => {
    asked += 1;
    return new Promise<void>((resolve) => {
      answer = resolve;
    });
  };
  const refresher = new Refresher(ask, () => {}, clock);
  refresher.start();
  await clock.pass(EVERY);
  refresher.hide();
  refresher.show();
  refresher.show();
  await settled();
  assert.equal(asked, 1);
  answer();
  await settled();
  await clock.pass(EVERY);
  assert.equal(asked, 2);
});

test("a page that was hidden while it asked waits for its reader", async () => {
  const { clock, seen, refresher } = page();
  refresher.show();
  refresher.hide();
  await settled();
  await clock.pass(3_600_000);
  assert.equal(seen.asked.length, 1);
});

test("the waits of two readers differ by up to a half", () => {
  assert.equal(waitAfter(0, 0.9), EVERY);
  assert.equal(waitAfter(1, 0), 45_000);
  assert.equal(waitAfter(1, 1), 75_000);
  assert.equal(waitAfter(50, 1), 1.25 * LONGEST);
});
