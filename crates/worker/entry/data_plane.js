// The module that answers visitors' requests.
import module from "./breakwater_worker_bg.wasm";
import * as rust from "./breakwater_worker.js";
import { Instance } from "./instance.js";

const instance = new Instance("worker", rust, module);
instance.start();

export { instance, rust };
