// The Worker's entry: holds the awaits around Rust's synchronous halves, and fails open.
import { DurableObject } from "cloudflare:workers";
import module from "./breakwater_bg.wasm";
import * as rust from "./breakwater.js";
import { Call } from "./call.js";
import { notSent } from "./exchange.js";
import { failOpen, passed } from "./fail_open.js";
import { awake, generation, guarded, revive, start } from "./instance.js";
import { asked } from "./objects.js";

start(rust, module);

async function visit(request, env, ctx) {
  const call = new Call();
  let since, settled;
  try {
    since = awake();
    const begun = rust.begin(request, env, ctx, call);
    const ticket = rust.ticket();
    // `null`, here and below: nothing was sent, since the platform refused to.
    if (ticket === 0) return (await guarded(() => begun)) ?? refused(request, env);
    const settling = begun.catch((error) => error);
    settled = await call.settlement(settling, rust.time_out(), rust.patience());
    let answer;
    // Another instance knows nothing of this call.
    if (settled === undefined && since === awake()) answer = rust.overdue(ticket, settling);
    if (answer === undefined) {
      settled ??= await settling;
      call.settle();
      if (since === awake()) answer = rust.end(ticket, settled);
    }
    if (answer instanceof Promise) answer = await guarded(() => answer);
    if (answer === null) return refused(request, env);
    return answer ?? (isWhole(settled) ? passed(settled) : failOpen(request, env));
  } catch (trap) {
    call.settle();
    revive(trap, since);
    return isWhole(settled) ? passed(settled) : failOpen(request, env);
  }
}

// An answer of which Rust has read nothing yet.
const isWhole = (settled) =>
  settled instanceof Response && !settled.bodyUsed && settled.body?.locked !== true;

// The platform refused to send a request, which is no fault of the upstream's.
function refused(request, env) {
  notSent(request);
  return failOpen(request, env);
}

// A Durable Object around its Rust half. A trap takes that along; the next event loads a new one
// from storage.
const durable = (half) =>
  class extends DurableObject {
    get inner() {
      if (this.made !== awake()) {
        this.rust = new rust[half](this.ctx, this.env);
        this.made = generation();
      }
      return this.rust;
    }
    fetch(request) {
      return guarded(async () => {
        const [path, body] = await asked(request);
        return this.inner.fetch(path, body);
      });
    }
    alarm() {
      return guarded(() => this.inner.alarm());
    }
  };

export const UpstreamDo = durable("UpstreamDo");
export const SiteDo = durable("SiteDo");
export const DependencyDo = durable("DependencyDo");

export default {
  fetch(request, env, ctx) {
    const answer = visit(request, env, ctx);
    // The outcome arrives also when the visitor leaves.
    ctx.waitUntil(answer.catch(() => {}));
    return answer;
  },
  scheduled: (event, env) =>
    guarded(() => {
      awake();
      return rust.scheduled(env);
    }),
};
