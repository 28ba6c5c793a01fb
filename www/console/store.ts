// What the console knows, and when it asks again. It asks only for what is shown, and nothing while
// the tab is not seen.
import { type Api, segment } from "./api.ts";
import { Resource } from "./resource.ts";
import type {
  Alerts,
  Budget,
  Check,
  Checks,
  Configuration,
  Events,
  History,
  Incidents,
  Maintenance,
  News,
  Objectives,
  Snapshots,
  Upstreams,
  WholeIncident,
} from "./types.ts";
import { isFailed } from "./types.ts";

const SECOND = 1000;
// How often circuits are read, and how long reading one of them has to be spread over: each time, a
// Durable Object per circuit is asked.
const CIRCUITS_EVERY = 5 * SECOND;
const CIRCUIT_SPACING = 50;
// News come in groups, and what they changed is read once for all: after half of this time to all.
const NEWS_WAIT = 600;

const every = (live: number, polling: number) => (isLive: boolean) =>
  (isLive ? live : polling) * SECOND;

export interface StoreNeeds {
  now(): number;
  random(): number;
  later(work: () => void, ms: number): unknown;
  cancel(timer: unknown): void;
  isSeen(): boolean;
  changed(): void;
}

export class Store {
  readonly upstreams: Resource<Upstreams>;
  readonly checks: Resource<Checks>;
  readonly objectives: Resource<Objectives>;
  readonly incidents: Resource<Incidents>;
  readonly alerts: Resource<Alerts>;
  readonly snapshots: Resource<Snapshots>;
  readonly maintenance: Resource<Maintenance>;
  readonly budget: Resource<Budget>;
  readonly configuration: Resource<Configuration>;
  readonly events: Resource<Events>;
  readonly #histories = new Map<string, Resource<History>>();
  readonly #incidents = new Map<string, Resource<WholeIncident>>();
  readonly #checks = new Map<string, Resource<Check>>();
  readonly #api: Api;
  readonly #needs: StoreNeeds;
  #wanted: readonly Resource<unknown>[] = [];
  #timer: unknown;
  isLive = false;

  constructor(api: Api, needs: StoreNeeds) {
    this.#api = api;
    this.#needs = needs;
    this.upstreams = this.#resource<Upstreams>("/upstreams", () => {
      const upstreams = this.upstreams.value?.upstreams ?? [];
      const circuits = upstreams.reduce((sum, upstream) => sum + upstream.circuits.length, 0);
      return Math.max(CIRCUITS_EVERY, circuits * CIRCUIT_SPACING);
    });
    this.checks = this.#resource("/checks", every(30, 10));
    this.objectives = this.#resource("/objectives", every(60, 30));
    this.incidents = this.#resource("/incidents", every(60, 10));
    this.alerts = this.#resource("/alerts", every(60, 15));
    this.snapshots = this.#resource("/snapshots", every(60, 60));
    this.maintenance = this.#resource("/maintenance", every(60, 30));
    this.budget = this.#resource("/budget", every(30, 30));
    this.events = this.#resource("/events", every(120, 20));
    this.configuration = this.#resource("/configuration", () => Number.POSITIVE_INFINITY);
  }

  history(upstream: string): Resource<History> {
    const path = `/upstreams/${segment(upstream)}/history`;
    return this.#named(this.#histories, upstream, path, every(30, 30));
  }

  incident(id: string): Resource<WholeIncident> {
    return this.#named(this.#incidents, id, `/incidents/${segment(id)}`, every(60, 15));
  }

  check(name: string): Resource<Check> {
    return this.#named(this.#checks, name, `/checks/${segment(name)}`, every(15, 10));
  }

  // Has just these read, now if they are stale and then again and again.
  want(wanted: readonly Resource<unknown>[]): void {
    const isSame =
      wanted.length === this.#wanted.length && wanted.every((it, at) => it === this.#wanted[at]);
    if (isSame) return;
    this.#wanted = wanted;
    this.schedule();
  }

  // Reads what is due, and sets the timer for what is due next.
  schedule(): void {
    this.#needs.cancel(this.#timer);
    this.#timer = undefined;
    if (!this.#needs.isSeen()) return;
    const now = this.#needs.now();
    let next = Number.POSITIVE_INFINITY;
    for (const resource of this.#wanted) {
      if (resource.isReading) continue;
      const due = resource.due(this.isLive);
      if (due <= now) void this.#load(resource);
      else next = Math.min(next, due);
    }
    if (Number.isFinite(next)) {
      // A tenth at random, so that the consoles of a site do not ask all at once.
      const wait = (next - now) * (1 + this.#needs.random() / 10);
      this.#timer = this.#needs.later(() => this.schedule(), wait);
    }
  }

  async #load(resource: Resource<unknown>): Promise<void> {
    await resource.load(() => this.#needs.now());
    this.schedule();
  }

  // Reads something again at once, and all else that may have changed when it is shown.
  async reload(...resources: Resource<unknown>[]): Promise<void> {
    for (const resource of resources) resource.outdate();
    await Promise.all(resources.map((resource) => resource.load(() => this.#needs.now())));
    this.schedule();
  }

  // Takes what happened. What the news say is shown at once; the rest is read soon.
  take(news: readonly News[]): void {
    for (const each of news) this.#take(each);
    this.#needs.changed();
    const wait = NEWS_WAIT * (0.5 + this.#needs.random() / 2);
    this.#needs.later(() => this.schedule(), wait);
  }

  #take(news: News): void {
    switch (news.type) {
      case "circuit": {
        this.upstreams.amend((value) => turned(value, news.circuit, news.to));
        this.#outdate(this.upstreams, this.#histories.get(news.upstream));
        break;
      }
      case "check": {
        this.checks.amend(({ checks }) => ({
          checks: checks.map((it) => (it.name === news.check ? { ...it, state: news.to } : it)),
        }));
        this.#outdate(this.checks, this.#checks.get(news.check));
        break;
      }
      case "incident":
        this.#outdate(this.incidents, this.objectives, this.#incidents.get(news.incident));
        break;
      case "delivery":
        this.#outdate(this.alerts);
        break;
      case "order":
        this.#outdate(this.events, this.upstreams, this.maintenance, this.checks);
        if (news.event.event === "purge") this.#outdate(this.snapshots);
        break;
      case "more":
        this.#outdate(...this.#all());
        break;
    }
  }

  #outdate(...resources: (Resource<unknown> | undefined)[]): void {
    for (const resource of resources) resource?.outdate();
  }

  #all(): Resource<unknown>[] {
    const named = [this.#histories, this.#incidents, this.#checks];
    return [
      this.upstreams,
      this.checks,
      this.objectives,
      this.incidents,
      this.alerts,
      this.snapshots,
      this.maintenance,
      this.budget,
      this.events,
      ...named.flatMap((all) => [...all.values()] as Resource<unknown>[]),
    ];
  }

  #resource<T>(path: string, every: (isLive: boolean) => number): Resource<T> {
    return new Resource(
      () => this.#api.get<T>(path),
      every,
      () => this.#needs.changed(),
    );
  }

  #named<T>(
    all: Map<string, Resource<T>>,
    name: string,
    path: string,
    every: (isLive: boolean) => number,
  ): Resource<T> {
    let resource = all.get(name);
    if (resource === undefined) {
      resource = this.#resource<T>(path, every);
      // What was looked at long ago is read again when it is looked at again.
      const oldest = all.size >= NAMED_MAX ? all.keys().next().value : undefined;
      if (oldest !== undefined) all.delete(oldest);
      all.set(name, resource);
    }
    return resource;
  }
}

// Circuits, checks and incidents that the console remembers besides the lists.
const NAMED_MAX = 50;

function turned(value: Upstreams, name: string, state: string): Upstreams {
  const circuit = (it: Upstreams["upstreams"][number]["circuits"][number]) =>
    it.name === name && !isFailed(it) ? { ...it, state: state as typeof it.state } : it;
  return {
    upstreams: value.upstreams.map((it) => ({ ...it, circuits: it.circuits.map(circuit) })),
  };
}
