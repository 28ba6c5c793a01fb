import assert from "node:assert/strict";
import { test } from "node:test";
import { awake, type Bindings, generation, guarded, revive, start } from "./instance.ts";
import { listeners, logged } from "./testing/platform.ts";

// What wasm-bindgen's bindings are to `instance.ts`, with an instance whose memory a test writes to
// as the platform does.
function make() {
  return {
    memory: new WebAssembly.Memory({ initial: 1 }),
    __instance_terminated: { value: 1024 },
    __stack_pointer: { value: 4096 },
  };
}

let instance = make();
let panicked: (message: string) => void = () => {};
const bindings = {
  initSync: () => instance,
  __wbg_reset_state() {
    instance = make();
  },
  on_panic(told: (message: string) => void) {
    panicked = told;
  },
};

start(bindings as unknown as Bindings, {} as WebAssembly.Module);

const leaveRustInTheMiddle = () => {
  instance.__stack_pointer.value -= 16;
};

test("a sound instance stays", () => {
  const since = awake();
  assert.equal(awake(), since);
  revive(new RangeError("Maximum call stack size exceeded"), since);
  assert.equal(awake(), since, "an error of the platform ends no sound instance");
});

test("an instance that the platform killed is replaced, and who waited is told", async () => {
  const since = awake();
  const waits = guarded(() => new Promise<void>(() => {}));
  new DataView(instance.memory.buffer).setUint32(1024, 1, true);
  assert.equal(awake(), since + 1);
  await assert.rejects(waits, /^Error: killed/);
});

test("an instance that Rust was left in the middle of is replaced once", () => {
  const since = awake();
  leaveRustInTheMiddle();
  assert.equal(awake(), since + 1);
  assert.equal(awake(), since + 1);
});

test("a full stack in a microtask ends the instance", () => {
  const since = awake();
  leaveRustInTheMiddle();
  listeners.get("error")?.({ error: new RangeError("Maximum call stack size exceeded") });
  assert.equal(generation(), since + 1);
  leaveRustInTheMiddle();
  listeners.get("unhandledrejection")?.({ reason: "a full stack" });
  assert.equal(generation(), since + 2);
});

test("a trap ends the instance that it came from, and no other", () => {
  const since = awake();
  const trap = new WebAssembly.RuntimeError("unreachable");
  revive(trap, since - 1);
  assert.equal(generation(), since, "an error of an earlier instance");
  revive(trap, since);
  assert.equal(generation(), since + 1);
  revive(trap, since);
  assert.equal(generation(), since + 1, "the same trap, reported twice");
});

test("a panic rejects what waits once Rust has come to its end", async () => {
  const since = awake();
  const waits = guarded(() => new Promise<void>(() => {}));
  panicked("panicked at 'here'");
  assert.equal(generation(), since, "Rust is still running");
  await assert.rejects(waits, /panicked at 'here'/);
  assert.equal(generation(), since + 1);
});

test("guarded work comes to what it comes to", async () => {
  assert.equal(await guarded(() => 7), 7);
  assert.equal(await guarded(async () => "later"), "later");
  await assert.rejects(
    guarded(() => {
      throw new Error("at once");
    }),
    /at once/,
  );
});

test("an instance that cannot be made is tried again at each event", () => {
  const { __wbg_reset_state } = bindings;
  bindings.__wbg_reset_state = () => {
    throw new Error("out of memory");
  };
  leaveRustInTheMiddle();
  assert.throws(awake, /killed/);
  assert.throws(awake, /out of memory/);
  assert(logged.some((line) => line.includes("no instance")));
  bindings.__wbg_reset_state = __wbg_reset_state;
  assert.equal(awake(), generation());
});
