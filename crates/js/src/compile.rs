//! A site file, compiled for the Worker's code.

use breakwater_core::site::compiled::{self, CompiledSite, MODULE, PageSources};
use breakwater_core::site::needs::Needs;
use serde::Serialize;
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

#[derive(Serialize)]
struct Compiled {
    /// What the module is called.
    name: &'static str,
    /// The module.
    module: String,
    needs: Needs,
    /// The origin of each upstream that is asked by another name than its own.
    asked_as: Vec<String>,
}

/// Compiles a site file with the pages that came with the Worker's code.
///
/// # Errors
/// The first mistake in the file, or that the pages do not fit.
#[wasm_bindgen(js_name = compileSite)]
pub fn compile_site(file: &str, text: &str, page_sources: &str) -> Result<String, JsError> {
    let error = |error: &dyn core::fmt::Display| JsError::new(&error.to_string());
    let sources: PageSources = serde_json::from_str(page_sources).map_err(|it| error(&it))?;
    let compiled = compiled::compile(file, text, &sources).map_err(|it| error(&it))?;
    let module = compiled.module().map_err(|it| error(&it))?;
    let asked_as = asked_as(&compiled);
    Ok(crate::json(&Compiled { name: MODULE, module, needs: compiled.needs, asked_as }))
}

fn asked_as(compiled: &CompiledSite) -> Vec<String> {
    let named = compiled.site.upstreams.iter().filter(|upstream| upstream.host.is_some());
    named.map(|upstream| upstream.origin.as_str().to_owned()).collect()
}
