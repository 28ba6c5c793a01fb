//! `cargo xtask deploy`: the pre-flight, and then the deployment.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, ensure};
use serde_json::Value;

use super::site;
use crate::bundle::{self, Flavor};
use crate::deploy::{self, Finding, Level, account, checks, startup};
use crate::progress::Progress;
use crate::tools::Tools;
use crate::{run, runtime};

pub(super) fn run(dry_run: bool, progress: &Progress) -> Result<ExitCode> {
    let tools = Tools::locate()?;
    let toolchain = tools.set_up(progress)?;
    // A bad site file, or a bundle that is too large, ends it here, with its own words.
    let bundle = bundle::build(&toolchain, Flavor::Release, &site(None), progress)?;
    let (needs, config) = (deploy::needs(&bundle)?, deploy::wrangler_config(&tools)?);

    let mut found = vec![Finding::fine("breakwater.toml is valid: the bundle is built from it")];
    found.push(Finding::fine(format!("size: {}", bundle::weigh(&toolchain, &bundle)?)));
    progress.say("start-up", "starting the bundle in workerd, beside an empty Worker");
    found.push(startup::measure(&tools, &bundle)?);
    found.extend(runtime::warning(&tools)?.map(Finding::note));
    found.push(deploy::rehearse(&tools)?);
    found.extend(checks::check(&needs, &config));
    let (buckets, secrets) = (checks::bucket_names(&needs, &config), checks::secret_names(&needs));
    if dry_run && !account::can_be_asked() {
        found.extend(account::unasked(&buckets, &secrets));
    } else {
        progress.say("account", "asking which buckets and secrets there are");
        found.extend(account::ask(&tools, &buckets, &secrets)?);
    }

    println!();
    for finding in &found {
        println!("{finding}");
    }
    let wrong = found.iter().filter(|finding| finding.level == Level::Wrong).count();
    if wrong > 0 {
        println!("\n{wrong} of these must be put right first; nothing was deployed");
        return Ok(ExitCode::FAILURE);
    }
    println!("\n{}", plan(&config));
    if dry_run {
        println!("Nothing was deployed: leave out --dry-run to do so.");
        return Ok(ExitCode::SUCCESS);
    }
    run::shown(&mut deploy::wrangler(&tools, &["deploy"]))?;
    Ok(ExitCode::SUCCESS)
}

/// What of the pre-flight holds for any bundle: `wrangler.toml` has what the Worker needs, and the
/// bundle starts.
pub(super) fn preflight(tools: &Tools, bundle: &Path) -> Result<()> {
    let (needs, config) = (deploy::needs(bundle)?, deploy::wrangler_config(tools)?);
    let mut found = checks::check(&needs, &config);
    found.push(startup::measure(tools, bundle)?);
    for finding in &found {
        println!("{finding}");
    }
    ensure!(found.iter().all(|finding| finding.level != Level::Wrong), "it could not be deployed");
    Ok(())
}

/// What a deployment would do.
fn plan(config: &Value) -> String {
    let name = config["name"].as_str().unwrap_or_default();
    let mut plan = format!(
        "`wrangler deploy` would\n  \
         replace the Worker `{name}`, whose objects and bucket stay as they are,\n"
    );
    let (mut kept, mut changed) = (Vec::new(), String::new());
    for (class, export) in config["exports"].as_object().into_iter().flatten() {
        match export["state"].as_str() {
            None | Some("created") => kept.push(class.as_str()),
            Some("deleted") => {
                changed +=
                    &format!("  delete every object of `{class}` with all that it stores,\n");
            }
            Some(state) => changed += &format!("  make the objects of `{class}` {state},\n"),
        }
    }
    plan += &format!("  create those of the classes {} that are new,\n", kept.join(", "));
    plan += &changed;
    let routes = config["routes"].as_array().into_iter().flatten();
    let patterns: Vec<String> = routes
        .map(|route| route["pattern"].as_str().or(route.as_str()).unwrap_or_default().to_owned())
        .collect();
    plan += &match patterns.as_slice() {
        [] => "  and lead no visitor to it, since there is no route.\n".to_owned(),
        patterns => format!("  and lead visitors of {} to it.\n", patterns.join(", ")),
    };
    plan
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::plan;

    #[test]
    fn the_plan_says_what_changes_and_for_whom() {
        let config = json!({
            "name": "breakwater",
            "exports": {
                "UpstreamDo": {"type": "durable-object", "storage": "sqlite"},
                "SiteDo": {"type": "durable-object", "storage": "sqlite"},
                "OldDo": {"type": "durable-object", "state": "deleted"},
            },
            "routes": [{"pattern": "shop.example/*"}, "b.example/*"],
        });
        let said = plan(&config);
        for part in [
            "`breakwater`",
            "the classes SiteDo, UpstreamDo that",
            "delete every object of `OldDo`",
            "visitors of shop.example/*, b.example/*",
        ] {
            assert!(said.contains(part), "{said}");
        }
        assert!(plan(&json!({"name": "a"})).contains("lead no visitor to it"));
    }
}
