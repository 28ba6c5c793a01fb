// The life of the wasm instance: a trap ends it, and the next event finds a new one.
let rust;
let born = 1;
const waiting = new Set();

export function start(exports, module) {
  rust = exports;
  rust.initSync({ module });
  rust.on_panic(panicked);
}

export const generation = () => born;

// Called by Rust's panic hook, so still inside the instance: it traps right after this, and a
// promise that its executor had in hand never settles. So all are settled from a microtask.
function panicked(message) {
  const dying = born;
  queueMicrotask(() => {
    revive(new Error(message), dying);
  });
}

// Ends the instance that was born as `since`, once: whoever waited for it reports the same trap.
export function revive(trap, since) {
  if (since !== born) return;
  if (!(trap instanceof WebAssembly.RuntimeError) && !trap.message?.startsWith("panicked")) {
    console.error("breakwater:", trap);
    return;
  }
  born += 1;
  console.error("breakwater: wasm trapped, starting anew:", trap.message);
  rust.__wbg_reset_state();
  rust.on_panic(panicked);
  for (const fail of waiting) fail(trap);
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
