//! The reference of keys is what the parser takes, and describes all of it.
//!
//! `cargo xtask reference` sets `BREAKWATER_WRITE_REFERENCE`; then the list is written instead of
//! compared.

use std::path::{Path, PathBuf};
use std::{env, fs};

use breakwater_core::site::config::{KEY_TABLES, KeyTable};

/// The list of all keys.
const LIST: &str = "docs/reference/site-keys.md";

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name)
}

/// The text below a heading, until the next one that is not below it.
fn section(page: &str, heading: &str) -> String {
    let path = file("docs/reference").join(page);
    let text = fs::read_to_string(&path).expect("the page is there");
    let level = heading.bytes().take_while(|byte| *byte == b'#').count();
    let mut lines = text.lines().skip_while(|line| *line != heading);
    assert!(lines.next().is_some(), "{page} has no heading `{heading}`");
    let is_below = |line: &&str| {
        let own = line.bytes().take_while(|byte| *byte == b'#').count();
        own == 0 || own > level
    };
    lines.take_while(is_below).map(|line| [line, "\n"].concat()).collect()
}

/// The address of a heading within its page, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches(['#', ' ']).to_lowercase();
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    text.chars().filter(kept).map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn list() -> String {
    let mut text = String::from(
        "# The keys of the site file\n\nEvery table that `breakwater.toml` may have, with every key \
         that it takes. `cargo xtask reference` prints\nthis page from the parser.\n\n\
         | table | keys |\n|---|---|\n",
    );
    for KeyTable { name, page, heading, keys } in KEY_TABLES {
        let keys: Vec<_> = keys.iter().map(|key| format!("`{key}`")).collect();
        let name = match name.split_once(" of ") {
            None if name.is_empty() => "the file itself".into(),
            None => format!("`{name}`"),
            Some((table, whose)) => format!("`{table}` of {whose}"),
        };
        let keys = keys.join(", ");
        text += &format!("| [{name}]({page}#{}) | {keys} |\n", anchor(heading));
    }
    text
}

#[test]
fn the_list_of_keys_is_what_the_parser_takes() {
    let path = file(LIST);
    if env::var_os("BREAKWATER_WRITE_REFERENCE").is_some() {
        fs::write(&path, list()).unwrap();
        return;
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == list(), "{LIST} is stale: run `cargo xtask reference`");
}

#[test]
fn each_key_is_described_below_the_heading_of_its_table() {
    for KeyTable { name, page, heading, keys } in KEY_TABLES {
        let text = section(page, heading);
        for key in *keys {
            let is_told =
                [format!("`{key}`"), format!("{key} = ")].iter().any(|it| text.contains(it));
            assert!(is_told, "{page}, {heading}: no `{key}` of {name}");
        }
    }
}

#[test]
fn what_a_table_of_the_reference_calls_a_key_is_one() {
    for KeyTable { page, heading, .. } in KEY_TABLES {
        let text = section(page, heading);
        let known: Vec<_> = KEY_TABLES.iter().flat_map(|table| table.keys).collect();
        let mut is_of_keys = false;
        for line in text.lines() {
            let Some(row) = line.strip_prefix("| ") else {
                is_of_keys = is_of_keys && line.starts_with('|');
                continue;
            };
            if row.starts_with("key") {
                is_of_keys = true;
                continue;
            }
            let cell = row.split(" |").next().unwrap_or_default();
            for key in cell.split(", ").filter(|_| is_of_keys) {
                let key = key.trim_matches('`');
                assert!(known.iter().any(|known| **known == key), "{page}: `{key}` is no key");
            }
        }
    }
}

#[test]
fn each_table_of_the_parser_is_in_the_list() {
    // Every list of keys in the parser is one of `KEY_TABLES`: what is added there shows here.
    let folder = file("crates/core/src/site/config/parse");
    let mut lists = 0;
    for folder in [folder.clone(), folder.join("outside")] {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                lists += text.lines().filter(|line| line.contains("KEYS: &[&str]")).count();
            }
        }
    }
    // The three kinds of a subject are keys of an objective, which are listed with it.
    assert_eq!(lists, KEY_TABLES.len() + 1, "a list of keys is missing in `KEY_TABLES`");
}
