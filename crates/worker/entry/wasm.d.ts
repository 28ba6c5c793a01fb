// workerd compiles such a file, and imports the module.
declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
