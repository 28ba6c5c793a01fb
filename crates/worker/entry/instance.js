// The life of the wasm instance: what ends it in the middle of its work, a trap, a full stack or
// the platform's limit of CPU time, leaves its memory as it was just then, and the next event finds
// a new one.
let rust, module, exports, shallow, ended;
let born = 0;
const waiting = new Set();

// A first instance that cannot be made is tried again at each event.
export function start(bindings, compiled) {
  rust = bindings;
  module = compiled;
  addEventListener("error", ({ error }) => endIfBroken(error));
  addEventListener("unhandledrejection", ({ reason }) => endIfBroken(reason));
  try {
    load();
  } catch (error) {
    console.error("breakwater: no instance:", error);
  }
}

function load() {
  exports = undefined;
  born += 1;
  rust.initSync({ module });
  // That makes the first instance, or gives what there is of it.
  if (born > 1) rust.__wbg_reset_state();
  const loaded = rust.initSync();
  rust.on_panic(panicked);
  shallow = loaded.__stack_pointer.value;
  exports = loaded;
}

// Whether Rust was left in the middle of its work: the platform says so of one that it killed, and
// whatever else ended it had no time to put the stack pointer back.
function isBroken() {
  const { memory, __instance_terminated: flag, __stack_pointer: stack } = exports;
  return stack.value !== shallow || new DataView(memory.buffer).getUint32(flag.value, true) !== 0;
}

// To be called while no Rust runs, as none does when an event begins. Returns the generation of an
// instance that is fit to be asked.
export function awake() {
  if (exports === undefined) load();
  else if (isBroken()) end(new Error("killed in the middle of its work"));
  if (exports === undefined) throw ended;
  return born;
}

export const generation = () => born;

// Called by Rust's panic hook, so still inside the instance: it traps right after this, and a
// promise that its executor had in hand never settles. So all are settled from a microtask.
function panicked(message) {
  const dying = born;
  queueMicrotask(() => {
    if (dying === born) end(new Error(message));
  });
}

// Ends the instance that was born as `since`, once, if the error broke it: all who waited for it
// report the same one.
export function revive(error, since) {
  if (since !== born || exports === undefined) return;
  const isTrap = error instanceof WebAssembly.RuntimeError || error?.message?.startsWith("panicked");
  if (isTrap || isBroken()) end(error);
  else console.error("breakwater:", error);
}

// An error that no caller sees comes from a microtask of Rust's, or is none of its.
function endIfBroken(error) {
  if (exports !== undefined && isBroken()) end(error);
}

function end(error) {
  console.error("breakwater: the instance broke, starting another:", error?.message);
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
export function guarded(work) {
  return new Promise((resolve, reject) => {
    waiting.add(reject);
    const done = () => waiting.delete(reject);
    Promise.resolve().then(work).then(resolve, reject).finally(done);
  });
}
