//! The forms that travel and are stored. A literal that fails means that what is stored, or what an
//! isolate of another deployment sends, can no longer be read: raise the version, and read the old
//! one too.

use breakwater_core::base::id::CircuitId;
use breakwater_core::base::stored::StoredForm as _;
use breakwater_core::base::time::Millis;
use breakwater_core::telemetry::metrics::{
    AnsweredBy, CallLabel, CarriedWork, CircuitLabel, DeliveryLabel, FetchLabel, MessageLabel,
    MetricsDelta, MetricsReport, MetricsSender, MetricsTotals, ObjectLabel, ObservationLabel,
    RejectionLabel, WorkTotals,
};

use crate::{at, shop};

const API: CircuitId = CircuitId::new(1);

/// The last of each list is counted, so that a list that grows at another place is noticed.
fn report() -> MetricsReport {
    let layout = shop();
    let mut delta = MetricsDelta::new(&layout);
    delta.count_answer(&layout, Some(1), AnsweredBy::Origin, 200, Millis::new(80));
    delta.count_answer(&layout, Some(1), AnsweredBy::Own, 500, Millis::new(20_000));
    delta.count_own(&layout);
    delta.count_call(&layout, API, CallLabel::Success, Some(Millis::new(80)));
    delta.count_call(&layout, API, CallLabel::Exhausted, None);
    delta.count_retry(&layout, API);
    delta.count_rejection(&layout, API, RejectionLabel::Full);
    delta.count_object_calls(ObjectLabel::Prober, 1);
    MetricsSender::new(u64::MAX).next(&mut delta, &layout, API).unwrap()
}

const REPORT: &str = concat!(
    r#"[1,18446744073709551615,1,[["/api/*","api",0,1,9,1,19,1,22,1,29,1,30,20080],"#,
    r#"["other","other",9,1]],[["api","api",0,1,4,1,5,1,10,1,19,1,27,80]],[0,0,0,0,1]]"#,
);

const TOTALS: &str = concat!(
    r#"{"version":1,"metrics":[[["/api/*","api",0,1,9,1,19,1,22,1,29,1,30,20080],"#,
    r#"["other","other",9,1]],[["api","api",0,1,4,1,5,1,10,1,16,1,19,1,27,80]],[0,0,0,0,1]]}"#,
);

#[test]
fn the_form_of_a_report_is_this() {
    assert_eq!(serde_json::to_string(&report()).unwrap(), REPORT);
    assert_eq!(serde_json::from_str::<MetricsReport>(REPORT).unwrap(), report());
    assert_eq!(breakwater_core::base::json::read::<MetricsReport>(REPORT).unwrap(), report());
}

#[test]
fn the_stored_form_of_totals_is_this() {
    let layout = shop();
    let mut totals = MetricsTotals::default();
    assert!(totals.merge(&layout, &report(), at(5)));
    assert!(!totals.merge(&layout, &report(), at(6)), "it is added once");
    totals.count_transition(&layout, API, CircuitLabel::MetricsOnly);
    assert_eq!(totals.to_stored(), TOTALS);
    let row = totals.replica(u64::MAX).unwrap();
    assert_eq!(serde_json::to_string(&row).unwrap(), "[18446744073709551615,1,1700000000006]");
    let mut read = MetricsTotals::from_stored(TOTALS).unwrap();
    read.remember([row]);
    assert_eq!(read, totals);
    assert!(!read.merge(&layout, &report(), at(7)), "it is added once");
}

#[test]
fn the_stored_form_of_work_is_this() {
    let mut work = WorkTotals::default();
    work.count_observation(ObservationLabel::Down);
    work.count_alert(MessageLabel::Test);
    work.count_delivery(DeliveryLabel::Dead);
    work.count_fetches(FetchLabel::Held, 3);
    let stored = r#"{"version":1,"work":[0,0,1,0,0,0,1,0,0,1,0,0,0,0,3]}"#;
    assert_eq!(work.to_stored(), stored);
    assert_eq!(WorkTotals::from_stored(stored).unwrap(), work);
    let mut twice = work;
    twice.merge(&work);
    assert_eq!(twice.to_stored(), r#"{"version":1,"work":[0,0,2,0,0,0,2,0,0,2,0,0,0,0,6]}"#);
}

#[test]
fn totals_of_another_version_do_not_spoil_the_form_that_carries_them() {
    let mut work = WorkTotals::default();
    work.count_observation(ObservationLabel::Up);
    let carried = CarriedWork(Some(work));
    let text = "[1,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0]";
    assert_eq!(serde_json::to_string(&carried).unwrap(), text);
    assert_eq!(serde_json::from_str::<CarriedWork>(text).unwrap(), carried);
    for other in ["[]", "[1]", "[2,1,0,0]", &text.replacen('1', "2", 1), &text.replace(']', ",0]")]
    {
        assert!(serde_json::from_str::<CarriedWork>(other).unwrap().is_none(), "{other}");
    }
}

#[test]
fn the_latest_of_several_rows_has_all_counts() {
    let mut work = WorkTotals::default();
    work.count_alert(MessageLabel::Opened);
    let earlier = work;
    work.count_alert(MessageLabel::Opened);
    work.count_delivery(DeliveryLabel::Dead);
    for [first, second] in [[earlier, work], [work, earlier]] {
        let mut read = first;
        read.raise_to(&second);
        assert_eq!(read, work);
    }
}

#[test]
fn what_is_no_report_is_refused_by_name() {
    let row = |row: &str| format!("[1,7,1,[{row}],[],[0,0,0,0,0]]");
    let rows = vec![r#"["a","b",0,1]"#; 102].join(",");
    let long = format!(r#"["{}","b"]"#, "x".repeat(257));
    for (text, error) in [
        (REPORT.replacen('1', "2", 1), "version 2 of a report of metrics, expected 1"),
        (row(&rows), "102 rows in a report of metrics, expected at most 101"),
        (row(r#"["a","b",0]"#), "column 0 has no count"),
        (row(r#"["a","b",1,1,1,1]"#), "column 1 is out of order, expected a higher one"),
        (row(&long), "a label of 257 bytes, expected at most 256"),
    ] {
        let found = serde_json::from_str::<MetricsReport>(&text).unwrap_err().to_string();
        assert!(found.starts_with(error), "{found}");
    }
    for text in ["", "null", "[]", "[1]", &row(r#"["a"]"#), &row(r#"["a","b",0,-1]"#)] {
        assert!(serde_json::from_str::<MetricsReport>(text).is_err(), "{text}");
    }
}

#[test]
fn a_column_that_is_not_known_is_passed_over() {
    let layout = shop();
    let text = r#"[1,7,1,[["/api/*","api",0,2,999,5]],[],[0,0,0,0,0]]"#;
    let mut totals = MetricsTotals::default();
    totals.merge(&layout, &serde_json::from_str(text).unwrap(), at(0));
    assert!(totals.to_stored().contains(r#"["/api/*","api",0,2]"#));
}
