//! What Sentry's own intake makes of envelopes, which the script in `tests/sentry` asks it.

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::world::path_in;

/// What is kept of each of these envelopes, and what is complained of. The script says in which
/// form.
pub fn normalised(envelopes: &[String]) -> Result<Value> {
    let mut python = Command::new("python3")
        .arg(path_in("BREAKWATER_ROOT")?.join("tests/sentry/normalise.py"))
        .env("PYTHONPATH", path_in("BREAKWATER_SENTRY_PYTHON")?)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut stdin = python.stdin.take().context("a pipe")?;
    stdin.write_all(json!({ "envelopes": envelopes }).to_string().as_bytes())?;
    drop(stdin);
    let output = python.wait_with_output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "the intake failed: {said}");
    serde_json::from_slice(&output.stdout).with_context(|| format!("the intake said: {said}"))
}
