//! Places outside the platform, and ends that are known in advance.

use breakwater_core::watch::alert::AlertKind;
use breakwater_core::watch::monitor::{CheckResult, CheckState};

use crate::later;
use crate::shell::Shell;

const SITE: &str = "
[globalping]
token = \"GLOBALPING_TOKEN\"
[[checks]]
name = \"frontend\"
url = \"https://shop.example/\"
from = [\"weur\", \"globalping:DE\"]
[[checks]]
name = \"certificate\"
kind = \"tls\"
target = \"shop.example:443\"
from = [\"globalping:DE\"]
[[channels]]
name = \"ops\"
kind = \"slack\"
url = \"https://hooks.example/\"
";
const DOMAIN: &str = "
[[checks]]
name = \"page\"
url = \"https://shop.example/\"
[[checks]]
name = \"domain\"
kind = \"domain\"
domain = \"shop.example\"
[[channels]]
name = \"ops\"
kind = \"slack\"
url = \"https://hooks.example/\"
";
const HOUR: u64 = 3_600_000;

#[test]
fn an_outage_that_only_a_place_outside_sees_is_told_with_that_place() {
    let begin = later(Shell::new(SITE, 7, |_, _, _| None, |_, _| true).now, 10 * 60_000);
    let finds = move |_: &str, place: &str, now| {
        Some(if place == "outside DE" && now >= begin {
            CheckResult::Down
        } else {
            CheckResult::Up
        })
    };
    let mut shell = Shell::new(SITE, 7, finds, |_, _| true);
    shell.run_until(begin);
    assert!(shell.arrived.is_empty());
    shell.run_until(later(begin, 4 * 60_000));
    let opened: Vec<_> = shell.arrived.iter().filter(|it| it.kind == AlertKind::Opened).collect();
    assert_eq!(opened.len(), 1, "the certificate is not asked for again so soon");
    let incidents: Vec<&String> = shell.storage.incidents.values().collect();
    assert!(incidents[0].contains("\"outside DE\""), "{}", incidents[0]);
    // What was stored is found again under the same name.
    shell.kill();
    shell.run_until(later(begin, 5 * 60_000));
    assert_eq!(shell.arrived.iter().filter(|it| it.kind == AlertKind::Opened).count(), 1);
}

#[test]
fn a_registry_that_says_nothing_makes_its_check_unknown_and_is_not_pressed() {
    let begin = Shell::new(DOMAIN, 3, |_, _, _| None, |_, _| true).now;
    let silent = later(begin, 20 * HOUR);
    let finds = move |check: &str, _: &str, now| {
        (check == "page" || now < silent).then_some(CheckResult::Up)
    };
    let mut shell = Shell::new(DOMAIN, 3, finds, |_, _| true);
    let state = |shell: &mut Shell<_, _>| {
        let watched =
            shell.host().checks().find(|it| it.name == "domain").map(|it| it.monitor.state());
        watched.expect("the check")
    };
    shell.run_until(silent);
    assert_eq!(state(&mut shell), CheckState::Up);
    shell.run_until(later(silent, 96 * HOUR));
    assert_eq!(state(&mut shell), CheckState::Unknown);
    assert!(shell.arrived.is_empty(), "nobody is told: {:?}", shell.arrived);
    let asked = shell.probed.iter().filter(|(_, check)| check == "domain").count();
    assert!((9..=11).contains(&asked), "{asked} times in 116 hours");
}
