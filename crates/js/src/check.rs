//! Whether a site file is one.

use breakwater_core::site::config::{ConfigError, Site, parse};
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;

/// What is in a site file, or what is wrong with it.
#[derive(Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
enum Checked {
    Valid { host: String, upstreams: Vec<CheckedUpstream>, routes: usize, circuits: usize },
    Refused { error: String, line: usize, column: usize, key: String },
}

/// An upstream, as far as asking it needs it.
#[derive(Serialize)]
struct CheckedUpstream {
    name: String,
    origin: String,
    host: Option<String>,
    probe: Option<String>,
}

/// Reads a site file; `file` is what errors call it.
#[wasm_bindgen]
pub fn check(file: &str, text: &str) -> String {
    let checked = match parse(file, text) {
        Ok(site) => valid(site),
        Err(error) => refused(error),
    };
    crate::json(&checked)
}

fn valid(site: Site) -> Checked {
    let upstreams = site.upstreams.into_iter().map(|upstream| CheckedUpstream {
        name: upstream.name,
        origin: upstream.origin.as_str().to_owned(),
        host: upstream.host,
        probe: upstream.probe,
    });
    Checked::Valid {
        upstreams: upstreams.collect(),
        host: site.host,
        routes: site.routes.len(),
        circuits: site.circuits.len(),
    }
}

fn refused(error: ConfigError) -> Checked {
    Checked::Refused {
        error: error.to_string(),
        line: error.line,
        column: error.column,
        key: error.key,
    }
}
