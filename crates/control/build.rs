//! Tells the crate where `watch.json` and `checks.json` are, which the build script of
//! `breakwater-platform` writes.

use std::env;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed=DEP_BREAKWATER_SITE_WATCH");
    println!("cargo::rustc-env=BREAKWATER_WATCH_JSON={}", env::var("DEP_BREAKWATER_SITE_WATCH")?);
    println!("cargo::rerun-if-env-changed=DEP_BREAKWATER_SITE_CHECKS");
    println!("cargo::rustc-env=BREAKWATER_CHECKS_JSON={}", env::var("DEP_BREAKWATER_SITE_CHECKS")?);
    Ok(())
}
