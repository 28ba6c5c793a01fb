import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bindings, Instance } from "./instance.ts";
import { flush, sendReportsBy } from "./reports.ts";
import { listeners, logged } from "./testing/platform.ts";
import { behind } from "./testing/workers.ts";

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

const made = new Instance("it", bindings as unknown as Bindings, {} as WebAssembly.Module);
made.start();

const leaveRustInTheMiddle = () => {
  instance.__stack_pointer.value -= 16;
};

test("a sound instance stays", () => {
  const since = made.awake();
  assert.equal(made.awake(), since);
  made.revive(new RangeError("Maximum call stack size exceeded"), since);
  assert.equal(made.awake(), since, "an error of the platform ends no sound instance");
});

test("an instance that the platform killed is replaced, and who waited is told", async () => {
  const since = made.awake();
  const waits = made.awaited(new Promise<void>(() => {}));
  new DataView(instance.memory.buffer).setUint32(1024, 1, true);
  assert.equal(made.awake(), since + 1);
  await assert.rejects(waits, /^Error: killed/);
});

test("an instance that Rust was left in the middle of is replaced once", () => {
  const since = made.awake();
  leaveRustInTheMiddle();
  assert.equal(made.awake(), since + 1);
  assert.equal(made.awake(), since + 1);
});

test("a full stack in a microtask ends the instance", () => {
  const since = made.awake();
  leaveRustInTheMiddle();
  listeners.get("error")?.({ error: new RangeError("Maximum call stack size exceeded") });
  assert.equal(made.generation, since + 1);
  leaveRustInTheMiddle();
  listeners.get("unhandledrejection")?.({ reason: "a full stack" });
  assert.equal(made.generation, since + 2);
});

test("a trap ends the instance that it came from, and no other", () => {
  const since = made.awake();
  const trap = new WebAssembly.RuntimeError("unreachable");
  made.revive(trap, since - 1);
  assert.equal(made.generation, since, "an error of an earlier instance");
  made.revive(trap, since);
  assert.equal(made.generation, since + 1);
  made.revive(trap, since);
  assert.equal(made.generation, since + 1, "the same trap, reported twice");
});

test("a panic rejects what waits once Rust has come to its end", async () => {
  const since = made.awake();
  const waits = made.guarded(() => new Promise<void>(() => {}));
  panicked("panicked at 'here'");
  assert.equal(made.generation, since, "Rust is still running");
  await assert.rejects(waits, /panicked at 'here'/);
  assert.equal(made.generation, since + 1);
});

test("guarded work comes to what it comes to", async () => {
  assert.equal(await made.guarded(() => 7), 7);
  assert.equal(await made.guarded(async () => "later"), "later");
  await assert.rejects(
    made.guarded(() => {
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
  assert.throws(() => made.awake(), /killed/);
  assert.throws(() => made.awake(), /out of memory/);
  assert(logged.some((line) => line.includes("no instance")));
  bindings.__wbg_reset_state = __wbg_reset_state;
  assert.equal(made.awake(), made.generation);
});

test("an instance is made at the first event that needs it, and apart from any other", () => {
  let instances = 0;
  const others = {
    initSync: make,
    __wbg_reset_state() {},
    on_panic() {
      instances += 1;
    },
  };
  const lazy = new Instance("lazy", others as unknown as Bindings, {} as WebAssembly.Module);
  assert.equal(instances, 0);
  lazy.awake();
  assert.equal(instances, 1);
  const since = lazy.generation;
  const sound = made.awake();
  leaveRustInTheMiddle();
  listeners.get("error")?.({ error: new RangeError("Maximum call stack size exceeded") });
  assert.equal(made.awake(), sound + 1);
  assert.equal(lazy.awake(), since, "what ended the one left the other as it was");
});

test("what Rust said last is reported, and not the trap that followed it", async () => {
  const reported: string[] = [];
  sendReportsBy(
    async (facts) => void reported.push(...facts),
    () => false,
  );
  // Of the tests before.
  flush();
  await Promise.all(behind.work ?? []);
  reported.length = 0;
  const since = made.awake();
  panicked("panicked at src/a.rs:1:2:\nboom");
  const trace = { traceId: "a".repeat(32), spanId: "b".repeat(16), flags: "00" };
  made.revive(new WebAssembly.RuntimeError("unreachable"), since, trace);
  leaveRustInTheMiddle();
  made.awake();
  leaveRustInTheMiddle();
  made.revive(new RangeError("Maximum call stack size exceeded"), made.generation);
  await Promise.all(behind.work ?? []);
  const words = reported.map((fact) => fact.split("\n").filter((line) => line !== ""));
  assert.deepEqual(
    words.map(([kind, , said]) => [kind, said]),
    [
      ["panic", "panicked at src/a.rs:1:2: boom"],
      ["cpu_limit_kill", "0"],
      ["panic", "RangeError: Maximum call stack size exceeded"],
    ],
  );
  assert(words[0]?.includes(`00-${"a".repeat(32)}-${"b".repeat(16)}-00`));
});
