//! The environments of `wrangler.toml`.

use std::fs;

use anyhow::{Context, Result};

use crate::place;

/// The environments of the file; `None` is the one at its top.
///
/// # Errors
/// If the file cannot be read.
pub(crate) fn of_file() -> Result<Vec<Option<String>>> {
    let file = place::wrangler_config();
    let text =
        fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(named_in(&text))
}

/// Reads the names in the heads of tables, `[env.NAME]` and below. Wrangler itself says only what
/// one environment comes to, and not which there are.
fn named_in(text: &str) -> Vec<Option<String>> {
    let mut names = vec![None];
    for line in text.lines() {
        let head = line.trim_start().trim_start_matches('[');
        let is_head = line.trim_start().starts_with('[');
        let Some(rest) = head.strip_prefix("env.").filter(|_| is_head) else { continue };
        let name = rest.split(['.', ']']).next().unwrap_or_default().trim();
        let name = Some(name.trim_matches(['"', '\'']).to_owned());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::named_in;

    #[test]
    fn each_environment_is_named_once() {
        let text = "name = \"a\"\n[triggers]\ncrons = []\n[env.staging]\n\
                    [[env.staging.r2_buckets]]\nbinding = \"env.no\"\n  [env.\"eu-west\".vars]\n\
                    # [env.old]\nenv.note = 1\n";
        let names = named_in(text);
        let names: Vec<_> = names.iter().map(Option::as_deref).collect();
        assert_eq!(names, [None, Some("staging"), Some("eu-west")]);
    }
}
