//! A reader of e-mail in Python, which the script in `tests/mail` runs.

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::world::path_in;

/// What Python's own library reads of these e-mails, each as the platform's binding takes it.
pub fn mail_read_in_python(emails: &[Value]) -> Result<Vec<Value>> {
    let mut python = Command::new("python3")
        .arg(path_in("BREAKWATER_ROOT")?.join("tests/mail/parse.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut stdin = python.stdin.take().context("a pipe")?;
    stdin.write_all(json!({ "emails": emails }).to_string().as_bytes())?;
    drop(stdin);
    let output = python.wait_with_output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "the reader failed: {said}");
    serde_json::from_slice(&output.stdout).with_context(|| format!("the reader said: {said}"))
}
