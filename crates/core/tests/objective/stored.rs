//! The stored forms, which outlive deployments.

use breakwater_core::base::stored::StoredForm as _;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::watch::objective::{
    BurnAlert, OBJECTIVE_WINDOW_MAX, OBJECTIVES_MAX, Objective, ObjectiveCounts, ObjectiveHours,
    ObjectiveMinutes, ObjectiveTally,
};

use crate::{loaded, minutes, objective, stored};

/// The least size of a row that the database refuses, in bytes
/// (developers.cloudflare.com/durable-objects/platform/limits).
const ROW_MAX: usize = 2_000_000;

const fn counts(good: u64, bad: u64) -> ObjectiveCounts {
    ObjectiveCounts { good, bad }
}

#[test]
fn the_stored_forms_are_these() {
    let objective = objective("99.9%");
    let mut tally = ObjectiveTally::default();
    let begin = Timestamp::from_millis(3_600_000_000);
    tally.record(&objective, counts(70, 30), begin);
    tally.record(&objective, counts(5, 0), begin + minutes(2));
    tally.record(&objective, counts(1, 1), begin + minutes(60));
    assert_eq!(tally.judge(&objective, begin + minutes(60)).len(), 1);
    assert_eq!(
        stored(&objective, &tally),
        (
            concat!(
                r#"{"version":1,"objectives":{"orders":{"minutes":{"last":60060,"counts":"#,
                r#"[[70,30],[0,0],[5,0],"#,
                "[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],",
                "[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],",
                "[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],",
                "[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],[0,0],",
                "[0,0],[0,0],[0,0],[0,0],[0,0],",
                r#"[1,1]]},"ticket":3603600000}}}"#,
            )
            .into(),
            concat!(
                r#"{"version":1,"objective-hours":"#,
                r#"{"orders":{"last":1001,"counts":[[75,30],[1,1]]}}}"#,
            )
            .into(),
        )
    );
}

#[test]
fn what_another_version_wrote_is_refused() {
    assert!(ObjectiveMinutes::from_stored(r#"{"version":2,"objectives":{}}"#).is_err());
    assert!(ObjectiveHours::from_stored(r#"{"version":2,"objective-hours":{}}"#).is_err());
    assert!(ObjectiveHours::from_stored(r#"{"version":1,"hours":{}}"#).is_err());
}

#[test]
fn the_hours_may_be_as_old_as_the_beginning_of_the_one_that_runs() {
    let objective = objective("99.9%");
    let mut tally = ObjectiveTally::default();
    let begin = Timestamp::from_millis(3_600_000_000);
    let mut hours = String::new();
    for minute in 0..300 {
        let now = begin + minutes(minute);
        tally.record(&objective, counts(10, minute % 2), now);
        if minute % 60 == 0 {
            hours = stored(&objective, &tally).1;
        }
        let kept = loaded(&objective, &(stored(&objective, &tally).0, hours.clone()));
        assert_eq!(kept, tally, "minute {minute}");
    }
}

#[test]
fn lost_hours_are_made_of_the_minutes_that_are_left() {
    let objective = objective("99.9%");
    let mut tally = ObjectiveTally::default();
    let begin = Timestamp::from_millis(3_600_000_000);
    for minute in 0..1_000 {
        tally.record(&objective, counts(10, 1), begin + minutes(minute));
    }
    let now = begin + minutes(999);
    let none = ObjectiveHours::default().to_stored();
    let kept = loaded(&objective, &(stored(&objective, &tally).0, none));
    assert_eq!(kept.counts(objective.window, now), counts(3_600, 360));
    assert_eq!(tally.counts(objective.window, now), counts(10_000, 1_000));
}

#[test]
fn what_fires_is_stored() {
    let objective = objective("99.9%");
    let mut tally = ObjectiveTally::default();
    let now = Timestamp::from_millis(3_600_000_000);
    tally.record(&objective, counts(0, 30), now);
    assert_eq!(tally.judge(&objective, now).len(), 1);
    let kept = loaded(&objective, &stored(&objective, &tally));
    assert_eq!(kept.firing_since(BurnAlert::Page), Some(now));
}

#[test]
fn as_many_objectives_as_a_file_may_have_fit_into_two_rows() {
    let objective = Objective { window: OBJECTIVE_WINDOW_MAX, ..objective("99.9%") };
    let mut tally = ObjectiveTally::default();
    let begin = Timestamp::from_millis(3_600_000_000);
    let hours = OBJECTIVE_WINDOW_MAX.get() / 3_600_000;
    for hour in 0..hours + 10 {
        // 12,000 requests in each second.
        let now = begin + Millis::from_secs(3600 * hour);
        tally.record(&objective, counts(43_200_000, 432_000), now);
    }
    let last = begin + Millis::from_secs(3600 * (hours + 9));
    for minute in 0..360 {
        let now = last + minutes(minute);
        tally.record(&objective, counts(720_000, 7_200), now);
    }
    let (minutes, hours) = stored(&objective, &tally);
    assert!(minutes.len() * OBJECTIVES_MAX < ROW_MAX, "{}", minutes.len());
    assert!(hours.len() * OBJECTIVES_MAX < ROW_MAX, "{}", hours.len());
}
