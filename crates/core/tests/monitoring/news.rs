//! What consoles are told.

use breakwater_core::circuit::breaker::State;
use breakwater_core::site::live::{DeliveryNews, LiveNews};
use breakwater_core::watch::incident::IncidentState;
use breakwater_core::watch::monitor::{CheckResult, CheckState};

use crate::later;
use crate::shell::Shell;

const FILE: &str = "
[[checks]]
name = \"frontend\"
url = \"https://shop.example/\"
every = \"10s\"
[[channels]]
name = \"ops\"
kind = \"slack\"
url = \"https://hooks.example/\"
";

/// The news of an outage that lasts ten minutes and begins after one.
fn news_of_an_outage() -> Vec<LiveNews> {
    let begin = Shell::new(FILE, 1, |_, _, _| None, |_, _| true).now;
    let (down, up) = (later(begin, 60_000), later(begin, 660_000));
    let finds = move |_: &str, _: &str, now| {
        Some(if now < down || now >= up { CheckResult::Up } else { CheckResult::Down })
    };
    let mut shell = Shell::new(FILE, 1, finds, |_, _| true);
    let mut news = Vec::new();
    while shell.step(later(begin, 1_200_000)) {
        news.extend(shell.host().poll_news());
    }
    news
}

#[test]
fn a_turn_is_told_once_and_a_steady_check_tells_nothing() {
    let turns: Vec<_> = news_of_an_outage()
        .into_iter()
        .filter_map(|news| match news {
            LiveNews::Check { check, from, to } if check == "frontend" => Some((from, to)),
            LiveNews::Check { .. }
            | LiveNews::Circuit { .. }
            | LiveNews::Incident { .. }
            | LiveNews::Delivery { .. }
            | LiveNews::Order { .. }
            | LiveNews::More => None,
        })
        .collect();
    let expected = [
        (CheckState::Pending, CheckState::Up),
        (CheckState::Up, CheckState::Down),
        (CheckState::Down, CheckState::Up),
    ];
    assert_eq!(turns, expected);
}

#[test]
fn an_incident_and_the_delivery_of_its_alerts_are_told() {
    let news = news_of_an_outage();
    let states: Vec<_> = news
        .iter()
        .filter_map(|news| match news {
            LiveNews::Incident { state, .. } => Some(*state),
            LiveNews::Check { .. }
            | LiveNews::Circuit { .. }
            | LiveNews::Delivery { .. }
            | LiveNews::Order { .. }
            | LiveNews::More => None,
        })
        .collect();
    assert_eq!(states.first(), Some(&IncidentState::Investigating));
    assert_eq!(states.last(), Some(&IncidentState::Resolved));
    let delivered = news.iter().filter(
        |news| matches!(news, LiveNews::Delivery { end: DeliveryNews::Delivered, channel, .. } if channel == "ops"),
    );
    assert_eq!(delivered.count(), 2, "its beginning and its end");
}

#[test]
fn a_circuit_that_turned_is_told_and_an_opening_that_is_extended_is_not() {
    let mut shell = Shell::new(FILE, 1, |_, _, _| Some(CheckResult::Up), |_, _| true);
    shell.run_until(later(shell.now, 30_000));
    let (rules, now) = (shell.rules.clone(), shell.now);
    shell.host().poll_news();
    for from in [State::Closed, State::Open] {
        shell.host().handle_circuit(&rules, "web", ("web", from, State::Open), 0, now);
    }
    let (upstream, circuit) = ("web".to_owned(), "web".to_owned());
    let turned = LiveNews::Circuit { upstream, circuit, from: State::Closed, to: State::Open };
    assert_eq!(shell.host().poll_news(), [turned]);
}

#[test]
fn an_order_is_told_as_the_history_shows_it() {
    let mut shell = Shell::new(FILE, 1, |_, _, _| None, |_, _| true);
    let now = shell.now;
    shell.host().poll_news();
    shell.host().handle_ordered(r#"{"at":7,"event":"purge"}"#, now);
    shell.host().handle_ordered("no event", now);
    let event = serde_json::json!({ "at": 7, "event": "purge" });
    assert_eq!(shell.host().poll_news(), [LiveNews::Order { event }]);
}
