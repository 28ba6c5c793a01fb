use super::*;
use crate::base::time::Timestamp;
use crate::site::config::WatchRules;
use crate::site::operator::{
    CheckOrder, CheckTest, Order, SiteOrder, parse_alert_resend, parse_alert_test,
    parse_subscriber, site, watch_rules,
};
use crate::watch::check::Check;
use crate::watch::incident::{IncidentChange, IncidentOpening};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

fn found(method: &str, path: &str) -> String {
    let (site, rules) = (site(), watch_rules());
    let FoundEndpoint { endpoint, named } = match find(&site, &rules, method, path) {
        Ok(found) => found,
        Err(error) => return error.to_string(),
    };
    let NamedByPath { upstream, check, incident, session, subscriber, code } = named;
    let mut found = format!("{:?}", endpoint.operation);
    let (upstream, code) = (upstream.map(|it| it.to_string()), code.map(|it| it.to_string()));
    let ids = [incident, session, subscriber].map(|it| it.map(String::from));
    let named = [upstream, check.map(|it| it.name.clone())].into_iter().chain(ids).chain([code]);
    for name in named.flatten() {
        found = found + " " + &name;
    }
    found
}

/// The id of a subscriber.
const SUBSCRIBER: &str = "e00000000000000000000000000000000";

/// A path that a line of the table stands for.
fn example(path: &str) -> String {
    let names = ["web", "shop", "backup", "inc-a", "0123456789ab", SUBSCRIBER, "3"];
    let places = Placeholder::ALL.iter().zip(names);
    places.fold(path.into(), |path: String, (place, name)| {
        path.replace(&format!("{{{}}}", place.as_str()), name)
    })
}

#[test]
fn each_place_takes_its_methods() {
    for (method, path, endpoint) in [
        ("GET", "/_breakwater/upstreams", "ShowUpstreams"),
        ("HEAD", "/_breakwater/upstreams", "ShowUpstreams"),
        ("GET", "/_breakwater/upstreams/api/history", "ShowHistory 1"),
        ("POST", "/_breakwater/upstreams/web/override", "SetOverride 0"),
        ("POST", "/_breakwater/upstreams/api/override", "SetOverride 1"),
        ("GET", "/_breakwater/bypass", "ShowBypass"),
        ("HEAD", "/_breakwater/bypass", "ShowBypass"),
        ("POST", "/_breakwater/bypass", "SetBypass"),
        ("DELETE", "/_breakwater/bypass", "LiftBypass"),
        ("GET", "/_breakwater/snapshots", "ShowSnapshots"),
        ("POST", "/_breakwater/purge", "Purge"),
        ("GET", "/_breakwater/maintenance", "ShowMaintenance"),
        ("POST", "/_breakwater/maintenance", "OrderMaintenance"),
        ("DELETE", "/_breakwater/maintenance", "LiftMaintenance"),
        ("GET", "/_breakwater/events", "ShowEvents"),
        ("GET", "/_breakwater/configuration", "ShowConfiguration"),
        ("GET", "/_breakwater/live", "Listen"),
        ("GET", "/_breakwater/checks", "ShowChecks"),
        ("POST", "/_breakwater/checks/test", "TestCheck"),
        ("GET", "/_breakwater/checks/shop", "ShowCheck shop"),
        ("POST", "/_breakwater/checks/shop/run", "RunCheck shop"),
        ("POST", "/_breakwater/checks/backup/pause", "PauseCheck backup"),
        ("DELETE", "/_breakwater/checks/shop/pause", "LiftPause shop"),
        ("POST", "/_breakwater/heartbeats/backup", "ReportSuccess backup"),
        ("GET", "/_breakwater/heartbeats/backup", "ReportSuccess backup"),
        ("HEAD", "/_breakwater/heartbeats/backup", "ReportSuccess backup"),
        ("POST", "/_breakwater/heartbeats/backup/start", "ReportStart backup"),
        ("GET", "/_breakwater/heartbeats/backup/fail", "ReportFailure backup"),
        ("POST", "/_breakwater/heartbeats/backup/0", "ReportExit backup 0"),
        ("GET", "/_breakwater/heartbeats/backup/137", "ReportExit backup 137"),
        ("GET", "/_breakwater/heartbeats/backup/4294967295", "ReportExit backup 4294967295"),
        ("GET", "/_breakwater/incidents", "ShowIncidents"),
        ("POST", "/_breakwater/incidents", "OpenIncident"),
        ("GET", "/_breakwater/incidents/inc-a", "ShowIncident inc-a"),
        ("POST", "/_breakwater/incidents/inc-a/update", "UpdateIncident inc-a"),
        ("POST", "/_breakwater/incidents/inc-a/edit", "EditIncident inc-a"),
        ("POST", "/_breakwater/incidents/inc-a/resolve", "ResolveIncident inc-a"),
        ("POST", "/_breakwater/incidents/inc-a/reopen", "ReopenIncident inc-a"),
        ("POST", "/_breakwater/incidents/inc-a/acknowledge", "AcknowledgeIncident inc-a"),
        ("POST", "/_breakwater/incidents/inc-a/note", "AddNote inc-a"),
        ("POST", "/_breakwater/incidents/inc-a/postmortem", "WritePostmortem inc-a"),
        ("GET", "/_breakwater/budget", "ShowBudget"),
        ("GET", "/_breakwater/objectives", "ShowObjectives"),
        ("GET", "/_breakwater/metrics", "ShowMetrics"),
        ("GET", "/_breakwater/alerts", "ShowAlerts"),
        ("POST", "/_breakwater/alerts/test", "TestChannel"),
        ("POST", "/_breakwater/alerts/resend", "ResendAlert"),
        ("GET", "/_breakwater/session", "ShowSession"),
        ("POST", "/_breakwater/session", "BeginSession"),
        ("DELETE", "/_breakwater/session", "EndSession"),
        ("GET", "/_breakwater/sessions", "ShowSessions"),
        ("DELETE", "/_breakwater/sessions/0123456789ab", "RevokeSession 0123456789ab"),
        ("GET", "/_breakwater/subscribers", "ShowSubscribers"),
        ("POST", "/_breakwater/subscribers/find", "FindSubscriber"),
    ] {
        assert_eq!(found(method, path), endpoint, "{method} {path}");
    }
    let path = ["/_breakwater/subscribers/", SUBSCRIBER].concat();
    assert_eq!(found("DELETE", &path), ["ForgetSubscriber ", SUBSCRIBER].concat());
}

#[test]
fn each_place_says_which_methods_it_takes() {
    for endpoint in &API {
        let path = example(endpoint.path);
        let refused = found("PUT", &path);
        for method in endpoint.methods() {
            assert!(refused.contains(method), "{method} {path}: {refused}");
        }
    }
    assert_eq!(
        found("PUT", "/_breakwater/bypass"),
        "`PUT` is not allowed here, expected GET, HEAD, POST, DELETE"
    );
    assert_eq!(
        found("GET", "/_breakwater/upstreams/web/override"),
        "`GET` is not allowed here, expected POST"
    );
    assert_eq!(
        found("post", "/_breakwater/bypass"),
        "`post` is not allowed here, expected GET, HEAD, POST, DELETE",
        "methods are case-sensitive (RFC 9110 §9.1)"
    );
}

#[test]
fn a_path_with_nothing_there_is_told_what_there_is() {
    for path in [
        "/_breakwater",
        "/_breakwater/",
        "/_breakwater/upstreams/",
        "/_breakwater/upstreams/override",
        "/_breakwater/upstreams/web",
        "/_breakwater/upstreams/web/x/override",
        "/_breakwater/bypass/all",
        "/_breakwater/checks/shop/x/run",
        "/_breakwater/heartbeats",
        "/_breakwater/heartbeats/backup/",
        "/_breakwater/heartbeats/backup/done",
        "/_breakwater/heartbeats/backup/-1",
        "/_breakwater/heartbeats/backup/+1",
        "/_breakwater/heartbeats/backup/4294967296",
        "/_breakwater/heartbeats/backup/start/1",
        "/_breakwater/incidents/inc-a/close",
        "/_breakwater/subscribers/ann@shop.example",
    ] {
        let known = "expected one of `/_breakwater/upstreams`, \
            `/_breakwater/upstreams/{upstream}/history`, \
            `/_breakwater/upstreams/{upstream}/override`, `/_breakwater/bypass`, \
            `/_breakwater/snapshots`, `/_breakwater/purge`, `/_breakwater/maintenance`, \
            `/_breakwater/events`, `/_breakwater/configuration`, `/_breakwater/live`, \
            `/_breakwater/budget`, `/_breakwater/metrics`, `/_breakwater/checks`, \
            `/_breakwater/checks/test`, \
            `/_breakwater/checks/{check}`, \
            `/_breakwater/checks/{check}/run`, \
            `/_breakwater/checks/{check}/pause`, `/_breakwater/heartbeats/{heartbeat}`, \
            `/_breakwater/heartbeats/{heartbeat}/start`, \
            `/_breakwater/heartbeats/{heartbeat}/fail`, \
            `/_breakwater/heartbeats/{heartbeat}/{code}`, `/_breakwater/objectives`, \
            `/_breakwater/incidents`, \
            `/_breakwater/incidents/{incident}`, `/_breakwater/incidents/{incident}/update`, \
            `/_breakwater/incidents/{incident}/edit`, \
            `/_breakwater/incidents/{incident}/resolve`, \
            `/_breakwater/incidents/{incident}/reopen`, \
            `/_breakwater/incidents/{incident}/acknowledge`, \
            `/_breakwater/incidents/{incident}/note`, \
            `/_breakwater/incidents/{incident}/postmortem`, `/_breakwater/alerts`, \
            `/_breakwater/alerts/test`, `/_breakwater/alerts/resend`, \
            `/_breakwater/session`, `/_breakwater/sessions`, \
            `/_breakwater/sessions/{session}`, \
            `/_breakwater/subscribers`, `/_breakwater/subscribers/find`, \
            `/_breakwater/subscribers/{subscriber}`";
        assert_eq!(found("POST", path), format!("nothing at `{path}`, {known}"));
    }
}

#[test]
fn an_unknown_upstream_is_told_those_that_there_are() {
    for name in ["shop", "", "Web", "web/", "NAME"] {
        let path = format!("/_breakwater/upstreams/{name}/override");
        let told = found("POST", &path);
        if name.contains('/') {
            assert!(told.starts_with("nothing at"), "{told}");
        } else {
            assert_eq!(told, format!("no upstream `{name}`, expected one of `web`, `api`"));
        }
    }
}

#[test]
fn an_unknown_check_is_told_those_that_there_are() {
    let known = "expected one of `shop`, `backup`";
    for path in ["/_breakwater/checks/web/run", "/_breakwater/checks/web/pause"] {
        assert_eq!(found("POST", path), format!("no check `web`, {known}"));
    }
    for (name, rest) in [("web", ""), ("web", "/start"), ("shop", "/fail"), ("", "/0")] {
        let told = found("POST", &format!("/_breakwater/heartbeats/{name}{rest}"));
        assert_eq!(told, format!("no heartbeat `{name}`, expected one of `backup`"));
    }
    let (site, rules) = (site(), WatchRules::default());
    let told = find(&site, &rules, "POST", "/_breakwater/checks/shop/run").unwrap_err();
    assert_eq!(told.to_string(), "no check `shop`: the site file has none");
}

#[test]
fn of_many_names_only_the_first_are_told() {
    let (site, mut rules) = (site(), watch_rules());
    let check = rules.checks[0].clone();
    for number in rules.checks.len()..NAMES_TOLD + 7 {
        rules.checks.push(Check { name: format!("c{number}"), ..check.clone() });
    }
    let told = find(&site, &rules, "POST", "/_breakwater/checks/web/run").unwrap_err().to_string();
    assert!(told.ends_with(", `c49` and 7 more"), "{told}");
}

#[test]
fn each_job_shows_the_token_of_its_own_check() {
    let (site, rules) = (site(), watch_rules());
    for endpoint in &API {
        let path = example(endpoint.path);
        let found = find(&site, &rules, endpoint.method, &path).unwrap();
        let is_report = path.starts_with("/_breakwater/heartbeats/");
        let token = found.report_token().map(|token| token.as_str());
        assert_eq!(token, is_report.then_some("BACKUP_TOKEN"), "{path}");
        assert_eq!(endpoint.role == Role::Heartbeat, is_report);
    }
}

#[test]
fn a_viewer_reads_and_changes_nothing() {
    for endpoint in API {
        match (endpoint.access, endpoint.role) {
            (Access::Read, role) => {
                assert_eq!(endpoint.method, "GET", "{endpoint:?}");
                assert!(matches!(role, Role::Operator(_)), "{endpoint:?}");
            }
            (Access::Write, Role::Operator(rank)) => assert!(rank > Rank::Viewer, "{endpoint:?}"),
            (Access::Write, role) => assert_eq!(role, Role::Heartbeat, "{endpoint:?}"),
            (Access::Session, _) => assert_eq!(endpoint.path, "/_breakwater/session"),
        }
    }
}

#[test]
fn only_logins_are_everyones() {
    for endpoint in API {
        let is_login = endpoint.operation == Operation::BeginSession;
        assert_eq!(endpoint.role == Role::Anyone, is_login, "{endpoint:?}");
    }
}

#[test]
fn what_concerns_other_people_is_the_admins() {
    for endpoint in API {
        let others = ["/_breakwater/sessions", "/_breakwater/subscribers"];
        let is_others = others.into_iter().any(|path| endpoint.path.starts_with(path));
        let is_admins = endpoint.role == Role::Operator(Rank::Admin);
        assert_eq!(is_others, is_admins, "{endpoint:?}");
    }
}

#[test]
fn what_a_stranger_is_told_does_not_tell_which_checks_there_are() {
    for path in ["/_breakwater/heartbeats/backup", "/_breakwater/heartbeats/web"] {
        for rest in ["", "/start", "/fail", "/0"] {
            assert_eq!(Role::at(&format!("{path}{rest}")), Role::Heartbeat);
        }
        assert_eq!(Role::at(&format!("{path}/done")), Role::Operator(Rank::Viewer));
    }
    assert_eq!(Role::at("/_breakwater/checks/web/run"), Role::Operator(Rank::Responder));
    assert_eq!(Role::at("/_breakwater"), Role::Operator(Rank::Viewer));
}

#[test]
fn each_placeholder_of_the_table_is_one() {
    for endpoint in &API {
        for segment in endpoint.path.split('/').filter(|segment| segment.contains(['{', '}'])) {
            assert!(Placeholder::of(segment).is_some(), "{segment}");
        }
    }
}

#[test]
fn only_what_changes_something_is_a_write() {
    for endpoint in API {
        assert_eq!(endpoint.access == Access::Read, endpoint.method == "GET", "{endpoint:?}");
    }
}

#[test]
fn each_operation_stands_in_one_place() {
    for (at, endpoint) in API.iter().enumerate() {
        for other in &API[at + 1..] {
            assert_ne!(endpoint.operation, other.operation);
            assert_ne!((endpoint.path, endpoint.method), (other.path, other.method));
        }
    }
    assert_eq!(paths().count(), 40, "the entries of a path stand beside each other");
}

#[test]
fn bodies_have_the_members_that_the_parsers_take() {
    let body = br#"{"nothing-that-there-is": 1}"#;
    let (now, rules) = (Timestamp::default(), watch_rules());
    for endpoint in API {
        let error = match endpoint.operation {
            Operation::TestCheck => {
                let error = CheckTest::parse(body, &site(), &rules).unwrap_err();
                check_members(&endpoint, &error.to_string());
                continue;
            }
            // `the_body_of_a_login_has_the_member_that_is_read` is about it.
            Operation::BeginSession => continue,
            Operation::SetOverride => Order::parse_override(body, &site(), 0).unwrap_err(),
            Operation::SetBypass => Order::parse_bypass(body).unwrap_err(),
            Operation::LiftBypass => Order::parse_lift(body).unwrap_err(),
            Operation::Purge => SiteOrder::parse_purge(body).unwrap_err(),
            Operation::OrderMaintenance => {
                SiteOrder::parse_maintenance(body, &rules, now).unwrap_err()
            }
            Operation::LiftMaintenance => SiteOrder::parse_lift_maintenance(body).unwrap_err(),
            Operation::PauseCheck => CheckOrder::parse_pause(body).unwrap_err(),
            Operation::LiftPause => CheckOrder::parse_lift_pause(body).unwrap_err(),
            Operation::OpenIncident => IncidentOpening::parse(body, now).unwrap_err(),
            Operation::UpdateIncident => IncidentChange::parse_update(body, now).unwrap_err(),
            Operation::EditIncident => IncidentChange::parse_edit(body).unwrap_err(),
            Operation::ResolveIncident => IncidentChange::parse_resolve(body, now).unwrap_err(),
            Operation::ReopenIncident => IncidentChange::parse_reopen(body).unwrap_err(),
            Operation::AddNote => IncidentChange::parse_note(body).unwrap_err(),
            Operation::WritePostmortem => IncidentChange::parse_postmortem(body).unwrap_err(),
            Operation::TestChannel => parse_alert_test(body, &rules).unwrap_err(),
            Operation::ResendAlert => parse_alert_resend(body, &rules).unwrap_err(),
            Operation::FindSubscriber => parse_subscriber(body).unwrap_err(),
            Operation::ShowUpstreams
            | Operation::ShowHistory
            | Operation::ShowConfiguration
            | Operation::Listen
            | Operation::ShowBypass
            | Operation::ShowSnapshots
            | Operation::ShowMaintenance
            | Operation::ShowEvents
            | Operation::ShowChecks
            | Operation::ShowCheck
            | Operation::RunCheck
            | Operation::ReportSuccess
            | Operation::ReportStart
            | Operation::ReportFailure
            | Operation::ReportExit
            | Operation::ShowIncidents
            | Operation::ShowIncident
            | Operation::AcknowledgeIncident
            | Operation::ShowBudget
            | Operation::ShowObjectives
            | Operation::ShowMetrics
            | Operation::ShowSession
            | Operation::EndSession
            | Operation::ShowSessions
            | Operation::RevokeSession
            | Operation::ShowAlerts
            | Operation::ShowSubscribers
            | Operation::ForgetSubscriber => {
                assert!(endpoint.body.is_empty());
                continue;
            }
        };
        check_members(&endpoint, &error.to_string());
    }
}

/// The error tells all keys that are taken.
#[track_caller]
fn check_members(endpoint: &Endpoint, error: &str) {
    let mut names: Vec<String> =
        endpoint.body.iter().map(|member| format!("`{}`", member.name)).collect();
    let (_, told) = error.split_once("expected one of ").unwrap();
    let mut told: Vec<&str> = told.split(", ").collect();
    names.sort();
    told.sort_unstable();
    assert_eq!(names, told, "{:?}", endpoint.operation);
}
