use super::*;
use crate::circuit::latency::Histogram;
use alloc::vec::Vec;
use proptest::prelude::*;

/// At the start of a minute.
const START: u64 = 28_000_000 * MINUTE_MS;

fn at(ms: u64) -> Timestamp {
    Timestamp::from_millis(START + ms)
}

fn delta(calls: u32, failures: u32) -> Delta {
    Delta { calls, failures, ..Delta::default() }
}

fn reported(took: &[u64], copies: u64) -> ReportedFigures {
    let mut latencies = Histogram::new();
    took.iter().for_each(|&took| latencies.record(Millis::new(took)));
    ReportedFigures {
        latencies: (!took.is_empty()).then_some(latencies),
        answers: EdgeShares { copies, ..EdgeShares::default() },
        ..ReportedFigures::default()
    }
}

fn counted(figures: &CircuitFigures, now: Timestamp) -> Vec<(u64, u32)> {
    let minutes = figures.minutes(now);
    minutes.map(|minute| ((minute.at().as_millis() - START) / MINUTE_MS, minute.calls)).collect()
}

#[test]
fn reports_of_one_minute_add_up() {
    let mut figures = CircuitFigures::default();
    figures.record(&delta(3, 1), &reported(&[5, 5], 4), at(0));
    figures.record(&delta(2, 2), &reported(&[7], 1), at(59_999));
    let minutes: Vec<_> = figures.minutes(at(59_999)).copied().collect();
    let [minute] = minutes[..] else { panic!("{minutes:?}") };
    assert_eq!((minute.calls, minute.failures, minute.answers.copies), (5, 3, 5));
    let latency = minute.latency.unwrap();
    assert_eq!((latency.p50.get(), latency.p99.get(), latency.calls), (5, 7, 3));
}

#[test]
fn a_minute_keeps_its_percentiles_after_its_calls_are_forgotten() {
    let mut figures = CircuitFigures::default();
    figures.record(&delta(1, 0), &reported(&[5], 0), at(0));
    for minute in 1..=20 {
        figures.record(&delta(1, 0), &reported(&[500], 0), at(minute * MINUTE_MS));
    }
    let first = figures.minutes(at(20 * MINUTE_MS)).next().unwrap();
    assert_eq!(first.latency.unwrap().p50, Millis::new(5));
}

#[test]
fn answers_are_those_of_the_minutes_of_the_percentiles() {
    let mut figures = CircuitFigures::default();
    figures.record(&delta(1, 0), &reported(&[], 1), at(0));
    figures.record(&delta(1, 0), &reported(&[], 2), at(MINUTE_MS));
    assert_eq!(figures.answers(at(5 * MINUTE_MS - 1)).copies, 3);
    assert_eq!(figures.answers(at(5 * MINUTE_MS)).copies, 2);
    assert_eq!(figures.answers(at(6 * MINUTE_MS)).total(), 0);
}

#[test]
fn minutes_are_kept_for_an_hour() {
    let mut figures = CircuitFigures::default();
    figures.record(&delta(7, 0), &reported(&[], 0), at(0));
    assert_eq!(counted(&figures, at(60 * MINUTE_MS - 1)), [(0, 7)]);
    assert_eq!(counted(&figures, at(60 * MINUTE_MS)), []);
    figures.record(&delta(1, 0), &reported(&[], 0), at(60 * MINUTE_MS));
    assert_eq!(figures.minutes.len(), 1, "what is too old is not stored either");
}

#[test]
fn a_clock_that_steps_back_has_its_minutes_in_order() {
    let mut figures = CircuitFigures::default();
    figures.record(&delta(1, 0), &reported(&[], 0), at(2 * MINUTE_MS));
    figures.record(&delta(2, 0), &reported(&[], 0), at(MINUTE_MS));
    assert_eq!(counted(&figures, at(MINUTE_MS)), [(1, 2), (2, 1)]);
    figures.record(&delta(3, 0), &reported(&[], 0), at(200 * MINUTE_MS));
    figures.record(&delta(4, 0), &reported(&[], 0), at(MINUTE_MS));
    assert_eq!(counted(&figures, at(MINUTE_MS)), [(1, 4)]);
}

/// If this fails, what is stored can no longer be read.
#[test]
fn the_stored_form_is_unchanged() {
    let mut figures = CircuitFigures::default();
    figures.record(&delta(3, 1), &reported(&[5, 150], 4), at(0));
    figures.record(&delta(1, 0), &reported(&[], 0), at(6 * MINUTE_MS));
    let json = concat!(
        r#"{"version":1,"figures":[[1,[[28000000,[1,4,1,21,1]]]],"#,
        r#"[[28000000,3,1,[5,138,138,2],[0,0,4,0,0,0]],"#,
        r#"[28000006,1,0,null,[0,0,0,0,0,0]]]]}"#
    );
    assert_eq!(figures.to_stored(), json);
    assert_eq!(CircuitFigures::from_kept(json).unwrap(), figures);
}

#[test]
fn latencies_that_were_stored_alone_are_read() {
    let read = CircuitFigures::from_kept("[1,[[28000000,[1,4,1]]]]").unwrap();
    assert_eq!(read.percentiles(at(0)).unwrap().calls, 1);
    assert_eq!(read.minutes(at(0)).count(), 0);
    for unread in [r#"{"version":2,"figures":[]}"#, "[2,[]]", "7", ""] {
        assert!(CircuitFigures::from_kept(unread).is_err(), "{unread}");
    }
}

proptest! {
    #[test]
    fn whatever_the_clock_does_the_minutes_are_bounded_and_in_order(
        steps in proptest::collection::vec((0_u64..200, 0_u32..5), 1..300),
    ) {
        let mut figures = CircuitFigures::default();
        for (minute, calls) in steps {
            figures.record(&delta(calls, 0), &reported(&[3], 1), at(minute * MINUTE_MS));
            prop_assert!(figures.minutes.len() <= MINUTES_KEPT);
            let numbers: Vec<u64> = figures.minutes.iter().map(|it| it.number).collect();
            prop_assert!(numbers.is_sorted_by(|one, next| one < next));
            let latest = figures.minutes(at(minute * MINUTE_MS));
            prop_assert!(latest.map(|it| it.at()).any(|it| it == at(minute * MINUTE_MS)));
        }
    }
}
