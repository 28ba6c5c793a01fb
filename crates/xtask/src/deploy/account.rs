//! What only the account can say: which buckets and secrets there are. Names only.

use std::env;

use anyhow::{Result, bail};
use serde_json::Value;

use super::{Finding, wrangler};
use crate::run;
use crate::tools::Tools;

/// By this wrangler is logged in without asking.
const TOKEN: &str = "CLOUDFLARE_API_TOKEN";

/// Whether the account can be asked without anybody at the keyboard.
pub(crate) fn can_be_asked() -> bool {
    env::var_os(TOKEN).is_some_and(|token| !token.is_empty())
}

/// What to do, where it was not asked.
pub(crate) fn unasked(buckets: &[&str], secrets: &[(&str, &str)]) -> Vec<Finding> {
    let mut found = vec![Finding::note(format!(
        "the account was not asked ({TOKEN} is not set); it must have what follows"
    ))];
    found.extend(buckets.iter().map(|bucket| {
        Finding::note(format!("bucket {bucket}: `wrangler r2 bucket create {bucket}`"))
    }));
    found.extend(secrets.iter().map(|(name, purpose)| {
        Finding::note(format!("secret {name} ({purpose}): `wrangler secret put {name}`"))
    }));
    found
}

/// What the account has of it.
pub(crate) fn ask(
    tools: &Tools,
    buckets: &[&str],
    secrets: &[(&str, &str)],
) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    if !buckets.is_empty() {
        let listed = run::text(&mut wrangler(tools, &["r2", "bucket", "list"]))?;
        found.extend(buckets.iter().map(|bucket| judge_bucket(bucket, &listed)));
    }
    let known = secret_names(tools, None)?;
    found.extend(secrets.iter().map(|(name, purpose)| judge_secret(name, purpose, &known)));
    Ok(found)
}

/// The names of the secrets that an environment has; `None` is the one at the top of
/// `wrangler.toml`.
///
/// # Errors
/// If the account does not say.
pub(crate) fn secret_names(tools: &Tools, environment: Option<&str>) -> Result<Vec<String>> {
    let mut asked = wrangler(tools, &["secret", "list", "--format", "json"]);
    if let Some(environment) = environment {
        asked.args(["--env", environment]);
    }
    match run::text(&mut asked) {
        Ok(listed) => names(&listed),
        // Before the first deployment there is no Worker to have any.
        Err(error) if error.to_string().contains("10007") => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn judge_bucket(bucket: &str, listed: &str) -> Finding {
    let names = listed.lines().filter_map(|line| line.trim().strip_prefix("name:"));
    if names.map(str::trim).any(|name| name == bucket) {
        Finding::fine(format!("bucket {bucket} is there"))
    } else {
        Finding::wrong(format!("no bucket {bucket}: `wrangler r2 bucket create {bucket}`"))
    }
}

fn judge_secret(name: &str, purpose: &str, known: &[String]) -> Finding {
    if known.iter().any(|secret| secret == name) {
        Finding::fine(format!("secret {name} is set"))
    } else {
        Finding::note(format!("secret {name} is not set ({purpose}): `wrangler secret put {name}`"))
    }
}

fn names(listed: &str) -> Result<Vec<String>> {
    let Ok(Value::Array(secrets)) = serde_json::from_str(listed) else {
        bail!("wrangler lists secrets otherwise than expected");
    };
    let names = secrets.iter().filter_map(|secret| secret["name"].as_str());
    Ok(names.map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::Level;

    #[test]
    fn a_bucket_is_there_by_its_whole_name() {
        let listed = "Listing buckets...\nname:           shop-snapshots\ncreation_date:  2026\n";
        assert_eq!(judge_bucket("shop-snapshots", listed).level, Level::Fine);
        assert_eq!(judge_bucket("snapshots", listed).level, Level::Wrong);
    }

    #[test]
    fn a_secret_is_told_by_its_name() {
        let known = names(r#"[{"name": "ADMIN_TOKEN", "type": "secret_text"}]"#).unwrap();
        assert_eq!(judge_secret("ADMIN_TOKEN", "a", &known).level, Level::Fine);
        assert_eq!(judge_secret("PASS", "a", &known).level, Level::Note);
        assert!(names("no JSON").is_err());
    }

    #[test]
    fn what_was_not_asked_is_a_list_of_what_to_do() {
        let found = unasked(&["snapshots"], &[("ADMIN_TOKEN", "operators")]);
        let text: String = found.iter().map(|one| format!("{one}\n")).collect();
        assert!(text.contains("wrangler r2 bucket create snapshots"));
        assert!(text.contains("wrangler secret put ADMIN_TOKEN"));
    }
}
