//! A receiver of webhooks on Node, which `tests/webhooks/verify.mjs` runs.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::world::path_in;

/// Says which of these cases the npm package takes. Each has a `secret`, `headers` and a `body`.
pub fn verified(cases: &[Value]) -> Result<Vec<bool>> {
    let options = json!({ "packages": path_in("BREAKWATER_WEBHOOK_PACKAGES")?, "cases": cases });
    let output = Command::new(path_in("BREAKWATER_NODE")?)
        .arg(path_in("BREAKWATER_ROOT")?.join("tests/webhooks/verify.mjs"))
        .arg(options.to_string())
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "the receiver failed: {said}");
    serde_json::from_slice(&output.stdout).with_context(|| format!("the receiver said: {said}"))
}
