// The Worker's entry: holds the awaits around Rust's synchronous halves, and fails open.
import { DurableObject } from "cloudflare:workers";
import * as rust from "./breakwater.js";
import module from "./breakwater_bg.wasm";
import { Call } from "./call.ts";
import { notSent } from "./exchange.ts";
import { failOpen, passed } from "./fail_open.ts";
import { awake, generation, guarded, revive, start } from "./instance.ts";
import { asked } from "./objects.ts";

// One by one: if the namespace were passed on, all that wasm-bindgen makes would be in the bundle.
start(
  {
    initSync: rust.initSync,
    __wbg_reset_state: rust.__wbg_reset_state,
    on_panic: rust.on_panic,
  },
  module,
);

async function visit(request: Request, env: rust.Env, ctx: ExecutionContext): Promise<Response> {
  const call = new Call();
  let since: number | undefined;
  let settled: unknown;
  try {
    since = awake();
    const begun = rust.begin(request, env, ctx, call);
    const ticket = rust.ticket();
    if (ticket === 0 || !(begun instanceof Promise))
      return (await guarded(() => begun)) ?? refused(request, env);
    const settling = begun.catch((error: unknown) => error);
    settled = await call.settlement(settling, rust.time_out(), rust.patience());
    let answer: rust.Answer | Promise<rust.Answer> | undefined;
    // Another instance knows nothing of this call.
    if (settled === undefined && since === awake()) answer = rust.overdue(ticket, settling);
    if (answer === undefined) {
      settled ??= await settling;
      call.settle();
      if (since === awake()) answer = rust.end(ticket, settled);
    }
    if (answer instanceof Promise) {
      const promised = answer;
      answer = await guarded(() => promised);
    }
    if (answer === null) return refused(request, env);
    return answer ?? (isWhole(settled) ? passed(settled) : failOpen(request, env));
  } catch (trap) {
    call.settle();
    revive(trap, since);
    return isWhole(settled) ? passed(settled) : failOpen(request, env);
  }
}

// An answer of which Rust has read nothing yet.
const isWhole = (settled: unknown): settled is Response =>
  settled instanceof Response && !settled.bodyUsed && settled.body?.locked !== true;

// The platform refused to send a request, which is no fault of the upstream's.
function refused(request: Request, env: rust.Env): Promise<Response> {
  notSent(request);
  return failOpen(request, env);
}

// A Durable Object around its Rust half. A trap takes that along; the next event loads a new one
// from storage.
const durable = (Half: rust.NewObjectHalf) =>
  class extends DurableObject<rust.Env> {
    #half: rust.ObjectHalf | undefined;
    #generation = 0;

    get #inner(): rust.ObjectHalf {
      if (this.#half === undefined || this.#generation !== awake()) {
        this.#half = new Half(this.ctx, this.env);
        this.#generation = generation();
      }
      return this.#half;
    }

    override fetch(request: Request): Promise<Response> {
      return guarded(async () => {
        const [path, body] = await asked(request);
        return this.#inner.fetch(path, body);
      });
    }

    override alarm(): Promise<void> {
      return guarded(async () => this.#inner.alarm?.());
    }
  };

export const UpstreamDo = durable(rust.UpstreamDo);
export const SiteDo = durable(rust.SiteDo);
export const DependencyDo = durable(rust.DependencyDo);

export default {
  fetch(request: Request, env: rust.Env, ctx: ExecutionContext): Promise<Response> {
    const answer = visit(request, env, ctx);
    // The outcome arrives also when the visitor leaves.
    ctx.waitUntil(answer.catch(() => {}));
    return answer;
  },
  scheduled: (_event: ScheduledController, env: rust.Env): Promise<void> =>
    guarded(() => {
      awake();
      return rust.scheduled(env);
    }),
};
