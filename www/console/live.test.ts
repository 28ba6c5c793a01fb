import assert from "node:assert/strict";
import { test } from "node:test";
import { Live, type LiveState, type Socket } from "./live.ts";
import type { News } from "./types.ts";

// A console's connection in virtual time.
class World {
  now = 0;
  readonly sockets: FakeSocket[] = [];
  readonly states: LiveState[] = [];
  readonly news: News[] = [];
  refuses = false;
  #timers: { at: number; work: () => void }[] = [];
  readonly live = new Live(
    {
      open: () => {
        if (this.refuses) throw new Error("refused");
        const socket = new FakeSocket();
        this.sockets.push(socket);
        return socket;
      },
      random: () => 0.5,
      later: (work, ms) => {
        const timer = { at: this.now + ms, work };
        this.#timers.push(timer);
        return timer;
      },
      cancel: (timer) => {
        this.#timers = this.#timers.filter((it) => it !== timer);
      },
    },
    {
      told: (news) => this.news.push(...news),
      changed: (state) => {
        if (this.states.at(-1) !== state) this.states.push(state);
      },
    },
  );

  get socket(): FakeSocket {
    const last = this.sockets.at(-1);
    assert(last !== undefined);
    return last;
  }

  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((it) => it !== due);
      this.now = due.at;
      due.work();
    }
    this.now = end;
  }

  get pending(): number {
    return this.#timers.length;
  }
}

class FakeSocket implements Socket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  readonly sent: string[] = [];
  isClosed = false;

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.isClosed = true;
  }

  say(message: unknown): void {
    this.onmessage?.({ data: typeof message === "string" ? message : JSON.stringify(message) });
  }
}

const GREETING = { lasts_ms: 3_600_000, news: [] };
const TURN: News = { type: "check", check: "shop", from: "up", to: "down" };

test("it is live once it was greeted, and tells what it hears", () => {
  const world = new World();
  world.live.start();
  assert.deepEqual(world.states, ["connecting"]);
  world.socket.say(GREETING);
  world.socket.say({ news: [TURN] });
  assert.deepEqual(world.states, ["connecting", "live"]);
  assert.deepEqual(world.news, [TURN]);
});

test("what happened while there was no connection is read again", () => {
  const world = new World();
  world.live.start();
  world.socket.say(GREETING);
  world.socket.onclose?.();
  world.pass(1_000);
  world.socket.say(GREETING);
  assert.deepEqual(world.news, [{ type: "more" }]);
});

test("attempts come ever later, up to a minute, and after some the console says that it polls", () => {
  const world = new World();
  world.refuses = true;
  world.live.start();
  assert.deepEqual(world.states, ["connecting"]);
  world.pass(3_000);
  assert.deepEqual(world.states, ["connecting", "polling"]);
  world.pass(600_000);
  world.refuses = false;
  const before = world.sockets.length;
  world.pass(60_000);
  assert.equal(world.sockets.length, before + 1);
  world.socket.say(GREETING);
  assert.equal(world.states.at(-1), "live");
});

test("a connection that answers no ping is replaced", () => {
  const world = new World();
  world.live.start();
  world.socket.say(GREETING);
  const first = world.socket;
  world.pass(30_000);
  assert.deepEqual(first.sent, ["ping"]);
  first.say("pong");
  world.pass(30_000);
  assert.deepEqual(first.sent, ["ping", "ping"]);
  world.pass(11_000);
  assert(first.isClosed);
  assert.equal(world.sockets.length, 2);
});

test("a connection is replaced before its end", () => {
  const world = new World();
  world.live.start();
  world.socket.say({ lasts_ms: 60_000, news: [] });
  const first = world.socket;
  const pong = () => first.say("pong");
  world.pass(30_000);
  pong();
  world.pass(9_000);
  assert.equal(world.sockets.length, 2);
  assert(first.isClosed);
});

test("what is stopped asks nothing, and a socket that was left says nothing", () => {
  const world = new World();
  world.live.start();
  const first = world.socket;
  first.say(GREETING);
  world.live.stop();
  assert(first.isClosed);
  assert.equal(world.states.at(-1), "paused");
  first.say({ news: [TURN] });
  first.onclose?.();
  assert.equal(world.pending, 0);
  assert.deepEqual(world.news, []);
  world.live.start();
  world.live.start();
  assert.equal(world.sockets.length, 2);
});

test("what cannot be read is left out", () => {
  const world = new World();
  world.live.start();
  world.socket.say(GREETING);
  for (const message of ["", "{", "[]", "7", "x".repeat(300_000)]) world.socket.say(message);
  assert.deepEqual(world.news, []);
  assert.equal(world.states.at(-1), "live");
});
