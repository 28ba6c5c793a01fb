import assert from "node:assert/strict";
import { test } from "node:test";
import type { LiveState } from "./live.ts";
import { type Channel, type Locks, type TabMessage, Tabs } from "./tabs.ts";
import type { News } from "./types.ts";

// A browser with tabs of one site: one lock, and a channel between them.
class Browser {
  readonly #channels: FakeChannel[] = [];
  #isHeld = false;
  readonly #waiting: { hold: () => Promise<void>; signal: AbortSignal }[] = [];

  readonly locks: Locks = {
    request: (_name, { signal }, hold) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(new Error("aborted")));
        this.#waiting.push({ hold, signal });
        this.#next();
      }),
  };

  #next(): void {
    if (this.#isHeld) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    if (next.signal.aborted) {
      this.#next();
      return;
    }
    this.#isHeld = true;
    void next.hold().then(() => {
      this.#isHeld = false;
      this.#next();
    });
  }

  tab(): Tab {
    const channel = new FakeChannel(this.#channels);
    this.#channels.push(channel);
    return new Tab(this.locks, channel);
  }
}

class FakeChannel implements Channel {
  onmessage: ((event: { data: TabMessage }) => void) | null = null;
  readonly #all: FakeChannel[];

  constructor(all: FakeChannel[]) {
    this.#all = all;
  }

  postMessage(data: TabMessage): void {
    for (const other of this.#all) if (other !== this) other.onmessage?.({ data });
  }
}

class Tab {
  isLeader = false;
  readonly news: News[] = [];
  state: LiveState | undefined;
  readonly tabs: Tabs;

  constructor(locks: Locks | undefined, channel: Channel | undefined) {
    this.tabs = new Tabs(locks, channel, {
      leads: (isLeader) => {
        this.isLeader = isLeader;
        if (isLeader) this.tabs.change("live");
      },
      told: (news) => this.news.push(...news),
      changed: (state) => {
        this.state = state;
      },
    });
  }
}

const NEWS: readonly News[] = [{ type: "more" }];
const settled = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

test("one tab leads, and the others hear what it hears", async () => {
  const browser = new Browser();
  const [one, two] = [browser.tab(), browser.tab()];
  one.tabs.show();
  two.tabs.show();
  await settled();
  assert(one.isLeader && !two.isLeader);
  one.tabs.tell(NEWS);
  assert.deepEqual(two.news, NEWS);
  assert.equal(two.state, "live");
});

test("a leader that is hidden leaves the lead to a tab that is seen", async () => {
  const browser = new Browser();
  const [one, two, hidden] = [browser.tab(), browser.tab(), browser.tab()];
  one.tabs.show();
  two.tabs.show();
  await settled();
  one.tabs.hide();
  await settled();
  assert(!one.isLeader && two.isLeader && !hidden.isLeader);
  one.tabs.show();
  await settled();
  assert(!one.isLeader, "it waits for its turn again");
});

test("a tab that is hidden before its turn came never leads", async () => {
  const browser = new Browser();
  const [one, two] = [browser.tab(), browser.tab()];
  one.tabs.show();
  two.tabs.show();
  two.tabs.hide();
  one.tabs.hide();
  await settled();
  assert(!one.isLeader && !two.isLeader);
  one.tabs.tell(NEWS);
  assert.deepEqual(two.news, [], "a hidden tab draws nothing");
});

test("without locks each tab has a connection of its own", () => {
  const tab = new Tab(undefined, undefined);
  tab.tabs.show();
  assert(tab.isLeader);
  tab.tabs.hide();
  assert(!tab.isLeader);
});
