//! The values of secrets on a developer's machine: from the environment, or from the file
//! `.dev.vars` at the top, which is not committed. Only those that the site needs are passed on.

use std::{env, fs};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::place;

/// The file, with lines `NAME=value`.
pub(crate) const FILE: &str = ".dev.vars";

/// The secrets that a bundle needs and that have a value here. `needs` is its `needs.json`.
///
/// # Errors
/// If the file cannot be read.
pub(crate) fn of(needs: &Value) -> Result<Vec<(String, String)>> {
    let path = place::root().join(FILE);
    let text = match path.exists() {
        true => fs::read_to_string(&path).with_context(|| format!("cannot read {FILE}"))?,
        false => String::new(),
    };
    let file = read(&text)?;
    let names = needs["secrets"].as_array().into_iter().flatten();
    let names = names.filter_map(|secret| secret["name"].as_str());
    Ok(names
        .filter_map(|name| {
            let of_file = || file.iter().find(|(known, _)| known == name).map(|(_, it)| it.clone());
            Some((name.to_owned(), env::var(name).ok().or_else(of_file)?))
        })
        .collect())
}

/// Reads lines `NAME=value`; the value may stand in quotes. The error does not show a value.
fn read(text: &str) -> Result<Vec<(String, String)>> {
    let mut values = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((name, value)) = line.split_once('=') else {
            bail!("{FILE}:{}: expected `NAME=value`", index + 1);
        };
        let value = value.trim();
        let quoted = ['"', '\''].into_iter().find_map(|quote| {
            value.strip_prefix(quote).and_then(|value| value.strip_suffix(quote))
        });
        values.push((name.trim().to_owned(), quoted.unwrap_or(value).to_owned()));
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn lines_are_names_and_values() {
        let text = "# a comment\n\nA=1\nB = \"two = 2\"\nC='3'\n";
        let read = read(text).unwrap();
        let read: Vec<(&str, &str)> = read.iter().map(|(name, it)| (&**name, &**it)).collect();
        assert_eq!(read, [("A", "1"), ("B", "two = 2"), ("C", "3")]);
    }

    #[test]
    fn an_error_names_the_line_and_shows_no_value() {
        let error = read("A=1\nwhsec_secret\n").unwrap_err().to_string();
        assert_eq!(error, ".dev.vars:2: expected `NAME=value`");
    }
}
