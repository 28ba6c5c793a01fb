//! What visitors got, hour by hour, and never how many there were.

use breakwater_core::site::standing::SiteState;
use breakwater_core::site::status::{VISITOR_HOURS_SHOWN, VisitorHour};
use breakwater_core::watch::incident::EdgeShares;
use proptest::prelude::*;

use crate::watch::{Watch, check};
use crate::{HOUR, MINUTE, at};

fn answers(origin: u64, copies: u64, errors: u64) -> EdgeShares {
    EdgeShares { origin, copies, errors, ..EdgeShares::default() }
}

fn round(watch: &mut Watch, answers: EdgeShares, ms: u64) {
    watch.round(&SiteState::default(), &[], answers, at(ms));
}

proptest! {
    #[test]
    fn shares_add_up_to_the_whole(counts in prop::array::uniform6(0..u64::MAX / 8)) {
        let counts = EdgeShares::from_array(counts);
        prop_assume!(counts.total() > 0);
        let hour = VisitorHour::of(at(0), &counts).expect("there were some");
        prop_assert_eq!(hour.permille.total(), 1_000);
        prop_assert!(hour.permille.errors <= 1_000);
        let (total, exact) = (u128::from(counts.total()), counts.to_array());
        for (shown, exact) in hour.permille.to_array().into_iter().zip(exact).skip(1) {
            let exact = u128::from(exact) * 1_000;
            let shown = u128::from(shown) * total;
            prop_assert!(shown + total > exact && shown < exact + total, "a part is rounded");
        }
    }
}

#[test]
fn without_answers_there_is_no_hour() {
    assert_eq!(VisitorHour::of(at(0), &EdgeShares::default()), None);
}

#[test]
fn thirds_are_rounded_to_a_whole() {
    let thirds =
        EdgeShares { origin: 1, copies: 1, snapshots: 1, errors: 1, ..EdgeShares::default() };
    let shown = VisitorHour::of(at(0), &thirds).expect("there were some").permille;
    assert_eq!(shown.to_array(), [333, 334, 333, 333, 0, 0]);
}

#[test]
fn hours_are_summed_and_outlive_the_monitor_s_memory() {
    let mut watch = Watch::of(&format!("{}[status]\nvisitors = true\n", check("a", "")), at(0));
    for minute in 0..150 {
        let is_second = (60..120).contains(&minute);
        let got = if is_second { answers(0, 4, 0) } else { answers(3, 1, 1) };
        round(&mut watch, got, minute * MINUTE);
        watch.reload(at(minute * MINUTE));
    }
    let shown = watch.status(at(150 * MINUTE)).visitors;
    let hour = |number: u64, permille| VisitorHour { hour: at(number * HOUR), permille };
    let mixed = answers(750, 250, 250);
    assert_eq!(shown, [hour(0, mixed), hour(1, answers(0, 1_000, 0)), hour(2, mixed)]);
}

#[test]
fn the_latest_hours_are_shown() {
    let mut watch = Watch::of("[status]\nvisitors = true\n", at(0));
    for hour in 0..100 {
        round(&mut watch, answers(1, 0, 0), hour * HOUR);
    }
    let shown = watch.status(at(99 * HOUR)).visitors;
    assert_eq!(shown.len(), VISITOR_HOURS_SHOWN);
    assert_eq!((shown[0].hour, shown[47].hour), (at(52 * HOUR), at(99 * HOUR)));
    // An hour in which no visitor came is left out.
    assert_eq!(watch.status(at(101 * HOUR)).visitors.len(), VISITOR_HOURS_SHOWN - 2);
}

#[test]
fn shares_are_neither_told_nor_kept_unless_the_file_says_so() {
    let mut watch = Watch::of(&check("a", ""), at(0));
    round(&mut watch, answers(1, 0, 0), 0);
    round(&mut watch, answers(1, 0, 0), HOUR);
    assert_eq!(watch.status(at(HOUR)).visitors, []);
    assert_eq!(watch.hour, None);
}
