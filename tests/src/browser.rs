//! A visitor and an operator with a real browser, which `tests/browser/visit.mjs` and `operate.mjs`
//! drive.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::world::path_in;

/// Runs a visit, and returns what the visitor saw. `options` are those of the script.
pub async fn visit(options: Value) -> Result<Value> {
    play("tests/browser/visit.mjs", options).await
}

/// Has an operator use the console, and returns what the operator saw. `options` are those of the
/// script.
pub async fn operate(options: Value) -> Result<Value> {
    play("tests/browser/operate.mjs", options).await
}

/// Runs a script of the source tree that has a browser do what `options` say.
pub(crate) async fn play(script: &str, options: Value) -> Result<Value> {
    let root = path_in("BREAKWATER_ROOT")?;
    let mut given = json!({
        "packages": path_in("BREAKWATER_BROWSER_PACKAGES")?,
        "chromium": path_in("BREAKWATER_CHROMIUM")?,
    });
    for (key, value) in options.as_object().context("no options")? {
        given[key] = value.clone();
    }
    let output = Command::new(path_in("BREAKWATER_NODE")?)
        .arg(root.join(script))
        .arg(given.to_string())
        .kill_on_drop(true)
        .output()
        .await?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{script} failed: {said}");
    serde_json::from_slice(&output.stdout).with_context(|| format!("{script} said: {said}"))
}

/// The path of the screenshot with this name.
pub fn screenshot(name: &str) -> Result<PathBuf> {
    let folder = path_in("BREAKWATER_ROOT")?.join("target/browser");
    std::fs::create_dir_all(&folder)?;
    Ok(folder.join(format!("{name}.png")))
}

/// The files that pages load, as the build has made them: a list of objects with `name`, `path`,
/// `type`, and `text` or `base64`.
pub fn assets() -> Result<Value> {
    let file = path_in("BREAKWATER_TEST_BUNDLE")?.join("assets.json");
    let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    Ok(serde_json::from_str(&text)?)
}
