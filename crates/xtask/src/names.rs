//! Sees to it that a type's name has one meaning in all crates that become the Worker.
//!
//! A newcomer who searches for a name should find one thing. Two types of one name also force
//! `use … as …` where both are needed, and then the same thing has two names.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Result, ensure};

use crate::rooms;

/// The crates whose names are looked at.
const CRATES: [&str; 4] = ["core", "platform", "worker", "control"];

/// Names that several types may have, each with the reason.
const EXCEPTIONS: [(&str, &str); 1] = [(
    "Wire",
    "the serialised form of the one public type of its module, which no other module sees",
)];

/// Fails with one line per name that several types have, and per exception that is not needed.
pub(crate) fn check() -> Result<()> {
    let mut found = BTreeMap::new();
    for (file, text) in rooms::texts(&CRATES)? {
        add(&mut found, &file, &text);
    }
    let complaints = complaints(&found);
    ensure!(complaints.is_empty(), "{complaints}");
    Ok(())
}

/// Adds the types that a file defines. Its tests stand at its end and are left out, and so are the
/// types that a trait's implementation names.
fn add(found: &mut BTreeMap<String, Vec<String>>, file: &str, text: &str) {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    for line in code.lines() {
        let is_associated = line.starts_with(' ') && line.trim_start().starts_with("type ");
        if let Some(name) = defined(line.trim_start()).filter(|_| !is_associated) {
            found.entry(name.to_owned()).or_default().push(file.to_owned());
        }
    }
}

/// The name of the type that a line defines.
fn defined(line: &str) -> Option<&str> {
    let line = match line.strip_prefix("pub") {
        Some(rest) if rest.starts_with('(') => rest.split_once(')')?.1.trim_start(),
        Some(rest) => rest.strip_prefix(' ')?,
        None => line,
    };
    let line = line.strip_prefix("unsafe ").unwrap_or(line);
    let mut keywords = ["struct ", "enum ", "union ", "trait ", "type "].into_iter();
    let rest = keywords.find_map(|keyword| line.strip_prefix(keyword))?;
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    rest.get(..end).filter(|name| !name.is_empty())
}

fn complaints(found: &BTreeMap<String, Vec<String>>) -> String {
    let mut text = String::new();
    let is_exception = |name: &str| EXCEPTIONS.iter().any(|(known, _)| *known == name);
    for (name, files) in found.iter().filter(|(_, files)| files.len() > 1) {
        if !is_exception(name) {
            let _ =
                writeln!(text, "{} types are called `{name}`: {}", files.len(), files.join(", "));
        }
    }
    for (name, reason) in EXCEPTIONS {
        if found.get(name).is_none_or(|files| files.len() < 2) {
            let _ = writeln!(text, "`{name}` needs no exception any more ({reason})");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{add, complaints, defined};

    #[test]
    fn definitions_are_found_whatever_their_visibility() {
        for (line, name) in [
            ("pub struct Fields<'a> {", Some("Fields")),
            ("pub(crate) enum Kind {", Some("Kind")),
            ("pub(in crate::cache) struct Entries(Vec<Entry>);", Some("Entries")),
            ("struct Wire(u8);", Some("Wire")),
            ("type Named = (String, String);", Some("Named")),
            ("let structure = 1;", None),
            ("pub fn kind() {}", None),
        ] {
            assert_eq!(defined(line), name, "{line}");
        }
    }

    #[test]
    fn two_types_of_one_name_are_told_with_their_files() {
        let mut found = BTreeMap::new();
        add(&mut found, "a.rs", "pub struct Kind;\nstruct Wire;\n#[cfg(test)]\nstruct Only;");
        add(
            &mut found,
            "b.rs",
            "enum Kind {}\nstruct Wire;\nstruct Only;\nimpl A for B {\n    type Kind = u8;\n}",
        );
        assert_eq!(complaints(&found), "2 types are called `Kind`: a.rs, b.rs\n");
    }

    #[test]
    fn an_exception_that_no_name_needs_is_told() {
        let found = BTreeMap::new();
        assert!(complaints(&found).starts_with("`Wire` needs no exception any more"));
    }
}
