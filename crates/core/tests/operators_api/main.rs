//! The reference of the operators' API is what the table of endpoints says.
//!
//! `cargo xtask reference` sets `BREAKWATER_WRITE_REFERENCE`; then the files are written instead of
//! compared.

mod markdown;
mod mcp;
mod openapi;

use std::path::Path;
use std::{env, fs};

fn check(name: &str, expected: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name);
    if env::var_os("BREAKWATER_WRITE_REFERENCE").is_some() {
        fs::write(&file, expected).expect("the page can be written");
        return;
    }
    let found = fs::read_to_string(&file).unwrap_or_default();
    assert!(found == expected, "{name} is stale: run `cargo xtask reference`");
}

#[test]
fn the_page_is_what_the_table_says() {
    check("docs/reference/operators-api.md", &markdown::page());
}

#[test]
fn the_openapi_document_is_what_the_table_says() {
    check("docs/reference/operators-api.openapi.json", &openapi::document());
}

#[test]
fn the_page_of_tools_is_what_clients_are_told() {
    check("docs/reference/mcp.md", &mcp::page());
}

/// A client of long ago goes on with the arguments and members that it knows.
#[test]
fn the_list_of_tools_is_this() {
    check("crates/core/tests/operators_api/tools.json", &mcp::list());
}
