// What the control plane's Rust exports, as wasm-bindgen binds it (`crates/control/src/lib.rs` and
// the objects' `*_do.rs`). The build holds it against the bindings that it has made.
import type { Env } from "./breakwater_worker.js";
import type { Bindings } from "./instance.ts";

export const initSync: Bindings["initSync"];
export const __wbg_reset_state: Bindings["__wbg_reset_state"];
export const on_panic: Bindings["on_panic"];

// At once, where nothing has to be waited for. `facts` is of `OwnFacts`.
export function answer(
  request: Request,
  facts: string,
  env: Env,
  ctx: ExecutionContext,
): Response | Promise<Response>;
export function scheduled(env: Env): Promise<void>;
// Each text is of `ReportFact`.
export function report(facts: string[], env: Env): Promise<void>;

// The Rust half of a Durable Object.
export interface ObjectHalf {
  fetch(body: string): Promise<Response>;
  // Only of those that set one.
  alarm?(): Promise<void>;
  // Only of those that take a WebSocket: whether it did.
  take?(socket: WebSocket, told: string): Promise<boolean>;
}

export type NewObjectHalf = new (state: DurableObjectState, env: Env) => ObjectHalf;

export const UpstreamDo: NewObjectHalf;
export const SiteDo: NewObjectHalf;
export const DependencyDo: NewObjectHalf;
export const MonitorDo: NewObjectHalf;
export const ProbeDo: NewObjectHalf;
