//! `cargo xtask doctor`: what the site file costs, and what each environment must have.
//!
//! Core knows both. It is asked through its example, so that this crate is compiled without core.
//! What only the account can say, wrangler is asked for, where a token is at hand.

use std::io::Write as _;
use std::path::Path;
use std::process::{ExitCode, Stdio};

use anyhow::{Context, Error, Result};
use serde_json::{Map, Value};

use super::check::host_cargo;
use super::site;
use crate::deploy::{account, environments};
use crate::place;
use crate::progress::Progress;
use crate::secrets;
use crate::tools::Tools;

/// The exit code if something that is required is missing.
const MISSING: u8 = 1;
/// The exit code if that could not be judged.
const UNJUDGED: u8 = 2;

pub(super) fn run(
    config: Option<&Path>,
    environment: Option<&str>,
    json: bool,
    progress: &Progress,
) -> Result<ExitCode> {
    let known = known(environment, progress)?;
    let mut cargo = host_cargo(&["run", "--quiet", "-p", "breakwater-core", "--features", "toml"]);
    cargo.args(["--example", "doctor", "--"]).arg(std::path::absolute(site(config))?);
    if json {
        cargo.arg("--json");
    }
    if let Some(environment) = environment {
        cargo.args(["--environment", environment]);
    }
    cargo.arg("--environments").arg(place::wrangler_config());
    cargo.arg(place::root().join(secrets::FILE)).stdin(Stdio::piped());
    let mut doctor = cargo.spawn().context("cannot run cargo")?;
    if let Some(mut input) = doctor.stdin.take() {
        // It ends without reading where it refuses the site file.
        let _ = input.write_all(Value::Object(known).to_string().as_bytes());
    }
    let code = doctor.wait().context("cannot run cargo")?.code();
    Ok(ExitCode::from(exit_code(code)))
}

/// Says why nothing could be judged, and returns the exit code for it.
pub(super) fn unjudged(error: &Error) -> ExitCode {
    eprintln!("error: {error:#}");
    ExitCode::from(UNJUDGED)
}

/// The exit code by that of core's example. Cargo, a panic and a signal have others, and say
/// nothing of what is missing.
fn exit_code(code: Option<i32>) -> u8 {
    match code {
        Some(0) => 0,
        Some(1) => MISSING,
        _ => UNJUDGED,
    }
}

/// The names of the secrets that are set, for each environment that was asked: none without a
/// token, so that doctor needs no account and no network.
fn known(environment: Option<&str>, progress: &Progress) -> Result<Map<String, Value>> {
    let mut known = Map::new();
    let environments = judged(environments::of_file()?, environment);
    if environments.is_empty() || !account::can_be_asked() {
        return Ok(known);
    }
    let tools = Tools::locate()?;
    tools.set_up(progress)?;
    for environment in environments {
        let shown = shown(environment.as_ref()).to_owned();
        progress.say("account", &format!("asking which secrets the environment `{shown}` has"));
        let names = account::secret_names(&tools, environment.as_deref())?;
        known.insert(shown, names.into());
    }
    Ok(known)
}

/// The environments of wrangler's file that are judged: all, or the one that is asked for.
fn judged(all: Vec<Option<String>>, asked: Option<&str>) -> Vec<Option<String>> {
    let is_judged = |it: &Option<String>| asked.is_none_or(|asked| shown(it.as_ref()) == asked);
    all.into_iter().filter(is_judged).collect()
}

/// The name that an environment is asked for by; core has the same.
fn shown(environment: Option<&String>) -> &str {
    environment.map_or("default", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_verdict_says_that_something_is_missing() {
        assert_eq!(exit_code(Some(0)), 0);
        assert_eq!(exit_code(Some(1)), MISSING);
        for code in [Some(2), Some(101), Some(130), None] {
            assert_eq!(exit_code(code), UNJUDGED, "{code:?}");
        }
    }

    #[test]
    fn the_account_is_asked_for_the_environments_that_are_judged() {
        let all = vec![None, Some("staging".to_owned())];
        assert_eq!(judged(all.clone(), None), all);
        assert_eq!(judged(all.clone(), Some("default")), [None]);
        assert_eq!(judged(all.clone(), Some("staging")), [Some("staging".to_owned())]);
        assert!(judged(all.clone(), Some("local")).is_empty());
        assert!(judged(all, Some("other")).is_empty());
    }
}
