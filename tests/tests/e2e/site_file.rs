//! A bad site file fails the Worker's build with one line that names the place.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result};

const GOOD: &str = r#"
[site]
name = "Shop"
host = "shop.example"

[upstreams.web]
origin = "https://web.example"
breaker = { failure_rate = "50%" }

[[routes]]
match = "/api/*"
upstream = "web"
timeout = "10s"

[[routes]]
match = "/*"
upstream = "web"
"#;

/// Builds the Worker with this change to a good site file, and returns the error's line.
#[track_caller]
fn error_of(name: &str, from: &str, to: &str) -> Result<String> {
    let root = PathBuf::from(env::var_os("BREAKWATER_ROOT").context("run by `cargo xtask test`")?);
    let folder = root.join("target/e2e/site_file").join(name);
    fs::create_dir_all(&folder)?;
    let file = folder.join("breakwater.toml");
    anyhow::ensure!(GOOD.contains(from), "nothing to change");
    fs::write(&file, GOOD.replacen(from, to, 1))?;
    let cargo = env::var_os("CARGO").context("not run by cargo")?;
    let built = Command::new(cargo)
        .args(["check", "--quiet", "--package", "breakwater-worker"])
        .current_dir(&root)
        .env("BREAKWATER_CONFIG", &file)
        .env_remove("BREAKWATER_OUT_DIR")
        .output()?;
    let said = String::from_utf8_lossy(&built.stderr).into_owned();
    anyhow::ensure!(!built.status.success(), "it was built: {said}");
    let lines: Vec<_> = said.lines().filter(|line| line.contains("breakwater.toml:")).collect();
    anyhow::ensure!(lines.len() == 1, "not one line: {said}");
    let line = lines.first().copied().unwrap_or_default();
    let at = line.find("breakwater.toml:").unwrap_or_default();
    Ok(line.split_at(at).1.to_owned())
}

#[test]
fn a_typo_in_a_key_fails_the_build() -> Result<()> {
    assert_eq!(
        error_of("typo", "timeout =", "timeuot =")?,
        "breakwater.toml:13:1: routes[0]: unknown key `timeuot` (did you mean `timeout`?), \
         expected one of `match`, `upstream`, `escaped_slashes`, `backup`, `timeout`, `deadline`, \
         `idle`, `upload_idle`, `patience`, `retry`, `private`, `cache`, `negative_ttl`, \
         `unkeyed`, `breaker`, `degrade`"
    );
    Ok(())
}

#[test]
fn a_negative_duration_fails_the_build() -> Result<()> {
    let error = error_of("duration", "\"10s\"", "\"-10s\"")?;
    assert!(
        error.starts_with("breakwater.toml:13:11: routes[0].timeout: `-10s` is not a duration")
    );
    Ok(())
}

#[test]
fn a_route_to_an_unknown_upstream_fails_the_build() -> Result<()> {
    assert_eq!(
        error_of("upstream", "upstream = \"web\"", "upstream = \"wep\"")?,
        "breakwater.toml:12:12: routes[0].upstream: unknown upstream `wep`, expected one of `web`"
    );
    Ok(())
}

#[test]
fn a_share_of_150_percent_fails_the_build() -> Result<()> {
    let error = error_of("share", "\"50%\"", "\"150%\"")?;
    let place = "breakwater.toml:8:28: upstreams.web.breaker.failure_rate: `150%` is not a share";
    assert!(error.starts_with(place), "{error}");
    Ok(())
}

#[test]
fn a_route_that_can_never_match_fails_the_build() -> Result<()> {
    let error = error_of("unreachable", "match = \"/api/*\"", "match = \"/*\"")?;
    assert!(error.starts_with("breakwater.toml:16:9: routes[1].match: "), "{error}");
    Ok(())
}
