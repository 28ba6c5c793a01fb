//! The reader of metrics in Python, which the script in `tests/metrics` runs.

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::world::path_in;

/// What prometheus-client reads on a page: its families, each with its samples.
///
/// # Errors
/// Why it refuses the page.
pub fn metrics_read_in_python(page: &str, is_openmetrics: bool) -> Result<Value> {
    let mut python = Command::new("python3")
        .arg(path_in("BREAKWATER_ROOT")?.join("tests/metrics/read.py"))
        .env("PYTHONPATH", path_in("BREAKWATER_METRICS_PYTHON")?)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let given = json!({ "page": page, "openmetrics": is_openmetrics });
    python.stdin.take().context("a pipe")?.write_all(given.to_string().as_bytes())?;
    let output = python.wait_with_output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "prometheus-client: {said}");
    serde_json::from_slice(&output.stdout).with_context(|| format!("it said: {said}"))
}
