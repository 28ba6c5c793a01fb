// What the data plane's Rust exports, as wasm-bindgen binds it (`crates/worker/src/lib.rs`). The
// build holds it against the bindings that it has made.
import type { Read, Reading } from "./body.ts";
import type { Call } from "./call.ts";
import type { Bindings } from "./instance.ts";

// What is bound to the Worker: secrets, variables, objects and the bucket.
export type Env = Readonly<Record<string, unknown>>;

// `null`: nothing was sent, since the platform refused to.
export type Answer = Response | null;

export const initSync: Bindings["initSync"];
export const __wbg_reset_state: Bindings["__wbg_reset_state"];
export const on_panic: Bindings["on_panic"];

// `undefined`: the control plane answers.
export function begin(
  request: Request,
  env: Env,
  ctx: ExecutionContext,
  call: Call,
): Answer | Promise<Answer> | undefined;
export function ticket(): number;
export function time_out(): number;
export function patience(): number;
export function sent(ticket: number): void;
export function overdue(ticket: number, settling: Promise<unknown>): Promise<Answer> | undefined;
// A reading: `read` is to get what it comes to while the visitor is patient.
export function end(
  ticket: number,
  settled: unknown,
): Answer | Promise<Answer> | Reading | undefined;
export function read(ticket: number, read: Read | undefined): Answer | Promise<Answer> | undefined;
export function readdressed(lines: string, origin: string, site: string): string;
export function lend_permit(circuit: number, lease: number): number;
export function return_permit(
  number: number,
  ended: string,
  took: number,
  env: Env,
  ctx: ExecutionContext,
): void;
// Sends what this isolate has counted to the coordinators.
export function send_counts(env: Env): Promise<void>;
