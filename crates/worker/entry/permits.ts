// What the control plane asks of the data plane: a permit for a call of its own. An isolate has one
// replica of each circuit, and the data plane owns it. If the data plane fails, it lends no permit,
// and the control plane works on.
import { type Env, lend_permit, return_permit } from "./breakwater_worker.js";
import { instance } from "./data_plane.ts";

// The permit's number; zero if the circuit rejects the call, or cannot be asked.
export function lendPermit(circuit: number, lease: number): number {
  return guarded(() => lend_permit(circuit, lease)) ?? 0;
}

// Tells how the call of a permit ended.
export function returnPermit(
  number: number,
  ended: string,
  took: number,
  env: Env,
  ctx: ExecutionContext,
): void {
  guarded(() => return_permit(number, ended, took, env, ctx));
}

function guarded<T>(work: () => T): T | undefined {
  let since: number | undefined;
  try {
    since = instance.awake();
    return work();
  } catch (trap) {
    instance.revive(trap, since);
    return undefined;
  }
}
