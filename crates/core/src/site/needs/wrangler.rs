//! What wrangler's file says of its environments, and a machine's file of its secrets.

use alloc::borrow::ToOwned as _;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde_json::Value;

use super::EnvironmentFacts;

/// Returns the environments of wrangler's file: the one at its top, and those that have a name.
/// No secret is known of any.
pub fn environments_in(config: &Value) -> Vec<EnvironmentFacts> {
    let named = config["env"].as_object().into_iter().flatten();
    let named = named.map(|(name, own)| environment(Some(name), own, config));
    [environment(None, config, config)].into_iter().chain(named).collect()
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
    let observed = inherited("observability");
    // The table's own switch is that of the log, unless `logs` has one.
    let logs = &observed["logs"]["enabled"];
    let keeps_logs = if logs.is_null() { &observed["enabled"] } else { logs };
    EnvironmentFacts {
        environment: name.map(str::to_owned),
        is_local: false,
        secret_names: None,
        objects: named(&own["durable_objects"]["bindings"], "name"),
        classes: classes(inherited("exports")),
        buckets: named(&own["r2_buckets"], "binding"),
        email: named(&own["send_email"], "name"),
        crons: texts(&inherited("triggers")["crons"]),
        flags: texts(inherited("compatibility_flags")),
        hosts: patterns.map(host).collect(),
        records_traces: observed["traces"]["enabled"] == true,
        keeps_logs: *keeps_logs == true,
    }
}

/// Returns the classes of Durable Objects that are live, and store in SQLite.
fn classes(exports: &Value) -> Vec<String> {
    let is_live = |export: &Value| {
        let state = &export["state"];
        export["type"] == "durable-object"
            && export["storage"] == "sqlite"
            && (state.is_null() || state == "created")
    };
    let exports = exports.as_object().into_iter().flatten();
    exports.filter(|(_, export)| is_live(export)).map(|(class, _)| class.clone()).collect()
}

fn named(list: &Value, key: &str) -> Vec<String> {
    let items = list.as_array().into_iter().flatten();
    items.filter_map(|item| item[key].as_str().map(str::to_owned)).collect()
}

fn texts(list: &Value) -> Vec<String> {
    let items = list.as_array().into_iter().flatten();
    items.filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

/// Reads the names in a file of lines `NAME=value` (`.dev.vars`). No value is kept.
pub fn names_in(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let names = lines.filter_map(|line| line.split_once('='));
    let set = names.filter(|(_, value)| !matches!(value.trim(), "" | "\"\"" | "''"));
    set.map(|(name, _)| name.trim().to_string()).collect()
}
