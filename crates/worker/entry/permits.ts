// What the control plane asks of the data plane: a permit for a call of its own, from the one replica
// that an isolate has of each circuit. Whatever becomes of the data plane, the control plane goes on.
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
