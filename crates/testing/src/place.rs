//! Where things are in the source tree.

use std::path::{Path, PathBuf};

/// The workspace's root.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// The script that runs the stack.
pub(crate) fn stack_script() -> PathBuf {
    root().join("crates/testing/stack/stack.mjs")
}

/// What the Worker is bound to.
pub fn wrangler_config() -> PathBuf {
    root().join("wrangler.toml")
}
