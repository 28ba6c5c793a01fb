// Stands in for the bindings of the control plane's wasm: a test says what Rust does.
import type { ObjectHalf } from "../breakwater_control.js";

const exported = {
  memory: new WebAssembly.Memory({ initial: 1 }),
  __instance_terminated: { value: 1024 },
  __stack_pointer: { value: 4096 },
};

const untouched = {
  answer: (): Response | Promise<Response> => Promise.resolve(new Response("the control plane's")),
  take: async (_socket: object, _told: string): Promise<boolean> => true,
  scheduled: async (): Promise<void> => {},
  report: async (_facts: string[]): Promise<void> => {},
};

// What the stand-in for Rust does in the current test, how often it was instantiated again, and how
// many objects it has made.
export const rust = { ...untouched, resets: 0, objects: 0 };

export function reset(): void {
  Object.assign(rust, untouched);
}

// Leaves what a trap leaves behind.
export const leaveRustInTheMiddle = (): void => {
  exported.__stack_pointer.value -= 16;
};

// As wasm-bindgen has it, nothing of Rust can be used before the first instance is made.
let isLoaded = false;
const loaded = (): void => {
  if (!isLoaded) throw new TypeError("there is no instance");
};

export const initSync = () => {
  isLoaded = true;
  return exported;
};
export const __wbg_reset_state = (): void => {
  rust.resets += 1;
};
export const on_panic = (): void => {};
export const answer = () => {
  loaded();
  return rust.answer();
};
export const scheduled = () => {
  loaded();
  return rust.scheduled();
};

export const report = (facts: string[]) => {
  loaded();
  return rust.report(facts);
};

class Half implements ObjectHalf {
  readonly #made = ++rust.objects;

  constructor() {
    loaded();
  }

  async fetch(body: string): Promise<Response> {
    return new Response(`${this.#made} ${body}`);
  }

  take(socket: object, told: string): Promise<boolean> {
    return rust.take(socket, told);
  }
}

export {
  Half as DependencyDo,
  Half as MonitorDo,
  Half as ProbeDo,
  Half as SiteDo,
  Half as UpstreamDo,
};
