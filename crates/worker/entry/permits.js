// What the control plane asks of the data plane: a permit for a call of its own, from the one replica
// that an isolate has of each circuit. Whatever becomes of the data plane, the control plane goes on.
import { instance, rust } from "./data_plane.js";

// The permit's number; zero if the circuit rejects the call, or cannot be asked.
export function lendPermit(circuit, lease) {
  return guarded(() => rust.lend_permit(circuit, lease)) ?? 0;
}

// Tells how the call of a permit ended.
export function returnPermit(number, ended, took, env, ctx) {
  guarded(() => rust.return_permit(number, ended, took, env, ctx));
}

function guarded(work) {
  let since;
  try {
    since = instance.awake();
    return work();
  } catch (trap) {
    instance.revive(trap, since);
    return undefined;
  }
}
