//! The forms of the sample, as literals: others rely on them.
//!
//! Where a form changes on purpose, `cargo run -p breakwater-core --example status_formats` writes
//! what to put into `expected`; JSON is kept there indented, and the calendar with plain line ends.

use std::fs;
use std::path::{Path, PathBuf};

use breakwater_core::site::status::StatusView;
use serde_json::Value;

use crate::documents::{PLACE, documents};
use crate::{moment_of, sample};

fn expected_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { expected_files(&path, found) } else { found.push(path) }
    }
}

fn compare(path: &str, expected: &str, body: &str) {
    if path.ends_with(".json") {
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert_eq!(read(body), read(expected), "{path} is now\n{:#}", read(body));
    } else {
        let body = body.replace("\r\n", "\n");
        assert_eq!(body, expected, "{path} is now\n{body}");
    }
}

#[test]
fn the_forms_of_the_sample_are_as_they_were() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/status_formats/expected");
    let status = sample();
    let view: StatusView<'_> = status.at(moment_of(&status));
    let documents = documents(&PLACE, &view);
    let mut files = Vec::new();
    expected_files(&root, &mut files);
    assert!(files.len() >= 22, "{files:?}");
    for file in files {
        let path = file.strip_prefix(&root).unwrap().to_str().unwrap();
        let found = documents.iter().find(|(known, _)| known == path);
        let (_, body) = found.unwrap_or_else(|| panic!("{path} is no form of the sample"));
        compare(path, &fs::read_to_string(&file).unwrap(), body);
    }
}
