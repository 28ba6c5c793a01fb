//! Tells whether a bundle is made from what is in the tree now.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use super::{FINGERPRINT, Flavor};
use crate::place;
use crate::tools::Toolchain;

/// All that shapes the code, beside the tools. Core's tests do not: building it takes two minutes.
const SOURCES: [&str; 10] = [
    "Cargo.lock",
    "Cargo.toml",
    ".cargo/config.toml",
    "crates/control",
    "crates/core/Cargo.toml",
    "crates/core/askama.toml",
    "crates/core/src",
    "crates/platform",
    "crates/worker",
    "www",
];

/// Folders that hold no source.
const SKIPPED: [&str; 2] = ["node_modules", "target"];

/// The digest of `parts`, in hexadecimal; it depends on where one ends and the next begins.
pub(crate) fn digest<P: AsRef<[u8]>>(parts: impl IntoIterator<Item = P>) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        add(&mut hasher, part.as_ref());
    }
    hex(hasher)
}

/// Of the code of a flavor.
pub(super) fn of_code(toolchain: &Toolchain, flavor: Flavor, commit: &str) -> Result<String> {
    let root = place::root();
    let mut hasher = Sha256::new();
    add(&mut hasher, flavor.code().as_bytes());
    add(&mut hasher, toolchain.versions()?.as_bytes());
    add(&mut hasher, commit.as_bytes());
    for source in SOURCES {
        add_tree(&mut hasher, &root.join(source))?;
    }
    // How the bundle is made.
    add_tree(&mut hasher, &root.join("crates/xtask/src/www.rs"))?;
    add_tree(&mut hasher, &root.join("crates/xtask/src/bundle.rs"))?;
    add_tree(&mut hasher, &root.join("crates/xtask/src/bundle"))?;
    Ok(hex(hasher))
}

/// Of a bundle: its code, and its site file.
pub(super) fn of_bundle(code: &Path, site: &Path) -> Result<String> {
    let mut hasher = Sha256::new();
    add_tree(&mut hasher, &code.join(FINGERPRINT))?;
    add_tree(&mut hasher, site)?;
    Ok(hex(hasher))
}

fn add_tree(hasher: &mut Sha256, path: &Path) -> Result<()> {
    add(hasher, path.as_os_str().as_encoded_bytes());
    if path.is_dir() {
        let entries = fs::read_dir(path)?.collect::<Result<Vec<_>, _>>()?;
        let mut paths: Vec<_> = entries.into_iter().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if !SKIPPED.contains(&name) {
                add_tree(hasher, &path)?;
            }
        }
    } else if path.exists() {
        let content = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        add(hasher, &content);
    }
    Ok(())
}

fn add(hasher: &mut Sha256, part: &[u8]) {
    hasher.update((part.len() as u64).to_le_bytes());
    hasher.update(part);
}

fn hex(hasher: Sha256) -> String {
    hasher.finalize().iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::{SOURCES, digest};
    use crate::place;

    #[test]
    fn sources_are_where_they_are_said_to_be() {
        for source in SOURCES {
            assert!(place::root().join(source).exists(), "{source}");
        }
    }

    #[test]
    fn digest_depends_on_where_parts_end() {
        assert_ne!(digest(["ab", "c"]), digest(["a", "bc"]));
        assert_eq!(digest(["ab", "c"]), digest(["ab", "c"]));
    }

    #[test]
    fn digest_is_hexadecimal() {
        let digest = digest([""]);
        assert_eq!(digest.len(), 64);
        assert!(digest.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
}
