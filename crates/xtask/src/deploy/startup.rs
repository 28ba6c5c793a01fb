//! How long the bundle takes to start.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::Finding;
use crate::tools::Tools;
use crate::{place, run};

/// Starts of each kind.
const ROUNDS: usize = 5;
/// What the platform allows a Worker's global scope (Workers, "Limits", startup time).
const LIMIT_MS: f64 = 1_000.0;
/// Above this there is reason to look: another machine may be several times slower.
const NOTED_MS: f64 = 200.0;

/// Starts it in workerd, in turn with a Worker that does nothing.
pub(crate) fn measure(tools: &Tools, bundle: &Path) -> Result<Finding> {
    let script = place::root().join("crates/xtask/deploy/startup.mjs");
    let mut node = tools.node().command();
    node.arg(script).arg(tools.npm()).arg(bundle).arg(place::wrangler_config());
    let text = run::text(node.arg(ROUNDS.to_string())).context("the bundle does not start")?;
    let took: Value = serde_json::from_str(&text).context("no measurements")?;
    let median = |what: &str| median(&took[what]).with_context(|| format!("no times of {what}"));
    Ok(judge(median("bundle")? - median("empty")?, median("evaluated")?))
}

fn judge(start: f64, evaluated: f64) -> Finding {
    // Of two noisy figures the difference may be less than nothing.
    let start = start.max(0.0);
    let text = format!(
        "start-up: {start:.0} ms more than an empty Worker in workerd here, of which evaluating \
         the modules is {evaluated:.0} ms; the platform allows {LIMIT_MS:.0} ms"
    );
    if start > LIMIT_MS {
        Finding::wrong(text)
    } else if start > NOTED_MS {
        Finding::note(text)
    } else {
        Finding::fine(text)
    }
}

fn median(times: &Value) -> Option<f64> {
    let mut times: Vec<f64> = times.as_array()?.iter().filter_map(Value::as_f64).collect();
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::deploy::Level;

    #[test]
    fn the_median_is_the_one_in_the_middle() {
        assert_eq!(median(&json!([3, 1.5, 2])), Some(2.0));
        assert_eq!(median(&json!([])), None);
    }

    #[test]
    fn a_start_beyond_the_limit_is_wrong() {
        for (start, level) in [
            (-3.0, Level::Fine),
            (199.0, Level::Fine),
            (201.0, Level::Note),
            (1_001.0, Level::Wrong),
        ] {
            assert_eq!(judge(start, 2.0).level, level, "{start}");
        }
    }
}
