// The Worker's entry: holds the awaits around Rust's synchronous halves, and fails open.
import { Call } from "./call.js";
import * as control from "./control_plane.js";
import { instance, rust } from "./data_plane.js";
import { notSent } from "./exchange.js";
import { failOpen, passed, unavailable } from "./fail_open.js";

export { DependencyDo, SiteDo, UpstreamDo } from "./control_plane.js";

async function visit(request, env, ctx) {
  const call = new Call();
  let since, settled;
  try {
    since = instance.awake();
    const begun = rust.begin(request, env, ctx, call);
    // A path of Breakwater's own.
    if (begun === undefined) return own(request, env);
    const ticket = rust.ticket();
    // `null`, here and below: nothing was sent, since the platform refused to.
    if (ticket === 0) return (await instance.guarded(() => begun)) ?? refused(request, env);
    const settling = begun.catch((error) => error);
    settled = await call.settlement(settling, rust.time_out(), rust.patience());
    let answer;
    // Another instance knows nothing of this call.
    const isKnown = () => since === instance.awake();
    if (settled === undefined && isKnown()) answer = rust.overdue(ticket, settling);
    if (answer === undefined) {
      settled ??= await settling;
      call.settle();
      if (isKnown()) answer = rust.end(ticket, settled);
    }
    if (answer instanceof Promise) answer = await instance.guarded(() => answer);
    if (answer === null) return refused(request, env);
    return answer ?? (isWhole(settled) ? passed(settled) : failOpen(request, env, own));
  } catch (trap) {
    call.settle();
    instance.revive(trap, since);
    return isWhole(settled) ? passed(settled) : failOpen(request, env, own);
  }
}

// An answer of which Rust has read nothing yet.
const isWhole = (settled) =>
  settled instanceof Response && !settled.bodyUsed && settled.body?.locked !== true;

// Answers for a path of Breakwater's own, also while the data plane cannot.
const own = (request, env) => control.answer(request, env).catch(unavailable);

// The platform refused to send a request, which is no fault of the upstream's.
function refused(request, env) {
  notSent(request);
  return failOpen(request, env, own);
}

export default {
  fetch(request, env, ctx) {
    const answer = visit(request, env, ctx);
    // The outcome arrives also when the visitor leaves.
    ctx.waitUntil(answer.catch(() => {}));
    return answer;
  },
  scheduled: (event, env) => control.scheduled(env),
};
