//! Parses the site file and embeds it; a bad one fails the build with its place.
//!
//! Writes `site.json` for the crate, and for the control plane `watch.json`, `checks.json`, and
//! `configuration.json`, which operators see. The build scripts of the crates that depend on this
//! one are told where they are, as `DEP_BREAKWATER_SITE_JSON`, `DEP_BREAKWATER_SITE_WATCH`,
//! `DEP_BREAKWATER_SITE_CHECKS` and `DEP_BREAKWATER_SITE_CONFIGURATION`.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use breakwater_core::site::config::{self, WatchRules};
use breakwater_core::site::operator;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed=BREAKWATER_CONFIG");
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../..");
    let file = env::var_os("BREAKWATER_CONFIG")
        .map_or_else(|| root.join("breakwater.toml"), PathBuf::from);
    println!("cargo::rerun-if-changed={}", file.display());

    let shown = file.file_name().map_or_else(String::new, |name| name.display().to_string());
    let text = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) => return fail(&format!("{}: {error}", file.display())),
    };
    let file = match config::parse_file(&shown, &text) {
        Ok(file) => file,
        Err(error) => return fail(&error.to_string()),
    };
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let shown = serde_json::to_string(&operator::configuration(&file.site, &file.watch))?;
    let site = out.join("site.json");
    fs::write(&site, serde_json::to_string(&file.site)?)?;
    println!("cargo::metadata=json={}", site.display());
    let watch = out.join("watch.json");
    let without_checks = WatchRules { checks: Vec::new(), ..file.watch };
    fs::write(&watch, serde_json::to_string(&without_checks)?)?;
    println!("cargo::metadata=watch={}", watch.display());
    let checks = out.join("checks.json");
    fs::write(&checks, file.checks_json)?;
    println!("cargo::metadata=checks={}", checks.display());
    let configuration = out.join("configuration.json");
    fs::write(&configuration, shown)?;
    println!("cargo::metadata=configuration={}", configuration.display());
    Ok(())
}

/// Cargo shows the line as the build's error; the exit code makes it one.
fn fail(message: &str) -> Result<(), Box<dyn Error>> {
    println!("cargo::error={message}");
    Ok(())
}
