//! Breakwater's own pages in a real browser, from the real Worker in workerd. Screenshots for
//! people are in `target/browser`.
//!
//! They need Chromium, so they are ignored unless `cargo xtask test` has found one.

mod console;
mod fallback;
mod looks;
mod outage;
mod reports;
mod scripts;
mod status;

use serde_json::Value;

/// The texts of a list.
fn texts(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The numbers of a list.
fn numbers(list: &Value) -> Vec<u64> {
    list.as_array().into_iter().flatten().filter_map(Value::as_u64).collect()
}

/// The browser's requests to other addresses than the site.
fn others(seen: &Value, site: &str) -> Vec<String> {
    let asked = texts(&seen["requests"]).into_iter();
    asked.filter(|url| !url.starts_with(site)).map(str::to_owned).collect()
}
