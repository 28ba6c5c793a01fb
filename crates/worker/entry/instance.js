// The life of a module's wasm instance: what ends it in the middle of its work, a trap, a full stack
// or the platform's limit of CPU time, leaves its memory as it was just then, and the next event
// finds a new one. Each module has its own instance, and the end of one says nothing of the other.
export class Instance {
  #name;
  #rust;
  #module;
  #exports;
  #shallow;
  #ended;
  #born = 0;
  #waiting = new Set();

  // `rust` are wasm-bindgen's bindings of the compiled `module`. There is no instance yet.
  constructor(name, rust, module) {
    this.#name = name;
    this.#rust = rust;
    this.#module = module;
    addEventListener("error", ({ error }) => this.#endIfBroken(error));
    addEventListener("unhandledrejection", ({ reason }) => this.#endIfBroken(reason));
  }

  // Makes the first instance before the first event. One that cannot be made is tried again at each
  // event.
  start() {
    try {
      this.#load();
    } catch (error) {
      this.#cannot(error);
    }
  }

  #load() {
    this.#exports = undefined;
    this.#born += 1;
    this.#rust.initSync({ module: this.#module });
    // That makes the first instance, or gives what there is of it.
    if (this.#born > 1) this.#rust.__wbg_reset_state();
    const loaded = this.#rust.initSync();
    this.#rust.on_panic((message) => this.#panicked(message));
    this.#shallow = loaded.__stack_pointer.value;
    this.#exports = loaded;
  }

  // Whether Rust was left in the middle of its work: the platform says so of one that it killed, and
  // whatever else ended it had no time to put the stack pointer back.
  #isBroken() {
    const { memory, __instance_terminated: flag, __stack_pointer: stack } = this.#exports;
    const isKilled = new DataView(memory.buffer).getUint32(flag.value, true) !== 0;
    return stack.value !== this.#shallow || isKilled;
  }

  // To be called while none of the module's Rust runs, as none does when an event begins. Returns
  // the generation of an instance that is fit to be asked.
  awake() {
    if (this.#exports === undefined) this.#load();
    else if (this.#isBroken()) this.#end(new Error("killed in the middle of its work"));
    if (this.#exports === undefined) throw this.#ended;
    return this.#born;
  }

  get generation() {
    return this.#born;
  }

  // Called by Rust's panic hook, so still inside the instance: it traps right after this, and a
  // promise that its executor had in hand never settles. So all are settled from a microtask.
  #panicked(message) {
    const dying = this.#born;
    queueMicrotask(() => {
      if (dying === this.#born) this.#end(new Error(message));
    });
  }

  // Ends the instance that was born as `since`, once, if the error broke it: all who waited for it
  // report the same one.
  revive(error, since) {
    if (since !== this.#born || this.#exports === undefined) return;
    const isPanic = error?.message?.startsWith("panicked");
    if (error instanceof WebAssembly.RuntimeError || isPanic || this.#isBroken()) this.#end(error);
    else console.error(`breakwater: ${this.#name}:`, error);
  }

  // An error that no caller sees comes from a microtask of Rust's, or is none of its.
  #endIfBroken(error) {
    if (this.#exports !== undefined && this.#isBroken()) this.#end(error);
  }

  #end(error) {
    const name = this.#name;
    console.error(`breakwater: ${name}: the instance broke, starting another:`, error?.message);
    this.#ended = error;
    try {
      this.#load();
    } catch (failed) {
      this.#cannot(failed);
    }
    for (const fail of this.#waiting) fail(error);
    this.#waiting.clear();
  }

  #cannot(error) {
    console.error(`breakwater: ${this.#name}: no instance:`, error);
  }

  // Runs Rust's asynchronous work so that a trap in it rejects instead of hanging.
  guarded(work) {
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      const done = () => this.#waiting.delete(reject);
      Promise.resolve().then(work).then(resolve, reject).finally(done);
    });
  }
}
