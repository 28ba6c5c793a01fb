import assert from "node:assert/strict";
import { test } from "node:test";
import { Api } from "./api.ts";
import { Store } from "./store.ts";

// A console in virtual time, and the API that it asks.
class World {
  now = 1_000_000;
  isSeen = true;
  status = 200;
  readonly asked: string[] = [];
  #timers: { at: number; work: () => void }[] = [];
  readonly answers: Record<string, unknown> = {
    "/checks": { checks: [{ name: "shop", state: "up" }] },
    "/upstreams": { upstreams: [upstream("web", 1)] },
    "/incidents": { incidents: [] },
    "/configuration": {},
  };
  readonly api = new Api(
    async (url) => {
      const path = url.replace("/_breakwater", "");
      this.asked.push(path);
      const problem = { title: "Bad Gateway", detail: "the monitor's object failed" };
      const body = this.status === 200 ? this.answers[path] : problem;
      return new Response(JSON.stringify(body), { status: this.status });
    },
    () => {},
  );
  readonly store = new Store(this.api, {
    now: () => this.now,
    random: () => 0,
    later: (work, ms) => {
      const timer = { at: this.now + ms, work };
      this.#timers.push(timer);
      return timer;
    },
    cancel: (timer) => {
      this.#timers = this.#timers.filter((it) => it !== timer);
    },
    isSeen: () => this.isSeen,
    changed: () => {},
  });

  async pass(ms: number): Promise<void> {
    const end = this.now + ms;
    await settled();
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((it) => it !== due);
      this.now = due.at;
      due.work();
      await settled();
    }
    this.now = end;
  }

  count(path: string): number {
    return this.asked.filter((it) => it === path).length;
  }
}

const settled = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

const upstream = (name: string, circuits: number) => ({
  name,
  circuits: Array.from({ length: circuits }, (_, at) => ({
    name: `${name}${at}`,
    state: "closed",
  })),
});

test("only what is wanted is asked for", async () => {
  const world = new World();
  world.store.want([world.store.checks]);
  await world.pass(120_000);
  assert.equal(world.count("/checks"), 13, "at once, and then each ten seconds without live news");
  assert.equal(world.count("/incidents"), 0);
});

test("a tab that is not seen asks nothing", async () => {
  const world = new World();
  world.store.want([world.store.checks]);
  await world.pass(1_000);
  world.isSeen = false;
  world.store.schedule();
  const before = world.asked.length;
  await world.pass(3_600_000);
  world.store.take([{ type: "more" }]);
  await world.pass(60_000);
  assert.equal(world.asked.length, before);
  world.isSeen = true;
  world.store.schedule();
  await world.pass(1);
  assert.equal(world.asked.length, before + 1);
});

test("a turn is shown at once, and read soon", async () => {
  const world = new World();
  world.store.isLive = true;
  world.store.want([world.store.upstreams]);
  await world.pass(4_000);
  world.answers["/upstreams"] = { upstreams: [] };
  const news = { type: "circuit", upstream: "web", circuit: "web0", from: "closed", to: "open" };
  world.store.take([news as never]);
  const circuits = world.store.upstreams.value?.upstreams[0]?.circuits;
  assert.deepEqual(circuits, [{ name: "web0", state: "open" }]);
  await world.pass(1_000);
  assert.deepEqual(world.store.upstreams.value?.upstreams, []);
});

test("many circuits are asked for less often", async () => {
  const world = new World();
  world.answers["/upstreams"] = { upstreams: [upstream("web", 500)] };
  world.store.want([world.store.upstreams]);
  await world.pass(100_000);
  assert.equal(world.count("/upstreams"), 5, "at once, and then each 25 seconds");
});

test("news in a storm cost a bounded number of questions", async () => {
  const world = new World();
  world.store.isLive = true;
  world.store.want([world.store.checks]);
  for (let second = 0; second < 300; second++) {
    const news = { type: "check", check: "shop", from: "up", to: "down" } as const;
    for (let each = 0; each < 20; each++) world.store.take([news]);
    await world.pass(1_000);
  }
  assert(world.count("/checks") <= 45, `${world.count("/checks")}`);
});

test("what cannot be read is tried again, and what was read before stays", async () => {
  const world = new World();
  world.store.want([world.store.checks]);
  await world.pass(1_000);
  world.status = 502;
  await world.pass(60_000);
  assert.equal(world.store.checks.value?.checks.length, 1);
  assert.equal(world.store.checks.problem?.message, "the monitor's object failed");
  world.status = 200;
  await world.pass(15_000);
  assert.equal(world.store.checks.problem, undefined);
});

test("what never changes is read once, and again only if it could not be", async () => {
  const world = new World();
  world.status = 502;
  world.store.want([world.store.configuration]);
  await world.pass(20_000);
  assert.equal(world.count("/configuration"), 2);
  world.status = 200;
  await world.pass(3_600_000);
  assert.equal(world.count("/configuration"), 3);
});
