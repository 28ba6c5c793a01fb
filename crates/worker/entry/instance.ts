// The life of the wasm instance: what ends it in the middle of its work, a trap, a full stack or
// the platform's limit of CPU time, leaves its memory as it was just then, and the next event finds
// a new one.

declare global {
  // workerd dispatches it, and its types do not know it.
  function addEventListener(type: "error", handler: (event: ErrorEvent) => void): void;
}

// What wasm-bindgen makes of the Rust half, as far as this file uses it.
export interface Bindings {
  // The first call makes an instance, and any other gives the one that there is.
  initSync(source: { module: WebAssembly.Module }): { readonly memory: WebAssembly.Memory };
  __wbg_reset_state(): void;
  on_panic(told: (message: string) => void): void;
}

// The exports of an instance that say whether it is sound. wasm-bindgen's types do not list what
// the build and the platform have exported.
export interface Instance {
  readonly memory: WebAssembly.Memory;
  readonly __instance_terminated: WebAssembly.Global;
  readonly __stack_pointer: WebAssembly.Global;
}

let rust: Bindings;
let source: { module: WebAssembly.Module };
let exports: Instance | undefined;
let shallow: unknown;
let ended: unknown;
let born = 0;
const waiting = new Set<(reason: unknown) => void>();

// A first instance that cannot be made is tried again at each event.
export function start(bindings: Bindings, compiled: WebAssembly.Module): void {
  rust = bindings;
  source = { module: compiled };
  addEventListener("error", ({ error }) => endIfBroken(error));
  addEventListener("unhandledrejection", ({ reason }) => endIfBroken(reason));
  try {
    load();
  } catch (error) {
    console.error("breakwater: no instance:", error);
  }
}

function load(): void {
  exports = undefined;
  born += 1;
  rust.initSync(source);
  if (born > 1) rust.__wbg_reset_state();
  const loaded = rust.initSync(source) as Instance;
  rust.on_panic(panicked);
  shallow = loaded.__stack_pointer.value;
  exports = loaded;
}

// Whether Rust was left in the middle of its work: the platform says so of one that it killed, and
// whatever else ended it had no time to put the stack pointer back.
function isBroken(instance: Instance): boolean {
  const { memory, __instance_terminated: flag, __stack_pointer: stack } = instance;
  return stack.value !== shallow || new DataView(memory.buffer).getUint32(flag.value, true) !== 0;
}

// To be called while no Rust runs, as none does when an event begins. Returns the generation of an
// instance that is fit to be asked.
export function awake(): number {
  if (exports === undefined) load();
  else if (isBroken(exports)) end(new Error("killed in the middle of its work"));
  if (exports === undefined) throw ended;
  return born;
}

export const generation = (): number => born;

// Called by Rust's panic hook, so still inside the instance: it traps right after this, and a
// promise that its executor had in hand never settles. So all are settled from a microtask.
function panicked(message: string): void {
  const dying = born;
  queueMicrotask(() => {
    if (dying === born) end(new Error(message));
  });
}

// Ends the instance that was born as `since`, once, if the error broke it: all who waited for it
// report the same one.
export function revive(error: unknown, since: number | undefined): void {
  if (since !== born || exports === undefined) return;
  const isTrap =
    error instanceof WebAssembly.RuntimeError || messageOf(error)?.startsWith("panicked");
  if (isTrap || isBroken(exports)) end(error);
  else console.error("breakwater:", error);
}

// An error that no caller sees comes from a microtask of Rust's, or is none of its.
function endIfBroken(error: unknown): void {
  if (exports !== undefined && isBroken(exports)) end(error);
}

function messageOf(error: unknown): string | undefined {
  return error instanceof Error ? error.message : undefined;
}

function end(error: unknown): void {
  console.error("breakwater: the instance broke, starting another:", messageOf(error));
  ended = error;
  try {
    load();
  } catch (failed) {
    console.error("breakwater: no instance:", failed);
  }
  for (const fail of waiting) fail(error);
  waiting.clear();
}

// Runs Rust's asynchronous work so that a trap in it rejects instead of hanging.
export function guarded<T>(work: () => T | Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    waiting.add(reject);
    const done = () => waiting.delete(reject);
    Promise.resolve().then(work).then(resolve, reject).finally(done);
  });
}
