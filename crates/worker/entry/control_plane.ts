// The module behind Durable Objects, cron, the operators' API and health. The first event that needs
// it instantiates it.
import { DurableObject } from "cloudflare:workers";
import * as rust from "./breakwater_control.js";
import module from "./breakwater_control_bg.wasm";
import type { Env } from "./breakwater_worker.js";
import { Instance } from "./instance.ts";
import { asked } from "./objects.ts";

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

// Answers a request to one of Breakwater's own paths; rejects if the module cannot.
export async function answer(request: Request, env: Env): Promise<Response> {
  let since: number | undefined;
  try {
    return await instance.guarded(() => {
      since = instance.awake();
      return rust.answer(request, env);
    });
  } catch (trap) {
    instance.revive(trap, since);
    throw trap;
  }
}

// Makes the round of each minute.
export function scheduled(env: Env): Promise<void> {
  return instance.guarded(() => {
    instance.awake();
    return rust.scheduled(env);
  });
}

// A Durable Object around its Rust half. A trap takes that along; the next event loads a new one
// from storage.
const durable = (Half: rust.NewObjectHalf) =>
  class extends DurableObject<Env> {
    #half: rust.ObjectHalf | undefined;
    #generation = 0;

    get #inner(): rust.ObjectHalf {
      if (this.#half === undefined || this.#generation !== instance.awake()) {
        this.#half = new Half(this.ctx, this.env);
        this.#generation = instance.generation;
      }
      return this.#half;
    }

    override fetch(request: Request): Promise<Response> {
      return instance.guarded(async () => {
        const [path, body] = await asked(request);
        return this.#inner.fetch(path, body);
      });
    }

    override alarm(): Promise<void> {
      return instance.guarded(async () => this.#inner.alarm?.());
    }
  };

export const UpstreamDo = durable(rust.UpstreamDo);
export const SiteDo = durable(rust.SiteDo);
export const DependencyDo = durable(rust.DependencyDo);
