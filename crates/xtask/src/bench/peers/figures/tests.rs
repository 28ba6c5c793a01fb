use super::*;
use crate::bench::peers::arrivals;
use crate::bench::peers::tool::Tool;

const SPAN: Span = Span { struck: 20.0, ended: 65.0, mended: 65.5, over: 105.0 };

fn visit(ask: Ask, begun: f64, took: f64, outcome: Outcome) -> Visit {
    Visit { ask, has_cookie: false, begun, took, outcome }
}

fn figures(visits: Vec<Visit>, arrived: &str) -> Figures {
    let arrivals = arrivals::parse(arrived, 0);
    Figures::of(&Record { tool: Tool::Nginx, visits, arrivals }, SPAN)
}

#[test]
fn good_answers_are_a_share_of_what_was_begun_in_the_outage() {
    let with_cookie = Visit { has_cookie: true, ..visit(Ask::Seen, 30.0, 0.1, Outcome::Good) };
    let found = figures(
        vec![
            visit(Ask::Seen, 19.9, 0.1, Outcome::Cut),
            visit(Ask::Seen, 20.0, 0.1, Outcome::Good),
            visit(Ask::Seen, 64.9, 0.1, Outcome::Status(503)),
            visit(Ask::Seen, 65.2, 0.1, Outcome::Cut),
            visit(Ask::Order, 30.0, 0.1, Outcome::Cut),
            with_cookie,
        ],
        "",
    );
    let [all, seen, cookie, unseen, .., order, _] = found.good;
    assert_eq!((all, cookie, unseen, order), (Some(50.0), Some(100.0), None, Some(0.0)));
    assert!(seen.is_some_and(|seen| (66.6..66.7).contains(&seen)));
    assert_eq!((found.cut, found.wrong), (1, 0));
}

#[test]
fn waits_are_told_of_all_the_outage_and_from_its_third_second_on() {
    let mut visits = vec![visit(Ask::Seen, 21.9, 2.0, Outcome::Good)];
    visits.extend((0..3).map(|n| visit(Ask::Seen, 22.0, 0.001 * f64::from(n), Outcome::Good)));
    visits.push(visit(Ask::Order, 23.0, 9.0, Outcome::Good));
    let found = figures(visits, "");
    assert_eq!(found.seen, Some(Wait { median: 1.0, p99: 2000.0 }));
    assert_eq!(found.seen_later, Some(Wait { median: 1.0, p99: 2.0 }));
}

#[test]
fn percentiles_are_figures_that_were_seen() {
    let ordered: Vec<f64> = (1..=200).map(f64::from).collect();
    assert_eq!((percentile(&ordered, 0.5), percentile(&ordered, 0.99)), (Some(100.0), Some(198.0)));
    assert_eq!((percentile(&[7.0], 0.5), percentile(&[7.0], 0.99)), (Some(7.0), Some(7.0)));
    assert_eq!(percentile(&[], 0.5), None);
}

#[test]
fn waiting_is_clipped_to_the_outage() {
    let found = figures(
        vec![
            visit(Ask::Seen, 10.0, 19.0, Outcome::Good),
            visit(Ask::Seen, 60.0, 33.0, Outcome::GaveUp),
            visit(Ask::Seen, 70.0, 10.0, Outcome::Good),
        ],
        "",
    );
    // 9 s and 5 s of 45 s that each of 40 visitors had.
    assert!((found.waiting - 14.0 / 1_800.0 * 100.0).abs() < 1e-9, "{}", found.waiting);
}

#[test]
fn recovery_is_from_when_on_almost_all_is_good() {
    let good = |at| visit(Ask::Order, at, 0.1, Outcome::Good);
    let bad = |at| visit(Ask::New, at, 0.1, Outcome::Status(503));
    let spread = || (0..200).map(|n| good(70.0 + f64::from(n) / 10.0));
    let of = |visits: Vec<Visit>| figures(visits, "").recovery;
    assert_eq!(of(spread().collect()), Some(0.0));
    assert_eq!(of(spread().chain([bad(66.0)]).collect()), Some(0.0), "1 of 201");
    let few = [66.0, 67.0, 68.0, 69.0].map(bad);
    assert_eq!(of(spread().chain(few).collect()), Some(2.5), "2 of 202 may be bad, from 68 s on");
    assert_eq!(of(vec![bad(66.0), good(104.0)]), None, "one good answer at the end");
    assert_eq!(of(Vec::new()), None);
    let seen = visit(Ask::Seen, 66.0, 0.1, Outcome::Status(503));
    assert_eq!(of(spread().chain([seen]).collect()), Some(0.0), "it needs no backend");
}

#[test]
fn arrivals_count_by_when_and_for_whom_they_came() {
    let line = |at: u32, agent: &str| format!("{at}\tGET\t/\t\t{agent}\n");
    let arrived = [
        line(5_000, arrivals::AGENT),
        line(5_500, "probe"),
        line(20_000, arrivals::AGENT),
        line(64_999, "probe"),
        line(65_200, arrivals::AGENT),
        line(66_000, arrivals::AGENT),
    ];
    let found = figures(vec![visit(Ask::Seen, 5.0, 0.1, Outcome::Good)], &arrived.concat());
    assert_eq!((found.reached, found.busiest), ((1, 1), (1, 2)));
    assert_eq!(found.healthy, (0.05, 0.1));
}
