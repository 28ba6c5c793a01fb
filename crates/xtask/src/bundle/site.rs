//! A site file, as it is loaded beside the code.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use breakwater_core::site::compiled::{self, CompiledSite, MODULE};
use breakwater_core::site::config::parse_file;

use super::{NEEDS, code};

/// Fails with the first mistake in a site file, and its place.
pub(crate) fn check(site: &Path) -> Result<()> {
    let (shown, text) = read(site)?;
    parse_file(&shown, &text)?;
    Ok(())
}

/// Compiles a site file with the pages that came with the code.
pub(super) fn compile(site: &Path, code: &Path) -> Result<CompiledSite> {
    let (shown, text) = read(site)?;
    Ok(compiled::compile(&shown, &text, &code::sources_beside(code)?)?)
}

/// The module of a site file, for tests of the entry alone.
pub(crate) fn module(site: &Path) -> Result<String> {
    let (shown, text) = read(site)?;
    Ok(compiled::compile(&shown, &text, &code::page_sources("")?)?.module()?)
}

/// Writes it into a bundle's folder.
pub(super) fn write(compiled: &CompiledSite, bundle: &Path) -> Result<()> {
    fs::write(bundle.join(MODULE), compiled.module()?)?;
    fs::write(bundle.join(NEEDS), serde_json::to_string_pretty(&compiled.needs)?)?;
    Ok(())
}

/// The file's text, and the name that errors call it by.
fn read(site: &Path) -> Result<(String, String)> {
    let text =
        fs::read_to_string(site).with_context(|| format!("cannot read {}", site.display()))?;
    let shown = site.file_name().map_or_else(String::new, |name| name.display().to_string());
    Ok((shown, text))
}
