//! Replays the corpus of the fuzz target `stored_form`: inputs that once broke a restore, or that
//! might.

mod stored_form;

use std::fs;
use std::path::Path;

use stored_form::{Stored, live};

/// The prefix of the files that no version of Breakwater wrote. All other files can be read.
const REFUSED: &str = "refused-";

#[test]
fn every_stored_form_is_refused_or_lives() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/stored_form");
    let listed = fs::read_dir(&corpus).expect("the corpus is beside this file");
    let mut paths: Vec<_> =
        listed.map(|entry| entry.expect("a file of the corpus").path()).collect();
    paths.sort();
    assert!(paths.len() >= 50, "only {} files found", paths.len());
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        println!("{name}");
        let fate = live(&fs::read(&path).expect("a readable file"));
        let expected = if name.starts_with(REFUSED) { Stored::Refused } else { Stored::Read };
        assert_eq!(fate, expected, "{name}");
    }
}
