//! The checklist of an environment.

#![cfg(feature = "toml")]

use breakwater_core::site::config::{SiteFile, parse_file};
use breakwater_core::site::needs::{
    Checklist, EnvironmentFacts, NeedKind, NeedState, NeedVerdict, Needs, environments_in, names_in,
};
use serde_json::json;

const SITE: &str = r#"
[site]
name = "Shop"
host = "shop.example"
status_host = "status.shop.example"
maintenance_secret = "PASS"
[upstreams.web]
origin = "https://web.example"
[[routes]]
match = "/*"
upstream = "web"
[[snapshots]]
match = "/"
every = "1h"
[[channels]]
name = "mail"
kind = "email"
from = "ops@shop.example"
to = ["ann@shop.example"]
"#;

fn file(extra: &str) -> SiteFile {
    parse_file("test", &format!("{SITE}{extra}")).expect("a site file")
}

fn checklist(extra: &str, facts: &EnvironmentFacts) -> Checklist {
    let file = file(extra);
    Needs::of(&file.site, &file.watch).checklist(&file.site, &file.watch, facts)
}

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|&text| text.to_owned()).collect()
}

fn complete() -> EnvironmentFacts {
    EnvironmentFacts {
        secret_names: Some(texts(&["ADMIN_TOKEN", "PASS"])),
        objects: texts(&["UPSTREAMS", "SITE", "DEPENDENCIES", "MONITOR", "PROBES"]),
        classes: texts(&["UpstreamDo", "SiteDo", "DependencyDo", "MonitorDo", "ProbeDo"]),
        buckets: texts(&["SNAPSHOTS"]),
        email: texts(&["EMAIL"]),
        crons: texts(&["* * * * *"]),
        flags: texts(&["enable_request_signal"]),
        hosts: texts(&["*shop.example"]),
        ..EnvironmentFacts::default()
    }
}

fn state(list: &Checklist, name: &str) -> NeedState {
    let item = list.items.iter().find(|item| item.name == name);
    item.unwrap_or_else(|| panic!("no {name} in {list}")).state
}

#[test]
fn in_a_complete_environment_nothing_is_missing() {
    let list = checklist("", &complete());
    assert_eq!(list.environment, "default");
    assert_eq!((list.missing(), list.verdict()), (0, NeedVerdict::Complete), "{list}");
    assert_eq!(state(&list, "VIEWER_TOKEN"), NeedState::Unset);
    assert_eq!(state(&list, "observability.logs"), NeedState::Unset);
}

#[test]
fn an_empty_environment_lacks_everything_and_says_how_to_set_it() {
    let facts = EnvironmentFacts {
        environment: Some("staging".into()),
        secret_names: Some(Vec::new()),
        ..EnvironmentFacts::default()
    };
    let list = checklist("[tracing]\nsource = \"platform\"\n", &facts);
    assert_eq!(list.environment, "staging");
    for (name, how) in [
        ("ADMIN_TOKEN", "wrangler secret put ADMIN_TOKEN --env staging"),
        ("PASS", "wrangler secret put PASS --env staging"),
        (
            "UPSTREAMS",
            "[[env.staging.durable_objects.bindings]] with name = \"UPSTREAMS\" and \
             class_name = \"UpstreamDo\"",
        ),
        (
            "UpstreamDo",
            "[env.staging.exports.UpstreamDo] with type = \"durable-object\" and \
             storage = \"sqlite\"",
        ),
        ("SNAPSHOTS", "[[env.staging.r2_buckets]] with binding = \"SNAPSHOTS\" and a bucket_name"),
        ("EMAIL", "[[env.staging.send_email]] with name = \"EMAIL\""),
        ("* * * * *", "crons = [\"* * * * *\"] in [env.staging.triggers]"),
        ("enable_request_signal", "\"enable_request_signal\" in env.staging.compatibility_flags"),
        ("status.shop.example", "a route of status.shop.example in env.staging.routes"),
        ("observability.traces", "enabled = true in [env.staging.observability.traces]"),
    ] {
        let item = list.items.iter().find(|item| item.name == name).expect(name);
        assert_eq!((item.state, item.how.as_str()), (NeedState::Missing, how));
    }
    let unset = list.items.iter().filter(|item| item.state == NeedState::Unset).count();
    assert_eq!(list.missing() + unset, list.items.len());
    assert_eq!(list.verdict(), NeedVerdict::Missing);
}

#[test]
fn every_item_says_what_it_is_for() {
    for item in checklist("[tracing]\nsource = \"platform\"\n", &complete()).items {
        assert!(!item.why.is_empty() && !item.how.is_empty(), "{item:?}");
    }
}

#[test]
fn what_was_not_asked_is_unknown_and_not_missing() {
    let facts = EnvironmentFacts { secret_names: None, ..complete() };
    let list = checklist("", &facts);
    assert_eq!(state(&list, "ADMIN_TOKEN"), NeedState::Unknown);
    assert_eq!((list.missing(), list.verdict()), (0, NeedVerdict::Unknown), "{list}");
    assert!(list.to_string().ends_with("Of 5 of these it could not be found out.\n"), "{list}");
}

#[test]
fn the_worst_environment_is_the_verdict_on_all() {
    let list = |secret_names| checklist("", &EnvironmentFacts { secret_names, ..complete() });
    let (unknown, missing) = (list(None), list(Some(Vec::new())));
    let complete = checklist("", &complete());
    assert_eq!(NeedVerdict::of(&[]), NeedVerdict::Complete);
    assert_eq!(NeedVerdict::of(&[complete.clone(), unknown.clone()]), NeedVerdict::Unknown);
    assert_eq!(NeedVerdict::of(&[missing, complete, unknown]), NeedVerdict::Missing);
}

#[test]
fn secrets_of_reports_are_needed_and_settings_that_can_be_done_without_are_not() {
    let extra = "[sentry]\ndsn = \"SENTRY_DSN\"\ntunnel = { dsn = \"PAGES_DSN\" }\n";
    let list = checklist(extra, &complete());
    for name in ["SENTRY_DSN", "PAGES_DSN"] {
        assert_eq!(state(&list, name), NeedState::Missing);
    }
    let off = checklist("[logs]\nenabled = false\n", &complete());
    assert!(off.items.iter().all(|item| item.kind != NeedKind::Logs), "{off}");
    let kept = checklist("", &EnvironmentFacts { keeps_logs: true, ..complete() });
    assert_eq!(state(&kept, "observability.logs"), NeedState::Set);
}

#[test]
fn the_application_of_access_is_named_and_only_the_account_knows_of_it() {
    let extra = "[operators.access]\nteam = \"shop\"\naudience = \"0123456789abcdef\"\n\
                 roles.admin = [\"*\"]\n";
    let list = checklist(extra, &complete());
    assert_eq!(state(&list, "https://shop.cloudflareaccess.com"), NeedState::Unknown);
    assert_eq!(list.verdict(), NeedVerdict::Unknown);
}

#[test]
fn environments_have_their_own_bindings_and_inherit_the_rest() {
    let config = json!({
        "compatibility_flags": ["enable_request_signal"],
        "routes": [{"pattern": "https://shop.example/*"}, "status.shop.example"],
        "triggers": {"crons": ["* * * * *"]},
        "observability": {"enabled": true, "traces": {"enabled": true}},
        "durable_objects": {"bindings": [{"name": "SITE", "class_name": "SiteDo"}]},
        "r2_buckets": [{"binding": "SNAPSHOTS", "bucket_name": "shop"}],
        "send_email": [{"name": "EMAIL"}],
        "exports": {
            "SiteDo": {"type": "durable-object", "storage": "sqlite"},
            "OldDo": {"type": "durable-object", "storage": "sqlite", "state": "deleted"},
        },
        "env": {"staging": {
            "route": "staging.shop.example/*",
            "routes": [],
            "observability": {"enabled": true, "logs": {"enabled": false}},
            "r2_buckets": [{"binding": "STAGED"}],
        }},
    });
    let top = EnvironmentFacts {
        objects: texts(&["SITE"]),
        classes: texts(&["SiteDo"]),
        buckets: texts(&["SNAPSHOTS"]),
        email: texts(&["EMAIL"]),
        crons: texts(&["* * * * *"]),
        flags: texts(&["enable_request_signal"]),
        hosts: texts(&["shop.example", "status.shop.example"]),
        records_traces: true,
        keeps_logs: true,
        ..EnvironmentFacts::default()
    };
    let staging = EnvironmentFacts {
        environment: Some("staging".into()),
        objects: Vec::new(),
        buckets: texts(&["STAGED"]),
        email: Vec::new(),
        hosts: texts(&["staging.shop.example"]),
        records_traces: false,
        keeps_logs: false,
        ..top.clone()
    };
    assert_eq!(environments_in(&config), [top, staging]);
    assert_eq!(environments_in(&json!({})), [EnvironmentFacts::default()]);
}

#[test]
fn on_this_machine_only_secrets_are_asked_for() {
    let facts = EnvironmentFacts {
        is_local: true,
        secret_names: Some(texts(&["PASS"])),
        ..EnvironmentFacts::default()
    };
    let list = checklist("", &facts);
    assert_eq!(list.environment, "local");
    assert!(list.items.iter().all(|item| item.kind == NeedKind::Secret), "{list}");
    assert_eq!((state(&list, "PASS"), list.missing()), (NeedState::Set, 0));
    let admin = list.items.first().expect("a secret");
    assert_eq!((admin.state, admin.name.as_str()), (NeedState::Set, "ADMIN_TOKEN"));
    assert_eq!(admin.how, "`cargo xtask dev` sets it to `dev`");
    let list = checklist("", &EnvironmentFacts { secret_names: Some(Vec::new()), ..facts });
    let pass = list.items.iter().find(|item| item.name == "PASS").expect("a secret");
    assert_eq!(pass.state, NeedState::Missing);
    assert_eq!(pass.how, "a line `PASS=VALUE` in .dev.vars, or the variable PASS");
}

#[test]
fn no_value_of_a_secret_is_in_a_list() {
    let names = names_in("# A=1\nPASS=canary\nADMIN_TOKEN = \"canary=2\"\nEMPTY=\nB=''\nbroken\n");
    assert_eq!(names, ["PASS", "ADMIN_TOKEN"]);
    let list = checklist("", &EnvironmentFacts { secret_names: Some(names), ..complete() });
    let texts = [list.to_string(), serde_json::to_string(&list).expect("JSON")];
    for text in texts {
        assert!(!text.contains("canary"), "{text}");
        assert!(!text.contains("secrets_missing"), "{text}");
    }
    assert_eq!(list.missing(), 0);
}
