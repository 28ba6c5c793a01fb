//! What the status pages are made with: their texts, and the files that they load.

use std::sync::LazyLock;

use breakwater_core::site::compiled::SitePart;
use breakwater_core::site::page::REPORT_SCRIPT;
use breakwater_core::site::status::page::{AssetPaths, StatusTextFile, StatusTexts};
use breakwater_platform::site::read_part;
use wasm_bindgen::prelude::*;

/// The texts of each of the site's languages, its own first. Read when they are first needed.
static FILES: LazyLock<Vec<StatusTextFile>> = LazyLock::new(|| read_part(SitePart::StatusTexts));

/// The same, as the templates name them.
static LANGUAGES: LazyLock<Vec<StatusTexts<'static>>> =
    LazyLock::new(|| FILES.iter().map(StatusTextFile::texts).collect());

/// The names of the files that the pages load.
static NAMES: LazyLock<[String; 4]> = LazyLock::new(|| {
    ["status/page.css", "status/page.js", "status/og.png", REPORT_SCRIPT]
        .map(|path| asset_name(path).unwrap_or_default())
});

#[wasm_bindgen(raw_module = "./assets.ts")]
extern "C" {
    /// A file that pages load.
    pub type Asset;
    /// Its type.
    #[wasm_bindgen(method, getter, js_name = type)]
    pub fn content_type(this: &Asset) -> String;
    /// Its content: a string, or bytes.
    #[wasm_bindgen(method, getter)]
    pub fn body(this: &Asset) -> JsValue;

    /// The file that has this name in addresses. Its content never changes, since the name has the
    /// hash of it.
    pub fn asset(name: &str) -> Option<Asset>;
    /// What the file of this path in `www` is called in addresses.
    #[wasm_bindgen(js_name = assetName)]
    pub fn asset_name(path: &str) -> Option<String>;
}

/// The texts of each of the site's languages, its own first.
pub fn languages() -> &'static [StatusTexts<'static>] {
    &LANGUAGES
}

/// What the pages load, as the build has named it.
pub fn asset_paths() -> AssetPaths<'static> {
    let [css, js, image, report] = &*NAMES;
    AssetPaths { css, js, image, report }
}
