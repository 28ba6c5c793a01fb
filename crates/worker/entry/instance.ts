// The life of a module's wasm instance. A trap, a full stack or the platform's limit of CPU time
// can end an instance in the middle of its work. Its memory is then in a state that no code
// expects, so the next event gets a new instance. Each module has its own instance, and the end of
// one does not affect the other.

import { log } from "./log.ts";
import type { LogEvent, LogSeverity } from "./log_rules.ts";
import { reportBroken } from "./reports.ts";
import type { TraceContext } from "./trace.ts";

declare global {
  // workerd dispatches it, and its types do not know it.
  function addEventListener(type: "error", handler: (event: ErrorEvent) => void): void;
}

// What wasm-bindgen makes of a module's Rust, as far as this file uses it.
export interface Bindings {
  // The first call makes an instance, and any other gives the one that there is.
  initSync(source: { module: WebAssembly.Module }): { readonly memory: WebAssembly.Memory };
  __wbg_reset_state(): void;
  on_panic(told: (message: string) => void): void;
}

// The exports of an instance that say whether it is sound. wasm-bindgen's types do not list what
// the build and the platform have exported.
export interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly __instance_terminated: WebAssembly.Global;
  readonly __stack_pointer: WebAssembly.Global;
}

export class Instance {
  readonly #name: string;
  readonly #rust: Bindings;
  readonly #source: { module: WebAssembly.Module };
  #exports: Exports | undefined;
  #shallow: unknown;
  #ended: unknown;
  // What Rust's panic hook said of this instance's end.
  #lastWords: string | undefined;
  #born = 0;
  readonly #waiting = new Set<(reason: unknown) => void>();

  // There is no instance until the first event, or until `start`.
  constructor(name: string, rust: Bindings, module: WebAssembly.Module) {
    this.#name = name;
    this.#rust = rust;
    this.#source = { module };
    addEventListener("error", ({ error }) => this.#endIfBroken(error));
    addEventListener("unhandledrejection", ({ reason }) => this.#endIfBroken(reason));
  }

  // Makes the first instance before the first event. One that cannot be made is tried again at each
  // event.
  start(): void {
    try {
      this.#load();
    } catch (error) {
      this.#cannot(error);
    }
  }

  #load(): void {
    this.#exports = undefined;
    this.#born += 1;
    this.#rust.initSync(this.#source);
    if (this.#born > 1) this.#rust.__wbg_reset_state();
    const loaded = this.#rust.initSync(this.#source) as Exports;
    this.#rust.on_panic((message) => this.#panicked(message));
    this.#shallow = loaded.__stack_pointer.value;
    this.#exports = loaded;
  }

  // Whether Rust was left in the middle of its work. The platform sets a flag in an instance that
  // it killed. Any other sudden end leaves the stack pointer where it was just then, instead of at
  // its initial value.
  #isBroken({ memory, __instance_terminated: flag, __stack_pointer: stack }: Exports): boolean {
    const isKilled = new DataView(memory.buffer).getUint32(flag.value, true) !== 0;
    return stack.value !== this.#shallow || isKilled;
  }

  // To be called while none of the module's Rust runs, as none does when an event begins. Returns
  // the generation of an instance that is fit to be asked.
  awake(): number {
    if (this.#exports === undefined) this.#load();
    else if (this.#isBroken(this.#exports))
      this.#end(new Error("killed in the middle of its work"), undefined, true);
    if (this.#exports === undefined) throw this.#ended;
    return this.#born;
  }

  get isThere(): boolean {
    return this.#exports !== undefined;
  }

  get generation(): number {
    return this.#born;
  }

  // Called by Rust's panic hook, so still inside the instance: it traps right after this, and a
  // promise that its executor had in hand never settles. So all are settled from a microtask.
  #panicked(message: string): void {
    const dying = this.#born;
    this.#lastWords = message;
    queueMicrotask(() => {
      if (dying === this.#born) this.#end(new Error(message));
    });
  }

  // Ends the instance that was born as `since`, once, if the error broke it: all who waited for it
  // report the same one. `trace` is that of the request that met it.
  revive(error: unknown, since: number | undefined, trace?: TraceContext): void {
    if (since !== this.#born || this.#exports === undefined) return;
    const isTrap =
      error instanceof WebAssembly.RuntimeError || messageOf(error)?.startsWith("panicked");
    if (isTrap || this.#isBroken(this.#exports)) this.#end(error, trace);
    else this.#log("error", "breakwater.instance.failed", "failed", error);
  }

  // An error that no caller sees comes from a microtask of Rust's, or is none of its.
  #endIfBroken(error: unknown): void {
    if (this.#exports !== undefined && this.#isBroken(this.#exports)) this.#end(error);
  }

  // `isFound`: the platform ended the event too, so that no one saw the end. It does that to one
  // that has used up its processor time. The next instance is there before anything is logged:
  // workerd may run what waits for its turn while it writes a line.
  #end(error: unknown, trace?: TraceContext, isFound = false): void {
    const said = this.#lastWords;
    const waited = [...this.#waiting];
    this.#lastWords = undefined;
    this.#waiting.clear();
    this.#ended = error;
    try {
      this.#load();
    } catch (failed) {
      this.#cannot(failed);
    }
    const what = "the instance broke, starting another";
    this.#log("fatal", "breakwater.instance.broken", what, error);
    reportBroken(this.#name, isFound && said === undefined, said ?? String(error), trace);
    for (const fail of waited) fail(error);
  }

  #cannot(error: unknown): void {
    this.#log("fatal", "breakwater.instance.missing", "no instance", error);
  }

  #log(severity: LogSeverity, event: LogEvent, what: string, error: unknown): void {
    log(severity, event, `${this.#name}: ${what}`, error, { "breakwater.module": this.#name });
  }

  // Runs Rust's asynchronous work so that a trap in it rejects instead of hanging.
  guarded<T>(work: () => T | Promise<T>): Promise<T> {
    return this.awaited(Promise.resolve().then(work));
  }

  // The same for work that has begun.
  awaited<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const waiting = this.#waiting.add(reject);
      work.then(
        (value) => {
          waiting.delete(reject);
          resolve(value);
        },
        (error: unknown) => {
          waiting.delete(reject);
          reject(error);
        },
      );
    });
  }
}

function messageOf(error: unknown): string | undefined {
  return error instanceof Error ? error.message : undefined;
}
