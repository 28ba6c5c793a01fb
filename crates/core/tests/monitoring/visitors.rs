//! What visitors got while something was wrong, in the first paragraph and the timeline.

use breakwater_core::base::time::Timestamp;
use breakwater_core::watch::incident::{EdgeShares, Incident, TimelineKind};
use breakwater_core::watch::monitor::CheckResult;

use crate::later;
use crate::shell::Shell;

/// A check of the site, and one of an upstream. They fail a minute apart.
const FILE: &str = "
[upstreams.api]
origin = \"https://api.example\"
[[checks]]
name = \"site\"
url = \"https://shop.example/\"
[[checks]]
name = \"backend\"
url = \"https://api.example/health\"
upstream = \"api\"
";

type Finds = Box<dyn Fn(&str, &str, Timestamp) -> Option<CheckResult>>;

/// In each minute 10 visitors get a copy of `web` and 5 an error of `api`; both checks fail from
/// the fourth minute to the end of the thirtieth.
fn site() -> Shell<Finds, fn(u32, Timestamp) -> bool> {
    let begin = Shell::new(FILE, 3, |_, _, _| None, |_, _| true).now;
    let (from, until) = (later(begin, 190_000), later(begin, 1_800_000));
    let finds: Finds = Box::new(move |check, _, now| {
        let from = if check == "site" { from } else { later(from, 60_000) };
        Some(if (from..until).contains(&now) { CheckResult::Down } else { CheckResult::Up })
    });
    let mut shell: Shell<Finds, fn(u32, Timestamp) -> bool> =
        Shell::new(FILE, 3, finds, |_, _| true);
    let web = EdgeShares { copies: 10, ..EdgeShares::default() };
    let api = EdgeShares { origin: 5, errors: 5, ..EdgeShares::default() };
    shell.answers = vec![("web".into(), web), ("api".into(), api)];
    shell
}

fn incident_of(shell: &mut Shell<Finds, fn(u32, Timestamp) -> bool>, check: &str) -> Incident {
    let found = shell.host().incidents().find(|it| it.checks().iter().any(|it| it.name == check));
    found.cloned().expect("an incident of the check")
}

fn edge(incident: &Incident) -> EdgeShares {
    incident.evidence().and_then(|evidence| evidence.edge).expect("what visitors got")
}

#[test]
fn an_incident_counts_what_visitors_got_of_what_its_check_is_about() {
    let mut shell = site();
    let begin = shell.now;
    shell.run_until(later(begin, 900_000));
    let minutes = |incident: &Incident, now: Timestamp| {
        let rounds = (0..60).map(|minute| later(begin, minute * 60_000));
        rounds.filter(|at| incident.since() < *at && *at <= now).count() as u64
    };
    let now = shell.now;
    let of_site = incident_of(&mut shell, "site");
    let all = minutes(&of_site, now);
    assert!(all >= 10, "{all}");
    let expected =
        EdgeShares { copies: 10 * all, origin: 5 * all, errors: 5 * all, ..EdgeShares::default() };
    assert_eq!(edge(&of_site), expected);
    let of_api = incident_of(&mut shell, "backend");
    let all = minutes(&of_api, now);
    let expected = EdgeShares { origin: 5 * all, errors: 5 * all, ..EdgeShares::default() };
    assert_eq!(edge(&of_api), expected);
    let told = format!("Of {} answers since then, {} were errors;", 5 * all, 5 * all);
    assert!(of_api.summary().contains(&told), "{}", of_api.summary());
}

#[test]
fn the_timeline_tells_what_visitors_got_each_ten_minutes_and_at_the_end() {
    let mut shell = site();
    let begin = shell.now;
    // What was counted is stored with the incident.
    shell.run_until(later(begin, 1_000_000));
    shell.kill();
    shell.run_until(later(begin, 2_400_000));
    let incident = incident_of(&mut shell, "site");
    assert!(!incident.is_open());
    let entries = incident.timeline().entries().iter();
    let told: Vec<u64> = entries
        .filter_map(|entry| {
            let TimelineKind::Visitors { shares } = &entry.kind else { return None };
            shares.iter().find(|it| it.0 == "copies").map(|(_, count)| *count)
        })
        .collect();
    assert_eq!(told.len(), 4, "{told:?}");
    assert!(told.is_sorted() && told[0] <= 20, "{told:?}");
    assert_eq!(told.last(), Some(&edge(&incident).copies));
    assert!(edge(&incident).copies >= 250, "{:?}", edge(&incident));
}

#[test]
fn what_no_report_tells_is_not_said() {
    let mut shell = site();
    shell.answers.clear();
    let begin = shell.now;
    shell.run_until(later(begin, 900_000));
    let incident = incident_of(&mut shell, "site");
    assert_eq!(incident.evidence().map(|evidence| evidence.edge), Some(None));
    assert!(!incident.summary().contains("answers"), "{}", incident.summary());
}
