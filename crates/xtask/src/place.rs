//! Where things are in the source tree.

use std::env;
use std::path::{Path, PathBuf};

/// The workspace's root.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// Where host builds land; follows `CARGO_TARGET_DIR`.
pub fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// A host binary of the workspace, as `cargo build` leaves it.
pub fn binary(name: &str) -> PathBuf {
    target().join("debug").join(name)
}

/// The files that this crate hands to Node.
pub fn stack_script() -> PathBuf {
    root().join("crates/xtask/stack/stack.mjs")
}

/// What the suite for HTTP caches is run with.
pub(crate) fn conformance() -> PathBuf {
    root().join("tests/conformance")
}

/// What the Worker is bound to.
pub fn wrangler_config() -> PathBuf {
    root().join("wrangler.toml")
}
