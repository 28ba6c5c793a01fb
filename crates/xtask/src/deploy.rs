//! What a deployment must have, and what it would do.

pub(crate) mod account;
pub(crate) mod checks;
pub(crate) mod environments;
pub(crate) mod startup;

use std::fmt;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::bundle::NEEDS;
use crate::tools::Tools;
use crate::{place, run};

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) level: Level,
    pub(crate) text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// As it should be.
    Fine,
    /// To be known, and perhaps meant so.
    Note,
    /// It would not work, or not as it must.
    Wrong,
}

impl Finding {
    pub(crate) fn fine(text: impl Into<String>) -> Self {
        Self { level: Level::Fine, text: text.into() }
    }

    pub(crate) fn note(text: impl Into<String>) -> Self {
        Self { level: Level::Note, text: text.into() }
    }

    pub(crate) fn wrong(text: impl Into<String>) -> Self {
        Self { level: Level::Wrong, text: text.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.level {
            Level::Fine => "ok",
            Level::Note => "note",
            Level::Wrong => "WRONG",
        };
        write!(f, "  {level:6} {}", self.text)
    }
}

/// What wrangler reads from `wrangler.toml`.
pub(crate) fn wrangler_config(tools: &Tools) -> Result<Value> {
    let script = place::root().join("crates/xtask/deploy/config.mjs");
    let mut node = tools.node().command();
    node.arg(script).arg(tools.npm()).arg(place::wrangler_config());
    let text = run::text(&mut node).context("wrangler cannot read wrangler.toml")?;
    serde_json::from_str(&text).context("wrangler's configuration is no JSON")
}

/// What the site that a bundle was built for needs.
pub(crate) fn needs(bundle: &Path) -> Result<Value> {
    let file = bundle.join(NEEDS);
    let text =
        fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is no JSON", file.display()))
}

/// Has wrangler do all but upload, which needs no account.
pub(crate) fn rehearse(tools: &Tools) -> Result<Finding> {
    let out = place::target().join("wrangler");
    let out = out.to_str().context("the target folder's name is no text")?;
    let said = run::text(&mut wrangler(tools, &["deploy", "--dry-run", "--outdir", out]));
    let said = said.context("wrangler cannot deploy this")?;
    let upload = said.lines().find(|line| line.starts_with("Total Upload:")).unwrap_or_default();
    Ok(Finding::fine(format!("wrangler takes it: {upload}")))
}

/// A wrangler command.
pub(crate) fn wrangler(tools: &Tools, args: &[&str]) -> Command {
    let mut command = tools.node().command();
    command.arg(tools.npm().join("node_modules/wrangler/bin/wrangler.js")).args(args);
    command.current_dir(place::root());
    command.env("WRANGLER_SEND_METRICS", "false").env("NO_COLOR", "1").env_remove("FORCE_COLOR");
    command
}
