//! Says what a site costs without its visitors, what it costs at most, and what each environment
//! must have: `cargo xtask doctor` runs it.
//!
//! `cargo run -p breakwater-core --features toml --example doctor -- SITE_FILE [--json]
//! [--environment NAME] [--environments WRANGLER_FILE VARS_FILE] < SECRET_NAMES`
//!
//! `SECRET_NAMES` is JSON: for each environment of wrangler's that was asked, the names of the
//! secrets that are set in it. The one at the top of its file is called `default`, and this machine
//! `local`. The exit code is 1 if something required is missing, and 2 if that could not be judged.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

use breakwater_core::site::budget::PriceReport;
use breakwater_core::site::config::{SiteFile, parse_file};
use breakwater_core::site::needs::{
    Checklist, EnvironmentFacts, NeedVerdict, Needs, environments_in, names_in,
};
use serde_json::{Value, json};

/// The exit code if something that is required is missing.
const MISSING: u8 = 1;
/// The exit code for a file that cannot be read or is refused, and an environment that is unknown.
const REFUSED: u8 = 2;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let is_json = arguments.iter().any(|it| it == "--json");
    let file = arguments.first().map_or("", String::as_str);
    let after = |option: &str| {
        let at = arguments.iter().position(|it| it == option);
        at.map_or(&[][..], |at| &arguments[at + 1..])
    };
    let asked = after("--environment").first();
    let judged = read(Path::new(file)).and_then(|read| {
        let files = after("--environments");
        let lists = if files.is_empty() { Vec::new() } else { checklists(&read, asked, files)? };
        Ok((read, lists))
    });
    let (read, lists) = match judged {
        Ok(judged) => judged,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(REFUSED);
        }
    };
    let verdict = NeedVerdict::of(&lists);
    let report = PriceReport::of(&read.site, &read.watch);
    let text = if is_json {
        let mut report = json!(report);
        if !lists.is_empty() {
            report["environments"] = lists.iter().map(told).collect();
            report["verdict"] = json!(verdict);
        }
        format!("{report:#}\n")
    } else {
        let lists: String = lists.iter().map(|list| format!("\n{list}")).collect();
        format!("{report}{lists}")
    };
    // A reader that has seen enough closes the pipe.
    let _ = io::stdout().write_all(text.as_bytes());
    match verdict {
        NeedVerdict::Complete | NeedVerdict::Unknown => ExitCode::SUCCESS,
        NeedVerdict::Missing => ExitCode::from(MISSING),
    }
}

/// A checklist as JSON, with what it comes to.
fn told(list: &Checklist) -> Value {
    let mut told = json!(list);
    told["verdict"] = json!(list.verdict());
    told
}

fn read(file: &Path) -> Result<SiteFile, Box<dyn Error>> {
    let text = fs::read_to_string(file).map_err(|it| format!("{}: {it}", file.display()))?;
    let name = file.file_name().map_or_else(String::new, |name| name.display().to_string());
    Ok(parse_file(&name, &text).map_err(|error| error.to_string())?)
}

/// The checklists of this machine and of each of wrangler's environments, or of the one asked for.
fn checklists(
    read: &SiteFile,
    asked: Option<&String>,
    files: &[String],
) -> Result<Vec<Checklist>, Box<dyn Error>> {
    let [wrangler, vars] = files else {
        return Err("expected wrangler's file and that of local values".into());
    };
    let known = io::read_to_string(io::stdin())?;
    let known: BTreeMap<String, Vec<String>> = serde_json::from_str(&known)?;
    let needs = Needs::of(&read.site, &read.watch);
    let mut local = match fs::read_to_string(vars) {
        Ok(text) => names_in(&text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(format!("{vars}: {error}").into()),
    };
    let is_set = |name: &String| env::var_os(name).is_some_and(|value| !value.is_empty());
    local.extend(needs.secrets.iter().map(|secret| secret.name.clone()).filter(is_set));
    let mut facts = vec![EnvironmentFacts {
        is_local: true,
        secret_names: Some(local),
        ..EnvironmentFacts::default()
    }];
    let config: Value = toml::from_str(&fs::read_to_string(wrangler)?)?;
    facts.extend(environments_in(&config).into_iter().map(|environment| EnvironmentFacts {
        secret_names: known.get(environment.name()).cloned(),
        ..environment
    }));
    if let Some(asked) = asked {
        let names: Vec<String> = facts.iter().map(|facts| format!("`{}`", facts.name())).collect();
        facts.retain(|facts| facts.name() == asked);
        if facts.is_empty() {
            let allowed = names.join(", ");
            return Err(format!("no environment `{asked}`: expected {allowed}").into());
        }
    }
    let list = |facts| needs.checklist(&read.site, &read.watch, facts);
    Ok(facts.iter().map(list).collect())
}
