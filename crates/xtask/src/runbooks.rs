//! Sees to it that an alert's runbook is there, and says all that is needed at night.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result, ensure};

use crate::{place, rooms};

/// Where runbooks are, in the repository.
const FOLDER: &str = "docs/runbooks/";
/// The page that lists them. Those that alerts link to are in the section of this name.
const LIST: &str = "README.md";
const ALERTS: &str = "## For alerts";
/// The sections of a runbook that an alert links to, in this order.
const SECTIONS: [&str; 6] =
    ["Symptoms", "Quick diagnosis", "Resolution steps", "Verification", "Prevention", "Escalation"];
/// The crates that may name a runbook.
const CRATES: [&str; 2] = ["core", "control"];

/// Fails with one line for each runbook that is not there, is not listed, or lacks a section.
pub(crate) fn check() -> Result<()> {
    let root = place::root();
    let mut pages = BTreeMap::new();
    for entry in fs::read_dir(root.join(FOLDER)).with_context(|| FOLDER)? {
        let path = entry?.path();
        if let Some(name) = path.file_name().and_then(|name| name.to_str()) {
            pages.insert(name.to_owned(), fs::read_to_string(&path).with_context(|| FOLDER)?);
        }
    }
    let site = fs::read_to_string(root.join("breakwater.toml"))?;
    let mut named = vec![("breakwater.toml".to_owned(), site)];
    for (file, text) in rooms::texts(&CRATES)? {
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        named.push((file, code.to_owned()));
    }
    let complaints = complaints(&pages, &named);
    ensure!(complaints.is_empty(), "{complaints}");
    Ok(())
}

/// `pages`: the runbooks by file name. `named`: the files that may name some, with their texts.
fn complaints(pages: &BTreeMap<String, String>, named: &[(String, String)]) -> String {
    let list = pages.get(LIST).map_or("", String::as_str);
    let alerts = list.split(ALERTS).nth(1).unwrap_or_default();
    let alerts = links(alerts.split("\n## ").next().unwrap_or_default());
    let mut found = String::new();
    for name in links(list).iter().filter(|name| !pages.contains_key(**name)) {
        let _ = writeln!(found, "{FOLDER}{LIST} lists {name}, which is not there");
    }
    for name in pages.keys().filter(|name| *name != LIST && !links(list).contains(&name.as_str())) {
        let _ = writeln!(found, "{FOLDER}{LIST} does not list {name}");
    }
    for (name, text) in alerts.iter().filter_map(|name| pages.get_key_value(*name)) {
        let sections: Vec<&str> =
            text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        if sections != SECTIONS {
            let expected = SECTIONS.join(", ");
            let _ =
                writeln!(found, "{FOLDER}{name} has {}, expected {expected}", sections.join(", "));
        }
    }
    for (file, text) in named {
        // What stands in quotes is used; a comment's example stands between backticks.
        for path in text.split(&format!("\"{FOLDER}")).skip(1) {
            let page = path.split(['"', '#']).next().unwrap_or_default();
            if !alerts.contains(&page) {
                let _ =
                    writeln!(found, "{file} names {FOLDER}{page}, which {LIST} lists for no alert");
            }
        }
    }
    found
}

/// The files beside a page that it links to in its tables.
fn links(text: &str) -> Vec<&str> {
    let rows = text.lines().filter_map(|line| line.strip_prefix("| ["));
    rows.filter_map(|row| row.split_once("](")?.1.split(')').next()).collect()
}

#[cfg(test)]
mod tests {
    use super::{LIST, SECTIONS, complaints};

    /// What is wrong with one runbook for alerts and one for orders, where a file says `named`.
    fn told(runbook: &str, named: &str) -> String {
        let list = "## For alerts\n| [a.md](a.md) | |\n\n## For orders\n| [b.md](b.md) | |\n";
        let pages = [(LIST, list), ("a.md", runbook), ("b.md", "")];
        let pages = pages.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
        complaints(&pages, &[("breakwater.toml".into(), named.into())])
    }

    #[test]
    fn a_runbook_that_is_named_has_to_be_there() {
        let whole: String = SECTIONS.iter().map(|section| format!("## {section}\n\n")).collect();
        assert_eq!(told(&whole, "runbook = \"docs/runbooks/a.md#symptoms\""), "");
        let missing = told(&whole, "runbook = \"docs/runbooks/c.md\"");
        assert!(missing.contains("names docs/runbooks/c.md"), "{missing}");
        assert!(told(&whole, "runbook = \"docs/runbooks/b.md\"").contains("for no alert"));
    }

    #[test]
    fn a_runbook_for_an_alert_has_all_sections() {
        for missing in SECTIONS {
            let others = SECTIONS.iter().filter(|section| **section != missing);
            let rest: String = others.map(|section| format!("## {section}\n")).collect();
            assert!(told(&rest, "").starts_with("docs/runbooks/a.md has "), "{missing}");
        }
    }
}
