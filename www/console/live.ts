// The connection by which the console is told what happens. It reconnects by itself, and says when
// it cannot be had.
import type { News } from "./types.ts";

// `live`: told as it happens. `polling`: it cannot be had, so what is shown is asked for again and
// again. `paused`: the tab is not seen, and asks nothing.
export type LiveState = "connecting" | "live" | "polling" | "paused";

export interface Socket {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
  send(text: string): void;
  close(): void;
}

// What a connection needs of the browser, so that tests can stand in for it.
export interface LiveNeeds {
  open(): Socket;
  // From 0 to below 1.
  random(): number;
  later(work: () => void, ms: number): unknown;
  cancel(timer: unknown): void;
}

export interface LiveListener {
  told(news: readonly News[]): void;
  changed(state: LiveState): void;
}

// The first wait before it connects again; it doubles up to the longest.
const RETRY_FIRST = 1_000;
const RETRY_LONGEST = 60_000;
// After as many attempts in a row the console says that it polls. It goes on trying.
const ATTEMPTS_QUIET = 2;
// How often the connection is tried, and how long the answer may take.
const PING_EVERY = 30_000;
const PONG_WITHIN = 10_000;
// How long before its end a connection is replaced, at most.
const REPLACED_BEFORE = 30_000;
// The longest message that is read. The longest that is sent is below 128 KiB.
const MESSAGE_MAX = 262_144;

export class Live {
  readonly #needs: LiveNeeds;
  readonly #listener: LiveListener;
  #socket: Socket | undefined;
  #timers: unknown[] = [];
  #pong: unknown;
  #failed = 0;
  #isOn = false;
  #wasLive = false;

  constructor(needs: LiveNeeds, listener: LiveListener) {
    this.#needs = needs;
    this.#listener = listener;
  }

  start(): void {
    if (this.#isOn) return;
    this.#isOn = true;
    this.#failed = 0;
    this.#connect();
  }

  stop(): void {
    this.#isOn = false;
    this.#drop();
    this.#listener.changed("paused");
  }

  #connect(): void {
    this.#drop();
    this.#listener.changed(this.#failed > ATTEMPTS_QUIET ? "polling" : "connecting");
    let socket: Socket;
    try {
      socket = this.#needs.open();
    } catch {
      this.#lost();
      return;
    }
    this.#socket = socket;
    // A socket that has been replaced says nothing any more.
    const isCurrent = () => this.#socket === socket;
    socket.onmessage = ({ data }) => {
      if (isCurrent()) this.#read(data);
    };
    socket.onclose = () => {
      if (isCurrent()) this.#lost();
    };
  }

  #read(data: unknown): void {
    if (typeof data !== "string" || data.length > MESSAGE_MAX) return;
    if (data === "pong") {
      this.#needs.cancel(this.#pong);
      this.#pong = undefined;
      return;
    }
    let message: { lasts_ms?: unknown; news?: unknown };
    try {
      message = JSON.parse(data) as typeof message;
    } catch {
      return;
    }
    if (typeof message.lasts_ms === "number") this.#greeted(message.lasts_ms);
    if (Array.isArray(message.news) && message.news.length > 0) {
      this.#listener.told(message.news as News[]);
    }
  }

  #greeted(lasts: number): void {
    this.#failed = 0;
    this.#listener.changed("live");
    // What happened while there was no connection was told to no one here.
    if (this.#wasLive) this.#listener.told([{ type: "more" }]);
    this.#wasLive = true;
    const early = Math.min(REPLACED_BEFORE, lasts / 2) * (0.5 + this.#needs.random() / 2);
    this.#later(() => this.#connect(), Math.max(RETRY_FIRST, lasts - early));
    this.#pingLater();
  }

  #pingLater(): void {
    this.#later(() => {
      this.#socket?.send("ping");
      this.#pong = this.#later(() => this.#lost(), PONG_WITHIN);
      this.#pingLater();
    }, PING_EVERY);
  }

  #lost(): void {
    this.#drop();
    this.#failed += 1;
    const longest = Math.min(RETRY_LONGEST, RETRY_FIRST * 2 ** Math.min(this.#failed - 1, 10));
    this.#listener.changed(this.#failed > ATTEMPTS_QUIET ? "polling" : "connecting");
    // Half of the wait is random, so that consoles that lost an object at once come back apart.
    this.#later(() => this.#connect(), longest * (0.5 + this.#needs.random() / 2));
  }

  #later(work: () => void, ms: number): unknown {
    const timer = this.#needs.later(() => {
      if (this.#isOn) work();
    }, ms);
    this.#timers.push(timer);
    return timer;
  }

  #drop(): void {
    for (const timer of this.#timers) this.#needs.cancel(timer);
    this.#timers = [];
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }
}
