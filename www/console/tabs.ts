// One connection for all tabs: the tab that leads holds it, and tells the others.
//
// A browser opens only a few connections to a site at once, and the site takes a limited number of
// consoles. Only a tab that is seen leads, so that hidden tabs ask nothing.
import type { LiveState } from "./live.ts";
import type { News } from "./types.ts";

const NAME = "breakwater-console";

export type TabMessage =
  | { is: "news"; news: readonly News[] }
  | { is: "state"; state: LiveState }
  | { is: "who" };

export interface Channel {
  onmessage: ((event: { data: TabMessage }) => void) | null;
  postMessage(message: TabMessage): void;
}

// The browser's locks, as far as they are used.
export interface Locks {
  request(
    name: string,
    options: { signal: AbortSignal },
    hold: () => Promise<void>,
  ): Promise<unknown>;
}

export interface TabListener {
  // This tab leads from now on, or it no longer does.
  leads(isLeader: boolean): void;
  told(news: readonly News[]): void;
  changed(state: LiveState): void;
}

export class Tabs {
  readonly #locks: Locks | undefined;
  readonly #channel: Channel | undefined;
  readonly #listener: TabListener;
  #end: (() => void) | undefined;
  #isLeader = false;
  #state: LiveState = "connecting";

  // Without locks or a channel, each tab has a connection of its own.
  constructor(locks: Locks | undefined, channel: Channel | undefined, listener: TabListener) {
    const isShared = locks !== undefined && channel !== undefined;
    this.#locks = isShared ? locks : undefined;
    this.#channel = isShared ? channel : undefined;
    this.#listener = listener;
    if (this.#channel !== undefined) this.#channel.onmessage = ({ data }) => this.#hear(data);
  }

  // The tab is seen: it leads as soon as no other does.
  show(): void {
    if (this.#end !== undefined) return;
    if (this.#locks === undefined) {
      this.#end = () => {};
      this.#lead(true);
      return;
    }
    const waiting = new AbortController();
    this.#end = () => waiting.abort();
    const hold = (): Promise<void> =>
      new Promise((resolve) => {
        this.#lead(true);
        this.#end = resolve;
      });
    // It rejects when the tab is hidden before its turn came.
    this.#locks.request(NAME, { signal: waiting.signal }, hold).catch(() => {});
    this.#channel?.postMessage({ is: "who" });
  }

  // The tab is not seen: another one may lead.
  hide(): void {
    const end = this.#end;
    this.#end = undefined;
    if (this.#isLeader) this.#lead(false);
    end?.();
  }

  // Tells the other tabs what this one, which leads, was told.
  tell(news: readonly News[]): void {
    this.#channel?.postMessage({ is: "news", news });
  }

  // Tells the other tabs how this one's connection is.
  change(state: LiveState): void {
    this.#state = state;
    if (this.#isLeader) this.#channel?.postMessage({ is: "state", state });
  }

  #lead(isLeader: boolean): void {
    this.#isLeader = isLeader;
    this.#listener.leads(isLeader);
  }

  #hear(message: TabMessage): void {
    if (message.is === "who") {
      if (this.#isLeader) this.#channel?.postMessage({ is: "state", state: this.#state });
    } else if (!this.#isLeader && this.#end !== undefined) {
      if (message.is === "news") this.#listener.told(message.news);
      else this.#listener.changed(message.state);
    }
  }
}

// What the browser offers.
export const browserTabs = (listener: TabListener): Tabs => {
  const channel =
    typeof BroadcastChannel === "function"
      ? (new BroadcastChannel(NAME) as unknown as Channel)
      : undefined;
  return new Tabs(navigator.locks as unknown as Locks | undefined, channel, listener);
};
