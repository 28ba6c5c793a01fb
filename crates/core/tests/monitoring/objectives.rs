//! Objectives: the incidents of budgets that burn too fast, and what they cost.

use breakwater_core::base::rfc3339::Rfc3339;
use breakwater_core::base::time::Timestamp;
use breakwater_core::site::figures::ObjectiveDelta;
use breakwater_core::watch::alert::AlertKind;
use breakwater_core::watch::incident::Incident;
use breakwater_core::watch::monitor::CheckResult;
use breakwater_core::watch::objective::{BurnAlert, ObjectiveCounts};
use breakwater_core::watch::severity::Severity;

use crate::later;
use crate::shell::Shell;

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;
/// An objective over a route, and one channel.
const FILE: &str = "
[[objectives]]
name = \"orders\"
route = \"/*\"
target = \"99.9%\"
runbook = \"docs/runbooks/orders.md\"
[[channels]]
name = \"ops\"
kind = \"slack\"
url = \"https://hooks.example/\"
";

type Finds = fn(&str, &str, Timestamp) -> Option<CheckResult>;
type Takes = fn(u32, Timestamp) -> bool;

fn site(file: &str) -> Shell<Finds, Takes> {
    Shell::new(file, 7, |_, _, _| Some(CheckResult::Up), |_, _| true)
}

/// From now on, `bad` of a thousand events of each minute are bad.
fn set_bad(shell: &mut Shell<Finds, Takes>, bad: u64) {
    let counts = ObjectiveCounts { good: 1_000 - bad, bad };
    shell.counted = vec![ObjectiveDelta { objective: "orders".into(), counts }];
}

fn run(shell: &mut Shell<Finds, Takes>, ms: u64) {
    let end = later(shell.now, ms);
    shell.run_until(end);
}

/// All incidents, the oldest first.
fn incidents(shell: &mut Shell<Finds, Takes>) -> Vec<Incident> {
    let mut incidents: Vec<Incident> = shell.host().incidents().cloned().collect();
    incidents.sort_by_key(Incident::opened_at);
    incidents
}

fn told(shell: &Shell<Finds, Takes>) -> Vec<AlertKind> {
    shell.arrived.iter().map(|arrived| arrived.kind).collect()
}

#[test]
fn a_loss_pages_once_and_is_over_once() {
    let mut shell = site(FILE);
    set_bad(&mut shell, 0);
    run(&mut shell, 3 * HOUR);
    assert_eq!(incidents(&mut shell), []);
    // A thousand of 60,000 are 1.7 % of the hour, so that the first minute pages.
    set_bad(&mut shell, 1_000);
    // The object is killed again and again, and what was stored goes on.
    for _ in 0..30 {
        run(&mut shell, MINUTE);
        shell.kill();
    }
    let open = incidents(&mut shell);
    let [incident] = &*open else { panic!("{} incidents", open.len()) };
    assert!(incident.is_open() && !incident.is_manual());
    assert_eq!(incident.severity(), Severity::P1);
    assert_eq!(incident.title(), "The error budget of `orders` burns too fast");
    assert_eq!(incident.runbook(), Some("docs/runbooks/orders.md"));
    assert!(incident.summary().contains("of the route `/*` in 1h"), "{}", incident.summary());
    assert_eq!(told(&shell), [AlertKind::Opened]);
    set_bad(&mut shell, 0);
    // 30,000 bad events are more than a tenth of six hours, so that it takes half an hour without
    // a loss to end the page.
    run(&mut shell, 45 * MINUTE);
    let over = incidents(&mut shell);
    assert!(!over[0].is_open());
    assert_eq!(told(&shell), [AlertKind::Opened, AlertKind::Resolved, AlertKind::Opened]);
    // The ticket stays: the budget burns too fast over six hours and three days.
    assert_eq!(over.len(), 2);
    assert!(over[1].is_open());
    assert_eq!(over[1].severity(), Severity::P3);
}

#[test]
fn a_slow_loss_is_a_ticket() {
    let mut shell = site(FILE);
    set_bad(&mut shell, 2);
    run(&mut shell, HOUR);
    let open = incidents(&mut shell);
    let severities: Vec<_> = open.iter().map(Incident::severity).collect();
    assert_eq!(severities, [Severity::P3]);
    assert_eq!(told(&shell), [AlertKind::Opened]);
}

#[test]
fn the_file_says_how_much_an_objective_matters() {
    let mut shell = site(&FILE.replace("target = ", "severity = \"P0\"\ntarget = "));
    set_bad(&mut shell, 1_000);
    run(&mut shell, 5 * MINUTE);
    assert_eq!(incidents(&mut shell)[0].severity(), Severity::P0);
}

#[test]
fn what_a_person_has_ended_does_not_come_back_while_it_lasts() {
    use breakwater_core::watch::incident::IncidentChange;

    let mut shell = site(FILE);
    set_bad(&mut shell, 1_000);
    run(&mut shell, 5 * MINUTE);
    let id = incidents(&mut shell)[0].id().to_string();
    let (rules, now) = (shell.rules.clone(), shell.now);
    let resolve = IncidentChange::Resolve { text: None, at: None, notify: false };
    let ended = shell.host().handle_change(&rules, &id, &resolve, "anna", 0, now);
    assert!(matches!(ended, Some(Ok(()))), "{ended:?}");
    run(&mut shell, HOUR);
    assert_eq!(incidents(&mut shell).len(), 1);
    assert_eq!(told(&shell), [AlertKind::Opened]);
}

#[test]
fn an_objective_that_the_file_has_no_more_holds_no_incident_open() {
    let mut shell = site(FILE);
    set_bad(&mut shell, 1_000);
    run(&mut shell, 5 * MINUTE);
    assert!(incidents(&mut shell)[0].is_open());
    shell.rules.objectives.clear();
    shell.kill();
    run(&mut shell, 5 * MINUTE);
    assert!(incidents(&mut shell).iter().all(|incident| !incident.is_open()));
    assert_eq!(shell.host().objective_figures(&Default::default(), Timestamp::default()), []);
}

#[test]
fn operators_see_what_is_left_and_what_fires() {
    let mut shell = site(FILE);
    set_bad(&mut shell, 500);
    run(&mut shell, 10 * MINUTE);
    let (rules, now) = (shell.rules.clone(), shell.now);
    let figures = shell.host().objective_figures(&rules, now);
    let [figures] = &*figures else { panic!("one objective") };
    // 1 - 0.5 / 0.001 = -499.
    assert_eq!(figures.budget_left_ppm, -499_000_000);
    assert_eq!(
        (figures.firing.as_slice(), figures.bad),
        ([BurnAlert::Page].as_slice(), figures.good)
    );
    assert_eq!(figures.budget_ends_at, Some(Rfc3339(now)));
    let json = serde_json::to_value(figures).expect("JSON");
    assert_eq!(json["target"], "99.9%");
    assert_eq!(json["subject"]["route"], "/*");
    assert_eq!(json["kind"], "availability");
    assert_eq!(json["firing"][0], "page");
    let windows = json["burn_rates"].as_array().expect("a list");
    let windows: Vec<_> = windows.iter().map(|it| it["window"].as_str().expect("a text")).collect();
    assert_eq!(windows, ["5m", "30m", "1h", "6h", "3d"]);
    assert_eq!(json["burn_rates"][0]["burn_rate_ppm"], 500_000_000);
    assert_eq!(json["good_ppm"], 500_000);
    let rules = json["rules"].as_array().expect("a list");
    assert_eq!(
        rules[0],
        serde_json::json!({
            "alert": "page",
            "burn_rate_ppm": 14_400_000,
            "long_window": "1h",
            "short_window": "5m",
            "holds": true,
        })
    );
    let hold: Vec<_> = rules.iter().map(|it| it["holds"].as_bool()).collect();
    // The ticket's rule holds too; it does not fire while a page does.
    assert_eq!(hold, [Some(true); 3]);
}

#[test]
fn what_was_never_counted_has_no_share_and_no_end() {
    let mut shell = site(FILE);
    run(&mut shell, MINUTE);
    let (rules, now) = (shell.rules.clone(), shell.now);
    let figures = shell.host().objective_figures(&rules, now);
    let json = serde_json::to_value(&figures[0]).expect("JSON");
    assert!(json.get("good_ppm").is_none() && json.get("budget_ends_at").is_none(), "{json}");
    assert_eq!(json["budget_left_ppm"], 1_000_000);
    assert_eq!(
        (&json["good"], &json["bad"], &json["window"]),
        (&0.into(), &0.into(), &"30d".into())
    );
}

#[test]
fn strangers_read_of_a_loss_what_an_operator_tells_of_it() {
    use breakwater_core::site::config::parse_file;
    use breakwater_core::watch::incident::{ComponentImpact, Impact, IncidentChange};

    let components = "[[checks]]\nname = \"front\"\nurl = \"https://shop.example/\"\n\
        [[components]]\nname = \"front\"\ntitle = \"Shop\"\n";
    let mut shell = site(&[FILE, components].concat());
    let place = "[site]\nname = \"Shop\"\nhost = \"shop.example\"\n\
        [upstreams.web]\norigin = \"https://web.example\"\n\
        [[routes]]\nmatch = \"/*\"\nupstream = \"web\"\n";
    let place = parse_file("test", place).expect("a site file").site;
    set_bad(&mut shell, 1_000);
    run(&mut shell, 5 * MINUTE);
    let id = incidents(&mut shell)[0].id().to_string();
    let (rules, now) = (shell.rules.clone(), shell.now);
    assert_eq!(shell.host().public_status(&place, &rules, now).incidents, []);
    let update = IncidentChange::Update {
        state: None,
        severity: None,
        title: Some("Some orders fail".into()),
        text: "We are looking into it.".into(),
        components: vec![ComponentImpact {
            name: "front".into(),
            impact: Impact::DegradedPerformance,
        }],
        at: None,
        notify: false,
    };
    let done = shell.host().handle_change(&rules, &id, &update, "anna", 0, now);
    assert!(matches!(done, Some(Ok(()))), "{done:?}");
    let told = shell.host().public_status(&place, &rules, now).incidents;
    assert_eq!(told.len(), 1);
    let told = serde_json::to_string(&told).expect("JSON");
    assert!(!told.contains("budget") && !told.contains("page:"), "{told}");
}

#[test]
fn an_objective_costs_a_row_each_minute_and_one_each_hour() {
    let rows = |file: &str| {
        let mut shell = site(file);
        set_bad(&mut shell, 0);
        run(&mut shell, 2 * HOUR);
        let before = shell.storage.rows_written;
        run(&mut shell, 3 * HOUR);
        shell.storage.rows_written - before
    };
    let without = FILE.split("[[channels]]").nth(1).expect("channels");
    let more = rows(FILE) - rows(&format!("[[channels]]{without}"));
    // Without an objective there is nothing to be stored of rounds.
    assert!(more <= 3 * (60 + 1) + 1, "{more}");
}

#[test]
fn what_a_check_finds_counts_for_its_objective() {
    let file = "
[[checks]]
name = \"front\"
url = \"https://shop.example/\"
every = \"10s\"
[[objectives]]
name = \"front\"
check = \"front\"
target = \"99%\"
";
    let mut shell = site(file);
    run(&mut shell, HOUR);
    let (rules, now) = (shell.rules.clone(), shell.now);
    let good = shell.host().objective_figures(&rules, now)[0].good;
    assert!((355..=361).contains(&good), "{good}");
    shell.finds = |_, _, _| Some(CheckResult::Down);
    run(&mut shell, 20 * MINUTE);
    let (rules, now) = (shell.rules.clone(), shell.now);
    let figures = shell.host().objective_figures(&rules, now);
    assert!(figures[0].bad >= 115, "{}", figures[0].bad);
    assert!(figures[0].firing.contains(&BurnAlert::Page));
    let names: Vec<_> =
        incidents(&mut shell).iter().map(|it| it.checks()[0].name.clone()).collect();
    assert!(names.contains(&"page:front".into()), "{names:?}");
}

#[test]
fn what_cannot_be_read_is_put_aside() {
    let mut shell = site(FILE);
    set_bad(&mut shell, 0);
    run(&mut shell, 2 * HOUR);
    shell.is_damaged = true;
    shell.storage.objectives = Some("{}".into());
    shell.kill();
    run(&mut shell, 5 * MINUTE);
    assert_eq!(shell.storage.aside.get("objectives-unread").map(String::as_str), Some("{}"));
    let (rules, now) = (shell.rules.clone(), shell.now);
    // The hours that are over are not lost.
    let good = shell.host().objective_figures(&rules, now)[0].good;
    assert!(good >= 60_000, "{good}");
}
