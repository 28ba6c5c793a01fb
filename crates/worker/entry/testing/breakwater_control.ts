// Stands in for the bindings of the control plane's wasm: a test says what Rust does.
import type { ObjectHalf } from "../breakwater_control.js";

const exported = {
  memory: new WebAssembly.Memory({ initial: 1 }),
  __instance_terminated: { value: 1024 },
  __stack_pointer: { value: 4096 },
};

const answered = async (): Promise<Response> => new Response("the control plane's");

// What Rust does in the test that runs, and how often it was made anew.
export const rust = { answer: answered, objects: 0 };

export const initSync = () => exported;
export const __wbg_reset_state = (): void => {};
export const on_panic = (): void => {};
export const answer = () => rust.answer();
export const scheduled = async (): Promise<void> => {};

class Half implements ObjectHalf {
  readonly #made = ++rust.objects;

  async fetch(path: string, body: string): Promise<Response> {
    if (path === "trap") throw new WebAssembly.RuntimeError("unreachable");
    return new Response(`${this.#made} ${path} ${body}`);
  }
}

export { Half as DependencyDo, Half as SiteDo, Half as UpstreamDo };
