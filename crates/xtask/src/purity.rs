//! Proves that core is pure: it depends on little, and wants nothing from its host.

use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};

use crate::bundle::{TARGET, edge_target};
use crate::imports::import_count;
use crate::tools::Toolchain;
use crate::{place, run};

/// The crates that core may depend on: itself; serde, for stored forms; and serde_json with its own
/// dependencies, for the bodies of other services' errors; regex-automata, for the patterns of
/// checks; and RustCrypto's hmac, sha2 and base64ct, with what they depend on, for the signatures
/// of webhooks; and askama, for the status pages: the compiler turns its templates into code.
/// A commit that adds a crate says why.
const ALLOWED: [&str; 22] = [
    "askama",
    "base64ct",
    "block-buffer",
    "breakwater-core",
    "cfg-if",
    "cmov",
    "cpufeatures",
    "crypto-common",
    "ctutils",
    "digest",
    "hmac",
    "hybrid-array",
    "itoa",
    "memchr",
    "regex-automata",
    "regex-syntax",
    "serde",
    "serde_core",
    "serde_json",
    "sha2",
    "typenum",
    "zmij",
];

/// A name of core's that is compiled into it once, not into each crate that uses it. Core is one
/// object file in the probe, so this brings in all of it, and without garbage collection it stays.
const PROBE: &str = "\
//! Links all of core, to see what it imports.

/// Refers to core.
#[unsafe(no_mangle)]
pub extern \"C\" fn probe() -> usize {
    breakwater_core::base::path::is_normalised as *const () as usize
}
";

/// Fails if core depends on a crate that is not on the list.
pub(crate) fn check_tree() -> Result<()> {
    let tree = run::text(run::cargo().current_dir(place::root()).args([
        "tree",
        "-p",
        "breakwater-core",
        "-e",
        "normal,no-proc-macro",
        "--prefix",
        "none",
    ]))?;
    let new = unknown(&tree);
    ensure!(new.is_empty(), "core's dependencies grew by {}", new.join(", "));
    Ok(())
}

fn unknown(tree: &str) -> Vec<&str> {
    let names = tree.lines().map(|line| line.split(' ').next().unwrap_or_default());
    names.filter(|name| !name.is_empty() && !ALLOWED.contains(name)).collect()
}

/// Fails if core's wasm imports anything.
pub(crate) fn check_imports(toolchain: &Toolchain) -> Result<()> {
    let probe = place::root().join("target/purity");
    write_probe(&probe)?;
    let mut cargo = toolchain.cargo();
    cargo
        .current_dir(&probe)
        .args(["rustc", "--quiet", "--target", TARGET, "--lib"])
        .env("CARGO_TARGET_DIR", edge_target())
        .args(["--", "-Clink-arg=--no-gc-sections"]);
    run::shown(&mut cargo)?;
    let wasm = fs::read(edge_target().join(TARGET).join("debug/breakwater_purity.wasm"))?;
    let count = import_count(&wasm)?;
    ensure!(count == 0, "core wants something from its host: {count} imports");
    Ok(())
}

fn write_probe(dir: &Path) -> Result<()> {
    let core = place::root().join("crates/core");
    let manifest = format!(
        "[package]\nname = \"breakwater-purity\"\nedition = \"2024\"\npublish = false\n\n\
         [lib]\ncrate-type = [\"cdylib\"]\n\n\
         [dependencies]\nbreakwater-core = {{ path = {:?} }}\n\n\
         [profile.dev]\ncodegen-units = 1\nincremental = false\n\n[workspace]\n",
        core.display().to_string()
    );
    fs::create_dir_all(dir.join("src"))?;
    fs::write(dir.join("Cargo.toml"), manifest)?;
    fs::write(dir.join("src/lib.rs"), PROBE)?;
    // The workspace's versions, not the latest ones.
    fs::copy(place::root().join("Cargo.lock"), dir.join("Cargo.lock"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::unknown;

    #[test]
    fn only_crates_off_the_list_are_unknown() {
        let tree = "breakwater-core v0.1.0 (crates/core)\nserde v1.0.229\nserde_core v1.0.229\n";
        assert_eq!(unknown(tree), [""; 0]);
        assert_eq!(unknown(&format!("{tree}chrono v0.4.0\n")), ["chrono"]);
    }
}
