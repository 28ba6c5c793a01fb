// The module that answers visitors' requests.
import * as rust from "./breakwater_worker.js";
import module from "./breakwater_worker_bg.wasm";
import { Instance } from "./instance.ts";

// One by one: if the namespace were passed on, all that wasm-bindgen makes would be in the bundle.
export const instance = new Instance(
  "worker",
  {
    initSync: rust.initSync,
    __wbg_reset_state: rust.__wbg_reset_state,
    on_panic: rust.on_panic,
  },
  module,
);
instance.start();
