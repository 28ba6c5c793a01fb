// What the control plane asks of the data plane before it answers a scrape: that what this isolate
// has counted goes to the coordinators. If the data plane fails, the scrape shows what is known.
import { type Env, send_counts } from "./breakwater_worker.js";
import { instance } from "./data_plane.ts";

export async function sendCounts(env: Env): Promise<void> {
  let since: number | undefined;
  try {
    since = instance.awake();
    await instance.awaited(send_counts(env));
  } catch (trap) {
    instance.revive(trap, since);
  }
}
