// Core, in the wasm that lies beside this script.
import { readFileSync } from "node:fs";
import { initSync } from "./breakwater_js.js";

export { check, compileSite, Survey, Walk } from "./breakwater_js.js";

const WASM = "./breakwater_js_bg.wasm";

// Compiles core; everything else here needs it.
export function startCore(): void {
  const bytes = readFileSync(new URL(WASM, import.meta.url));
  initSync({ module: new WebAssembly.Module(bytes) });
}
