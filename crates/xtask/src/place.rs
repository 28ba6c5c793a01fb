//! Where things are in the source tree.

use std::env;
use std::path::PathBuf;

pub(crate) use breakwater_testing::place::{root, wrangler_config};

/// Where host builds land; follows `CARGO_TARGET_DIR`.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// A host binary of the workspace, as `cargo build` leaves it.
pub(crate) fn binary(name: &str) -> PathBuf {
    target().join("debug").join(name)
}

/// What the suite for HTTP caches is run with.
pub(crate) fn conformance() -> PathBuf {
    root().join("tests/conformance")
}
