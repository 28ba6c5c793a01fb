//! Writes the glue code between the Worker's wasm and its JavaScript.
//!
//! This is wasm-bindgen's own library behind a command of the workspace, so that the workspace's
//! `Cargo.lock` pins every version in it. The lock file of wasm-bindgen's own command names
//! versions that a mirror of the registry may not have yet, most of them for parts that are not
//! used here.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let paths: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    let [wasm, out] = paths.as_slice() else {
        anyhow::bail!("usage: breakwater-bindgen WASM OUT_DIR");
    };
    let name = wasm.file_stem().and_then(|name| name.to_str());
    let name = name.with_context(|| format!("no name for the glue of {}", wasm.display()))?;
    Bindgen::new()
        .input_path(wasm)
        .out_name(name)
        .web(true)?
        // What the entry takes the bindings for is held against these types.
        .typescript(true)
        // After a trap, the entry starts a fresh instance with the function that this exports.
        .reset_state_function(true)
        .generate(out)
        .with_context(|| format!("cannot bind {}", wasm.display()))
}
