//! The workerd that runs here, and which of its releases count for nothing what the Worker counts.

use std::env;
use std::fs;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::run;
use crate::tools::Tools;

/// The releases, by their date, that send a request without a body again by themselves, once on
/// each idle connection, while an upstream breaks these connections. A GET or a DELETE then makes
/// as many calls as there are idle connections, none of which circuits, bulkheads or retry budgets
/// see. Seen with 1.20261117.1; 1.20261110.1 sends such a request once.
const REPEATING: [&str; 1] = ["20261117"];

/// Names the program that Miniflare runs in place of the installed one.
const OVERRIDE: &str = "MINIFLARE_WORKERD_PATH";

/// What is to be known about the workerd that would run, if anything is.
pub(crate) fn warning(tools: &Tools) -> Result<Option<String>> {
    Ok(warning_about(&release(tools)?))
}

/// Its version: of the package, `1.20261110.1`, or as the program tells it, `workerd 2026-11-10`.
fn release(tools: &Tools) -> Result<String> {
    if let Some(program) = env::var_os(OVERRIDE) {
        return run::text(Command::new(program).arg("--version"));
    }
    let file = tools.npm().join("node_modules/workerd/package.json");
    let text =
        fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let manifest: Value = serde_json::from_str(&text)?;
    let version = manifest["version"].as_str();
    Ok(version.with_context(|| format!("no version in {}", file.display()))?.to_owned())
}

fn warning_about(release: &str) -> Option<String> {
    let digits: String = release.chars().filter(char::is_ascii_digit).collect();
    REPEATING.iter().any(|date| digits.contains(date)).then(|| {
        format!(
            "`{release}` sends a GET or a DELETE again on every idle connection that an upstream \
             breaks, without counting these calls: use another release than that (the pinned one \
             does not, see `cargo xtask setup`)"
        )
    })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::warning_about;

    #[test]
    fn a_release_that_repeats_requests_is_warned_of_however_it_is_named() {
        for release in ["1.20261117.1", "1.20261117.2", "workerd 2026-11-17"] {
            let warning = warning_about(release).unwrap_or_default();
            assert!(warning.contains(release) && !warning.contains('\n'), "{release}: {warning}");
        }
        for release in ["1.20261110.1", "workerd 2026-11-10", "1.20260426.1"] {
            assert_eq!(warning_about(release), None, "{release}");
        }
    }

    #[test]
    fn the_pinned_release_is_no_such_one() {
        let lock: Value =
            serde_json::from_str(include_str!("../../testing/stack/package-lock.json")).unwrap();
        let version = lock["packages"]["node_modules/workerd"]["version"].as_str().unwrap();
        assert_eq!(warning_about(version), None, "{version}");
    }
}
