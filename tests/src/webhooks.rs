//! Receivers of webhooks on Node and in Python, which the scripts in `tests/webhooks` run.

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::world::path_in;

/// Says which of these cases the npm package takes. Each has a `secret`, `headers` and a `body`.
pub fn verified_on_node(cases: &[Value]) -> Result<Vec<bool>> {
    let options = json!({ "packages": path_in("BREAKWATER_WEBHOOK_PACKAGES")?, "cases": cases });
    let output = Command::new(path_in("BREAKWATER_NODE")?)
        .arg(path_in("BREAKWATER_ROOT")?.join("tests/webhooks/verify.mjs"))
        .arg(options.to_string())
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "the receiver failed: {said}");
    serde_json::from_slice(&output.stdout).with_context(|| format!("the receiver said: {said}"))
}

/// Says which of these cases the package from PyPI takes.
pub fn verified_in_python(cases: &[Value]) -> Result<Vec<bool>> {
    let mut python = Command::new("python3")
        .arg(path_in("BREAKWATER_ROOT")?.join("tests/webhooks/verify.py"))
        .env("PYTHONPATH", path_in("BREAKWATER_WEBHOOK_PYTHON")?)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut stdin = python.stdin.take().context("a pipe")?;
    stdin.write_all(json!({ "cases": cases }).to_string().as_bytes())?;
    drop(stdin);
    let output = python.wait_with_output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "the receiver failed: {said}");
    serde_json::from_slice(&output.stdout).with_context(|| format!("the receiver said: {said}"))
}
