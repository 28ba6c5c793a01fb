//! The site that the Worker serves, as it was compiled from the site file.

use std::sync::LazyLock;

use breakwater_core::base::json;
use breakwater_core::site::compiled::SitePart;
use breakwater_core::site::config::Site;
use serde::Deserialize;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(raw_module = "./site_parts.ts")]
extern "C" {
    #[wasm_bindgen(js_name = sitePart)]
    fn text_of_part(name: &str) -> String;
}

/// Read when it is first needed.
pub static SITE: LazyLock<Site> = LazyLock::new(|| read_part(SitePart::Site));

/// The site that the Worker serves.
pub fn site() -> &'static Site {
    &SITE
}

/// The text of a part of the compiled site.
pub fn site_part(part: SitePart) -> String {
    text_of_part(part.as_str())
}

/// Reads a part of the compiled site.
///
/// # Panics
/// If it does not read back. The same version wrote it: the start fails if another did.
pub fn read_part<T: for<'de> Deserialize<'de>>(part: SitePart) -> T {
    match json::read(&site_part(part)) {
        Ok(value) => value,
        // The entry fails open.
        Err(error) => panic!("the part {} of site.js: {error}", part.as_str()),
    }
}
