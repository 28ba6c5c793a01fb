//! Readers of the public state on Node and in Python, which the scripts in `tests/readers` run.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::world::path_in;

/// What readers on Node find in a folder that has each form below its path on the status page at
/// `url`.
pub fn read_on_node(folder: &Path, url: &str) -> Result<Value> {
    let packages = path_in("BREAKWATER_READER_PACKAGES")?;
    let options = json!({ "packages": packages, "folder": folder, "url": url });
    let mut node = Command::new(path_in("BREAKWATER_NODE")?);
    node.arg(path_in("BREAKWATER_ROOT")?.join("tests/readers/read.mjs")).arg(options.to_string());
    found(node.output()?)
}

/// What readers in Python find there.
pub fn read_in_python(folder: &Path, url: &str) -> Result<Value> {
    let mut python = Command::new("python3")
        .arg(path_in("BREAKWATER_ROOT")?.join("tests/readers/read.py"))
        .env("PYTHONPATH", path_in("BREAKWATER_READER_PYTHON")?)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut stdin = python.stdin.take().context("a pipe")?;
    stdin.write_all(json!({ "folder": folder, "url": url }).to_string().as_bytes())?;
    drop(stdin);
    found(python.wait_with_output()?)
}

fn found(output: Output) -> Result<Value> {
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "a reader failed: {said}");
    serde_json::from_slice(&output.stdout).with_context(|| format!("a reader said: {said}"))
}
