//! Writes what the crate and the bundle get from the site that `breakwater-platform` has parsed.
//!
//! The build writes `pages.rs` for the crate, and two files beside the bundle. `rules.js` holds
//! core's decisions about forwarding for the JavaScript half, which needs them even when the wasm
//! does not run. `needs.json` lists what a deployment must have.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use breakwater_core::base::json;
use breakwater_core::site::config::Site;
use breakwater_core::site::forwarding::Rules;
use breakwater_core::site::needs::Needs;
use breakwater_core::site::page::{self, Assembled, Parts, Texts};

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
        fs::write(Path::new(&bundle).join("rules.js"), rules_js(&site)?)?;
        let needs = serde_json::to_string_pretty(&Needs::of(&site))?;
        fs::write(Path::new(&bundle).join("needs.json"), needs)?;
    }
    Ok(())
}

/// Reports an error of the build. Cargo shows the line, and its own exit code fails the build.
fn fail(message: &str) -> Result<(), Box<dyn Error>> {
    println!("cargo::error={message}");
    Ok(())
}

/// Returns the pages in each of the site's languages, as the text of a Rust list.
fn pages_rs(site: &Site, folder: &Path) -> Result<String, Box<dyn Error>> {
    let read = |name: &str| {
        let file = folder.join(name);
        println!("cargo::rerun-if-changed={}", file.display());
        fs::read_to_string(&file).map_err(|error| format!("{name}: {error}"))
    };
    let (html, css, js) = (read("page.html")?, read("page.css")?, read("page.js")?);
    let banner = read("banner.html")?;
    let parts = Parts { html: &html, css: &css, js: &js, banner: &banner };
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

fn rules_js(site: &Site) -> Result<String, serde_json::Error> {
    let rules = serde_json::to_string_pretty(&Rules::of(site))?;
    let upstream = match env::var_os("CARGO_FEATURE_DEV") {
        Some(_) => {
            "(env, name) => \
             env[`BREAKWATER_UPSTREAM_${name.toUpperCase()}`] ?? env.BREAKWATER_UPSTREAM"
        }
        None => "() => undefined",
    };
    Ok(format!(
        "// Made by the build from core and the site file.\n\
         export const rules = {rules};\n\
         // Stands in for an upstream's origin, in development only.\n\
         export const upstream = {upstream};\n"
    ))
}
