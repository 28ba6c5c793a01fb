//! Tells the crate where `watch.json`, `checks.json` and `configuration.json` are, which the build
//! script of `breakwater-platform` writes, and writes `status_texts.rs`: what the status pages say
//! in each of the site's languages. And it tells the crate which build it is.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use breakwater_core::base::json;
use breakwater_core::site::config::Site;
use breakwater_core::site::status::page::StatusTextFile;
use breakwater_core::telemetry::sentry::release_of_build;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed=DEP_BREAKWATER_SITE_WATCH");
    println!("cargo::rustc-env=BREAKWATER_WATCH_JSON={}", env::var("DEP_BREAKWATER_SITE_WATCH")?);
    println!("cargo::rerun-if-env-changed=DEP_BREAKWATER_SITE_CHECKS");
    println!("cargo::rustc-env=BREAKWATER_CHECKS_JSON={}", env::var("DEP_BREAKWATER_SITE_CHECKS")?);
    println!("cargo::rerun-if-env-changed=DEP_BREAKWATER_SITE_CONFIGURATION");
    let configuration = env::var("DEP_BREAKWATER_SITE_CONFIGURATION")?;
    println!("cargo::rustc-env=BREAKWATER_CONFIGURATION_JSON={configuration}");
    println!("cargo::rerun-if-env-changed=BREAKWATER_COMMIT");
    // `cargo xtask` names the commit of a build for deployment. Others have none.
    let commit = env::var("BREAKWATER_COMMIT").unwrap_or_default();
    let release = release_of_build(&env::var("CARGO_PKG_VERSION")?, &commit);
    println!("cargo::rustc-env=BREAKWATER_BUILD_COMMIT={commit}");
    println!("cargo::rustc-env=BREAKWATER_BUILD_RELEASE={release}");
    let file = env::var("DEP_BREAKWATER_SITE_JSON")?;
    println!("cargo::rerun-if-changed={file}");
    let site: Site = json::read(&fs::read_to_string(&file)?)?;
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../../www/status/locales");
    match status_texts(&site, &folder) {
        Ok(texts) => fs::write(PathBuf::from(env::var("OUT_DIR")?).join("status_texts.rs"), texts)?,
        // Cargo shows the line, and its own exit code fails the build.
        Err(error) => println!("cargo::error=www/status/locales: {error}"),
    }
    Ok(())
}

/// Returns the texts in each of the site's languages, as the text of a Rust list.
fn status_texts(site: &Site, folder: &Path) -> Result<String, Box<dyn Error>> {
    let mut list = String::from("&[");
    for locale in &site.locales {
        let name = format!("{locale}.toml");
        let file = folder.join(&name);
        println!("cargo::rerun-if-changed={}", file.display());
        let text = fs::read_to_string(&file).map_err(|error| format!("{name}: {error}"))?;
        list += &format!("{},\n", StatusTextFile::parse(&name, locale, &text)?.rust());
    }
    Ok(list + "]")
}
