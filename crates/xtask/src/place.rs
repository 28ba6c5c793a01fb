//! Where things are in the source tree.

use std::env;
use std::path::PathBuf;

pub(crate) use breakwater_testing::place::{root, wrangler_config};

/// Where host builds land; follows `CARGO_TARGET_DIR`.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// Where cargo keeps the sources of what it depends on ("Cargo Home" in its book).
pub(crate) fn cargo_home() -> PathBuf {
    let home = || env::home_dir().unwrap_or_default().join(".cargo");
    env::var_os("CARGO_HOME").map_or_else(home, PathBuf::from)
}

/// A host binary of the workspace, as `cargo build` leaves it.
pub(crate) fn binary(name: &str) -> PathBuf {
    target().join("debug").join(name)
}

/// What the suite for HTTP caches is run with.
pub(crate) fn conformance() -> PathBuf {
    root().join("tests/conformance")
}
