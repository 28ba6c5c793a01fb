//! Writes what the crate and the bundle get from the site that `breakwater-platform` has parsed.
//!
//! The build writes `pages.rs` for the crate, and four files for the bundle. `rules.ts` holds
//! core's decisions about forwarding for the JavaScript half, which needs them even when the wasm
//! does not run. `wire.ts` reads and writes the texts that the halves exchange. `log_rules.ts` says
//! what the entry may log. `needs.json` lists what a deployment must have.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use breakwater_core::base::json;
use breakwater_core::site::config::{Site, WatchRules};
use breakwater_core::site::forwarding::ForwardingRules;
use breakwater_core::site::needs::Needs;
use breakwater_core::site::page::{self, Assembled, Parts, Texts};
use breakwater_core::site::wire;
use breakwater_core::telemetry::log;
use breakwater_core::telemetry::sentry::release_of_build;

/// Names the folder with the scripts of pages as `cargo xtask` has joined and shortened them. It is
/// not set where cargo was called by itself, as lints do.
const SCRIPTS: &str = "BREAKWATER_PAGE_SCRIPTS";
/// The commit of a build for deployment, which `cargo xtask` names. Others have none.
const COMMIT: &str = "BREAKWATER_COMMIT";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed=BREAKWATER_OUT_DIR");
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../..");
    let file = env::var("DEP_BREAKWATER_SITE_JSON")?;
    println!("cargo::rerun-if-changed={file}");
    let site: Site = json::read(&fs::read_to_string(&file)?)?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    match pages_rs(&site, &root.join("www/fallback")) {
        Ok(pages) => fs::write(out.join("pages.rs"), pages)?,
        Err(error) => return fail(&format!("www/fallback: {error}")),
    }
    if let Some(bundle) = env::var_os("BREAKWATER_OUT_DIR") {
        fs::create_dir_all(&bundle)?;
        fs::write(Path::new(&bundle).join("rules.ts"), ForwardingRules::of(&site).typescript()?)?;
        fs::write(Path::new(&bundle).join("wire.ts"), wire::typescript())?;
        let log_rules = log::typescript(&site.logs, site.tracing, site.sentry.is_some());
        fs::write(Path::new(&bundle).join("log_rules.ts"), log_rules)?;
        let needs = serde_json::to_string_pretty(&Needs::of(&site, &watch(&site)?))?;
        fs::write(Path::new(&bundle).join("needs.json"), needs)?;
    }
    Ok(())
}

/// Returns what is watched, which only the control plane embeds.
fn watch(site: &Site) -> Result<WatchRules, Box<dyn Error>> {
    let read = |name: &str| -> Result<String, Box<dyn Error>> {
        let file = env::var(name)?;
        println!("cargo::rerun-if-changed={file}");
        Ok(fs::read_to_string(&file)?)
    };
    let (rules, checks) = (read("DEP_BREAKWATER_SITE_WATCH")?, read("DEP_BREAKWATER_SITE_CHECKS")?);
    Ok(WatchRules::embedded(&rules, &checks, site)?)
}

/// Reports an error of the build. Cargo shows the line, and its own exit code fails the build.
fn fail(message: &str) -> Result<(), Box<dyn Error>> {
    println!("cargo::error={message}");
    Ok(())
}

/// Returns the pages' own script and the one that reports what goes wrong in it.
fn joined_scripts() -> Result<Option<(String, String)>, Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed={SCRIPTS}");
    let Some(folder) = env::var_os(SCRIPTS) else { return Ok(None) };
    let read = |name: &str| {
        let file = Path::new(&folder).join(name);
        println!("cargo::rerun-if-changed={}", file.display());
        fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))
    };
    Ok(Some((read("fallback/page.js")?, read("report/page.js")?)))
}

/// Returns the pages in each of the site's languages, as the text of a Rust list.
fn pages_rs(site: &Site, folder: &Path) -> Result<String, Box<dyn Error>> {
    let read = |name: &str| {
        let file = folder.join(name);
        println!("cargo::rerun-if-changed={}", file.display());
        fs::read_to_string(&file).map_err(|error| format!("{name}: {error}"))
    };
    let (html, css) = (read("page.html")?, read("page.css")?);
    let (js, report) = match joined_scripts()? {
        Some(scripts) => scripts,
        // A page that was not built by `cargo xtask` reports nothing.
        None => (read("page.js")?, String::new()),
    };
    let banner = read("banner.html")?;
    println!("cargo::rerun-if-env-changed={COMMIT}");
    let commit = env::var(COMMIT).unwrap_or_default();
    let build = release_of_build(&env::var("CARGO_PKG_VERSION")?, &commit);
    let parts =
        Parts { html: &html, css: &css, js: &js, banner: &banner, report: &report, build: &build };
    let mut list = String::from("&[");
    for locale in &site.locales {
        let name = format!("locales/{locale}.toml");
        let texts = Texts::parse(&name, &read(&name)?)?;
        let Assembled { fallback, maintenance, banner, units } =
            page::assemble(site, locale, &texts, parts)?;
        list += &format!(
            "Pages {{ locale: {locale:?}, fallback: {fallback:?}, maintenance: {maintenance:?}, \
             banner: {banner:?}, units: {units:?} }},\n"
        );
    }
    Ok(list + "]")
}
