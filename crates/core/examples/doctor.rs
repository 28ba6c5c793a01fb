//! Says what a site costs without its visitors, what it costs at most, and what each environment
//! must have: `cargo xtask doctor` runs it.
//!
//! `cargo run -p breakwater-core --features toml --example doctor -- SITE_FILE [--json]
//! [--environments WRANGLER_FILE VARS_FILE] < SECRET_NAMES`
//!
//! `SECRET_NAMES` is JSON: for each environment of wrangler's that was asked, the names of the
//! secrets that are set in it. The one at the top of its file is called `default`.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

use breakwater_core::site::budget::PriceReport;
use breakwater_core::site::config::{SiteFile, parse_file};
use breakwater_core::site::needs::{Checklist, EnvironmentFacts, Needs, names_in};
use serde_json::{Value, json};

/// The exit code for a site file that cannot be read or is refused.
const BAD_FILE: u8 = 2;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let is_json = arguments.iter().any(|it| it == "--json");
    let file = arguments.first().map_or("", String::as_str);
    let read = match read(Path::new(file)) {
        Ok(read) => read,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(BAD_FILE);
        }
    };
    let lists = match arguments.iter().position(|it| it == "--environments") {
        Some(at) => checklists(&read, &arguments[at + 1..]),
        None => Ok(Vec::new()),
    };
    let lists = match lists {
        Ok(lists) => lists,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    let report = PriceReport::of(&read.site, &read.watch);
    let text = if is_json {
        let mut report = json!(report);
        if !lists.is_empty() {
            report["environments"] = json!(lists);
        }
        format!("{report:#}\n")
    } else {
        let lists: String = lists.iter().map(|list| format!("\n{list}")).collect();
        format!("{report}{lists}")
    };
    // A reader that has seen enough closes the pipe.
    let _ = io::stdout().write_all(text.as_bytes());
    ExitCode::SUCCESS
}

fn read(file: &Path) -> Result<SiteFile, String> {
    let text = fs::read_to_string(file).map_err(|it| format!("{}: {it}", file.display()))?;
    let name = file.file_name().map_or_else(String::new, |name| name.display().to_string());
    parse_file(&name, &text).map_err(|error| error.to_string())
}

/// The checklists of this machine and of each of wrangler's environments.
fn checklists(read: &SiteFile, files: &[String]) -> Result<Vec<Checklist>, Box<dyn Error>> {
    let [wrangler, vars] = files else {
        return Err("expected wrangler's file and that of local values".into());
    };
    let known = io::read_to_string(io::stdin())?;
    let known: BTreeMap<String, Vec<String>> = serde_json::from_str(&known)?;
    let needs = Needs::of(&read.site, &read.watch);
    let mut local = fs::read_to_string(vars).map_or_else(|_| Vec::new(), |text| names_in(&text));
    let is_set = |name: &String| env::var_os(name).is_some_and(|value| !value.is_empty());
    local.extend(needs.secrets.iter().map(|secret| secret.name.clone()).filter(is_set));
    let mut facts = vec![EnvironmentFacts {
        is_local: true,
        secret_names: Some(local),
        ..EnvironmentFacts::default()
    }];
    facts.extend(environments(&fs::read_to_string(wrangler)?, &known)?);
    Ok(facts.iter().map(|facts| needs.checklist(&read.site, facts)).collect())
}

/// What wrangler's file says of its environments.
fn environments(
    text: &str,
    known: &BTreeMap<String, Vec<String>>,
) -> Result<Vec<EnvironmentFacts>, Box<dyn Error>> {
    let config: Value = toml::from_str(text)?;
    let top = EnvironmentFacts {
        secret_names: known.get("default").cloned(),
        ..environment(None, &config, &config)
    };
    let named = config["env"].as_object().into_iter().flatten();
    let named = named.map(|(name, own)| EnvironmentFacts {
        secret_names: known.get(name).cloned(),
        ..environment(Some(name), own, &config)
    });
    Ok([top].into_iter().chain(named).collect())
}

/// What holds for one of them. It has bindings of its own alone, and inherits the rest
/// (developers.cloudflare.com/workers/wrangler/configuration, "Inheritable keys").
fn environment(name: Option<&str>, own: &Value, top: &Value) -> EnvironmentFacts {
    let inherited = |key: &str| if own[key].is_null() { &top[key] } else { &own[key] };
    let routes = inherited("routes").as_array().into_iter().flatten();
    let all = routes.chain([inherited("route")]);
    let patterns = all.filter_map(|it| it["pattern"].as_str().or(it.as_str()));
    let host = |pattern: &str| {
        let pattern = pattern.split("://").last().unwrap_or_default();
        pattern.split('/').next().unwrap_or_default().to_owned()
    };
    EnvironmentFacts {
        environment: name.map(str::to_owned),
        is_local: false,
        secret_names: None,
        objects: named(&own["durable_objects"]["bindings"], "name"),
        buckets: named(&own["r2_buckets"], "binding"),
        email: named(&own["send_email"], "name"),
        crons: texts(&inherited("triggers")["crons"]),
        flags: texts(inherited("compatibility_flags")),
        hosts: patterns.map(host).collect(),
        records_traces: inherited("observability")["traces"]["enabled"] == true,
    }
}

fn named(list: &Value, key: &str) -> Vec<String> {
    let items = list.as_array().into_iter().flatten();
    items.filter_map(|item| item[key].as_str().map(str::to_owned)).collect()
}

fn texts(list: &Value) -> Vec<String> {
    let items = list.as_array().into_iter().flatten();
    items.filter_map(|item| item.as_str().map(str::to_owned)).collect()
}
