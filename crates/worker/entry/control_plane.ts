// The module behind Durable Objects, cron, the operators' API and health. The first event that
// needs it instantiates it.
import { env as bound, DurableObject } from "cloudflare:workers";
import * as rust from "./breakwater_control.js";
import module from "./breakwater_control_bg.wasm";
import type { Env } from "./breakwater_worker.js";
import { Instance } from "./instance.ts";
import { TOLD } from "./objects.ts";
import { flush, sendReportsBy } from "./reports.ts";
import { recall, remember } from "./status.ts";
import { urlOf } from "./url.ts";
import { type OwnFacts, ownFacts } from "./wire.ts";

// RFC 6455 §7.4.1.
const POLICY_VIOLATION = 1008;

// One by one: if the namespace were passed on, all that wasm-bindgen makes would be in the bundle.
const instance = new Instance(
  "control",
  {
    initSync: rust.initSync,
    __wbg_reset_state: rust.__wbg_reset_state,
    on_panic: rust.on_panic,
  },
  module,
);

// Each event asks for the instance before it is `guarded`: the event that finds the instance broken
// is not one of those that waited for it.

// Answers a request to one of Breakwater's own paths; rejects if the module cannot.
export async function answer(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
  const url = urlOf(request);
  const facts: OwnFacts = {
    method: request.method,
    url,
    ifNoneMatch: request.headers.get("if-none-match") ?? "",
    acceptLanguage: request.headers.get("accept-language") ?? "",
  };
  let since: number | undefined;
  try {
    since = instance.awake();
    // Both modules go by the URL as the platform would send it on, or they disagree whose it is.
    const read = url === request.url ? request : new Request(url, request);
    const answering = rust.answer(read, ownFacts(facts), env, ctx);
    // Most of those who ask for the status get what is at hand, at once.
    const answered = answering instanceof Promise ? await instance.awaited(answering) : answering;
    remember(facts, answered);
    return answered;
  } catch (trap) {
    instance.revive(trap, since);
    const kept = recall(facts);
    if (kept !== undefined) return kept;
    throw trap;
  }
}

// Makes the round of each minute.
export async function scheduled(env: Env): Promise<void> {
  instance.awake();
  await instance.guarded(() => rust.scheduled(env));
  flush();
}

// Both modules report by this one, which an isolate makes an instance of when it has something to
// report.
sendReportsBy(
  async (facts) => {
    instance.awake();
    await instance.guarded(() => rust.report(facts, bound as unknown as Env));
  },
  () => instance.isThere,
);

// A Durable Object around its Rust half. A trap takes that along; the next event loads a new one
// from storage.
const durable = (Half: rust.NewObjectHalf) =>
  class extends DurableObject<Env> {
    #half: rust.ObjectHalf | undefined;
    #generation = 0;

    get #inner(): rust.ObjectHalf {
      const generation = instance.awake();
      if (this.#half === undefined || this.#generation !== generation) {
        this.#half = new Half(this.ctx, this.env);
        this.#generation = generation;
      }
      return this.#half;
    }

    override async fetch(request: Request): Promise<Response> {
      const told = request.headers.get(TOLD);
      if (told !== null) return this.#take(told);
      const body = await request.text();
      const half = this.#inner;
      return instance.guarded(() => half.fetch(body));
    }

    override async alarm(): Promise<void> {
      const half = this.#inner;
      flush();
      await instance.guarded(() => half.alarm?.());
    }

    // Rust takes one end of a WebSocket, and the platform keeps it while the object sleeps.
    async #take(told: string): Promise<Response> {
      const half = this.#inner;
      const { 0: theirs, 1: ours } = new WebSocketPair();
      const isTaken = await instance.guarded(() => half.take?.(ours, told) ?? false);
      if (!isTaken) return new Response(null, { status: 429 });
      return new Response(null, { status: 101, webSocket: theirs });
    }

    // The platform answers pings by itself and wakes the object for all else, which no console
    // sends.
    override webSocketMessage(socket: WebSocket): void {
      socket.close(POLICY_VIOLATION, "only pings are taken");
    }

    // What is to be done about an end is done: a console that is gone is told nothing more.
    override webSocketClose(socket: WebSocket): void {
      socket.close();
    }

    override webSocketError(): void {}
  };

export const UpstreamDo = durable(rust.UpstreamDo);
export const SiteDo = durable(rust.SiteDo);
export const DependencyDo = durable(rust.DependencyDo);
export const MonitorDo = durable(rust.MonitorDo);
export const ProbeDo = durable(rust.ProbeDo);
