//! The operators' console: its page, and what that loads.

use std::sync::LazyLock;

use breakwater_core::site::operator::{
    ASSET_CACHE, CONSOLE_POLICY, ConsoleAssets, ConsolePath, console_page,
};
use breakwater_core::site::page::{PageReports, REPORT_SCRIPT};
use breakwater_platform::bindings::response;
use breakwater_platform::problem::ProblemDetails;
use breakwater_platform::site;
use js_sys::JsString;
use wasm_bindgen::prelude::*;
use web_sys::Request;

use super::refuse_method;
use crate::release;
use crate::reply::refuse;

/// The page, filled in when it is first asked for.
static PAGE: LazyLock<String> = LazyLock::new(|| {
    let html = include_str!("../../../../www/console/page.html");
    let named = |path| asset_name(path).unwrap_or_default();
    let [script, style, report] = ["console/page.js", "console/page.css", REPORT_SCRIPT].map(named);
    let assets = ConsoleAssets { script: &script, style: &style, report: &report };
    console_page(html, &site().name, assets, PageReports::of(site(), release::name()))
});

#[wasm_bindgen(raw_module = "./assets.ts")]
extern "C" {
    /// A file that pages load.
    type Asset;
    #[wasm_bindgen(method, getter, js_name = type)]
    fn content_type(this: &Asset) -> String;
    #[wasm_bindgen(method, getter)]
    fn body(this: &Asset) -> JsValue;
    fn asset(name: &str) -> Option<Asset>;
    #[wasm_bindgen(js_name = assetName)]
    fn asset_name(path: &str) -> Option<String>;
}

/// Answers for the console, to anyone: it holds no data.
pub(super) fn answer(path: ConsolePath<'_>, request: &Request) -> Result<JsValue, JsValue> {
    let method = request.method();
    if method != "GET" && method != "HEAD" {
        return refuse_method("GET, HEAD");
    }
    match path {
        ConsolePath::Page => {
            let fields = [
                ("content-type", "text/html; charset=utf-8"),
                ("cache-control", "no-store"),
                ("content-security-policy", CONSOLE_POLICY),
                ("referrer-policy", "same-origin"),
                ("x-content-type-options", "nosniff"),
            ];
            send(&fields, &PAGE)
        }
        ConsolePath::Asset(name) => {
            let found = asset(name).and_then(|asset| {
                let body = asset.body().dyn_into::<JsString>().ok()?;
                Some((asset.content_type(), String::from(body)))
            });
            let Some((content_type, body)) = found else {
                let detail = format!("no asset `{name}`");
                return refuse(ProblemDetails::new(404, "Not Found", detail), &[]);
            };
            let fields = [
                ("content-type", &*content_type),
                ("cache-control", ASSET_CACHE),
                ("x-content-type-options", "nosniff"),
            ];
            send(&fields, &body)
        }
    }
}

fn send(fields: &[(&str, &str)], body: &str) -> Result<JsValue, JsValue> {
    Ok(response(200, fields.iter().copied(), Some(body))?.into())
}
