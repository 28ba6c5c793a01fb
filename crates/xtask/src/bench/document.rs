//! The document that keeps the tables: each benchmark owns the section between its markers.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{place, run};

/// Where it is.
pub(crate) fn path() -> PathBuf {
    place::root().join("docs/benchmarks.md")
}

/// Replaces the section of a benchmark, and says when and on what it was measured.
pub(crate) fn replace(name: &str, section: &str) -> Result<()> {
    let path = path();
    let text = fs::read_to_string(&path).with_context(|| format!("no {}", path.display()))?;
    let section = format!("{section}\n{}\n", provenance()?);
    let text = with_section(&text, name, &section)
        .with_context(|| format!("no section `{name}` in {}", path.display()))?;
    Ok(fs::write(&path, text)?)
}

fn with_section(text: &str, name: &str, section: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let from = text.find(&begin)? + begin.len();
    let to = from + text.get(from..)?.find(&end)?;
    Some([text.get(..from)?, section, text.get(to..)?].concat())
}

fn provenance() -> Result<String> {
    let date = run::text(Command::new("date").args(["-u", "+%Y-%m-%d"]))?;
    let rustc = run::text(Command::new("rustc").arg("--version"))?;
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let model = model.unwrap_or("an unknown processor");
    Ok(format!("Measured on {date}: {cores} cores of {model}, {rustc}."))
}

#[cfg(test)]
mod tests {
    use super::with_section;

    #[test]
    fn only_the_named_section_changes() {
        let text = "a\n<!-- x -->\nold\n<!-- /x -->\nb\n<!-- y -->\nkept\n<!-- /y -->\n";
        let expected = "a\n<!-- x -->\nnew\n<!-- /x -->\nb\n<!-- y -->\nkept\n<!-- /y -->\n";
        assert_eq!(with_section(text, "x", "new\n").as_deref(), Some(expected));
        assert_eq!(with_section(text, "z", "new\n"), None);
    }
}
