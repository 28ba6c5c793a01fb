//! `cargo xtask doctor`: what the site file costs, and what each environment must have.
//!
//! Core knows both. It is asked through its example, so that this crate is compiled without core.
//! What only the account can say, wrangler is asked for, where a token is at hand.

use std::io::Write as _;
use std::path::Path;
use std::process::{ExitCode, Stdio};

use anyhow::{Context, Result};
use serde_json::{Map, Value};

use super::check::host_cargo;
use super::site;
use crate::deploy::{account, environments};
use crate::place;
use crate::progress::Progress;
use crate::secrets;
use crate::tools::Tools;

pub(super) fn run(config: Option<&Path>, json: bool, progress: &Progress) -> Result<ExitCode> {
    let known = known(progress)?;
    let mut cargo = host_cargo(&["run", "--quiet", "-p", "breakwater-core", "--features", "toml"]);
    cargo.args(["--example", "doctor", "--"]).arg(std::path::absolute(site(config))?);
    if json {
        cargo.arg("--json");
    }
    cargo.arg("--environments").arg(place::wrangler_config());
    cargo.arg(place::root().join(secrets::FILE)).stdin(Stdio::piped());
    let mut doctor = cargo.spawn().context("cannot run cargo")?;
    if let Some(mut input) = doctor.stdin.take() {
        // It ends without reading where it refuses the site file.
        let _ = input.write_all(Value::Object(known).to_string().as_bytes());
    }
    let code = doctor.wait().context("cannot run cargo")?.code();
    let code = code.and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// The names of the secrets that are set, for each environment that was asked: none without a
/// token, so that doctor needs no account and no network.
fn known(progress: &Progress) -> Result<Map<String, Value>> {
    let mut known = Map::new();
    if !account::can_be_asked() {
        return Ok(known);
    }
    let tools = Tools::locate()?;
    tools.set_up(progress)?;
    for environment in environments::of_file()? {
        let shown = environment.as_deref().unwrap_or("default").to_owned();
        progress.say("account", &format!("asking which secrets the environment `{shown}` has"));
        let names = account::secret_names(&tools, environment.as_deref())?;
        known.insert(shown, names.into());
    }
    Ok(known)
}
