// Stands in for the bindings of the data plane's wasm: a test says what Rust does.
import type { Read, Reading } from "../body.ts";
import type { Answer, Env } from "../breakwater_worker.js";
import type { Call } from "../call.ts";

const memory = new WebAssembly.Memory({ initial: 1 });

const instance = {
  memory,
  __instance_terminated: { value: 1024 },
  __stack_pointer: { value: 4096 },
};

const untouched = {
  begin: (
    _request: Request,
    _env: Env,
    _ctx: ExecutionContext,
    _call: Call,
  ): Answer | Promise<Answer> | undefined => null,
  ticket: 0,
  patience: 0,
  sent: (): void => {},
  overdue: (): Promise<Answer> | undefined => undefined,
  end: (_settled: unknown): Answer | Promise<Answer> | Reading | undefined => undefined,
  read: (_read: Read | undefined): Answer | Promise<Answer> | undefined => undefined,
  readdressed: (_lines: string, _origin: string, _site: string): string => "",
  lend: (_circuit: number, _lease: number): number => 0,
  returned: (_permit: number, _ended: string): void => {},
  counts: async (): Promise<void> => {},
};

// What the stand-in for Rust does in the current test, and how often it was instantiated again.
export const rust = { ...untouched, resets: 0 };

export function reset(): void {
  Object.assign(rust, untouched);
}

export const initSync = () => instance;
export const __wbg_reset_state = (): void => {
  rust.resets += 1;
};
export const on_panic = (): void => {};
export const begin = (request: Request, env: Env, ctx: ExecutionContext, call: Call) =>
  rust.begin(request, env, ctx, call);
export const ticket = () => rust.ticket;
export const time_out = () => 1000;
export const patience = () => rust.patience;
export const sent = (): void => rust.sent();
export const overdue = () => rust.overdue();
export const end = (_ticket: number, settled: unknown) => rust.end(settled);
export const read = (_ticket: number, came: Read | undefined) => rust.read(came);
export const readdressed = (lines: string, origin: string, site: string): string =>
  rust.readdressed(lines, origin, site);
export const lend_permit = (circuit: number, lease: number): number => rust.lend(circuit, lease);
export const return_permit = (permit: number, ended: string): void => rust.returned(permit, ended);
export const send_counts = (): Promise<void> => rust.counts();
