// The Worker's entry: holds the awaits around Rust's synchronous halves, and fails open.
import { Reading } from "./body.ts";
import * as rust from "./breakwater_worker.js";
import { Call } from "./call.ts";
import * as control from "./control_plane.ts";
import { instance } from "./data_plane.ts";
import { notSent } from "./exchange.ts";
import { type AnswerOwn, failOpen, passed, routeOf, unavailable } from "./fail_open.ts";
import { flush } from "./reports.ts";
import { again } from "./status.ts";
import { annotated, traceOf } from "./trace.ts";

export { DependencyDo, MonitorDo, ProbeDo, SiteDo, UpstreamDo } from "./control_plane.ts";

async function visit(request: Request, env: rust.Env, ctx: ExecutionContext): Promise<Response> {
  const call = new Call();
  const own = answerOwn(ctx);
  let since: number | undefined;
  let settled: unknown;
  try {
    since = instance.awake();
    const begun = rust.begin(request, env, ctx, call);
    // A path of Breakwater's own.
    if (begun === undefined) return own(request, env);
    const ticket = rust.ticket();
    if (!(begun instanceof Promise)) return begun ?? refused(request, env, own);
    if (ticket === 0) return (await instance.awaited(begun)) ?? refused(request, env, own);
    // Another instance knows nothing of this call.
    const isKnown = () => since === instance.awake();
    call.onSent = () => {
      try {
        if (isKnown()) rust.sent(ticket);
      } catch (trap) {
        instance.revive(trap, since);
      }
    };
    const settling = begun.catch((error: unknown) => error);
    settled = await call.settlement(settling, rust.time_out(), rust.patience());
    let answer: rust.Answer | Promise<rust.Answer> | Reading | undefined;
    if (settled === undefined && isKnown()) answer = rust.overdue(ticket, settling);
    if (answer === undefined) {
      settled ??= await settling;
      call.settle();
      if (isKnown()) answer = rust.end(ticket, settled);
    }
    if (answer instanceof Reading) {
      const read = await answer.timely;
      answer = isKnown() ? rust.read(ticket, read) : undefined;
    }
    if (answer instanceof Promise) answer = await instance.awaited(answer);
    if (answer === null) return refused(request, env, own);
    return answer ?? (isWhole(settled) ? passed(settled) : failOpen(request, env, own));
  } catch (trap) {
    call.settle();
    instance.revive(trap, since, traceOf(request));
    return isWhole(settled) ? passed(settled) : failOpen(request, env, own);
  }
}

// An answer of which Rust has read nothing yet.
const isWhole = (settled: unknown): settled is Response =>
  settled instanceof Response && !settled.bodyUsed && settled.body?.locked !== true;

// Answers for a path of Breakwater's own, also while the data plane cannot.
const answerOwn =
  (ctx: ExecutionContext): AnswerOwn =>
  (request, env) =>
    control.answer(request, env, ctx).catch(() => unavailable(traceOf(request)));

// The platform refused to send a request, which is no fault of the upstream's.
function refused(request: Request, env: rust.Env, own: AnswerOwn): Promise<Response> {
  notSent(request);
  return failOpen(request, env, own);
}

export default {
  fetch(request: Request, env: rust.Env, ctx: ExecutionContext): Promise<Response> {
    const repeated = again(request);
    if (repeated !== undefined) return Promise.resolve(repeated);
    // What broke where there was no event.
    flush();
    const answer = annotated(visit(request, env, ctx), () => routeOf(request.url));
    // The outcome arrives also when the visitor leaves.
    ctx.waitUntil(answer.catch(() => {}));
    return answer;
  },
  scheduled: (_event: ScheduledController, env: rust.Env): Promise<void> => control.scheduled(env),
};
