// The module behind Durable Objects, cron, the operators' API and health. The first event that needs
// it instantiates it.
import { DurableObject } from "cloudflare:workers";
import module from "./breakwater_control_bg.wasm";
import * as rust from "./breakwater_control.js";
import { Instance } from "./instance.js";
import { asked } from "./objects.js";

const instance = new Instance("control", rust, module);

// Answers a request to one of Breakwater's own paths; rejects if the module cannot.
export async function answer(request, env) {
  let since;
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
export function scheduled(env) {
  return instance.guarded(() => {
    instance.awake();
    return rust.scheduled(env);
  });
}

// A Durable Object around its Rust half. A trap takes that along; the next event loads a new one
// from storage.
const durable = (half) =>
  class extends DurableObject {
    get inner() {
      if (this.made !== instance.awake()) {
        this.rust = new rust[half](this.ctx, this.env);
        this.made = instance.generation;
      }
      return this.rust;
    }
    fetch(request) {
      return instance.guarded(async () => {
        const [path, body] = await asked(request);
        return this.inner.fetch(path, body);
      });
    }
    alarm() {
      return instance.guarded(() => this.inner.alarm());
    }
  };

export const UpstreamDo = durable("UpstreamDo");
export const SiteDo = durable("SiteDo");
export const DependencyDo = durable("DependencyDo");
