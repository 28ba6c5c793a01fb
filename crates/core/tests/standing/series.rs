//! Maintenance that recurs: by the clocks of a zone, lifted for once or for good.

use breakwater_core::base::rfc3339;
use breakwater_core::base::stored::StoredForm as _;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::base::zone::TimeZoneRule;
use breakwater_core::site::closed::closed;
use breakwater_core::site::config::{NamedZone, WatchRules};
use breakwater_core::site::operator::{MaintenanceSchedule, SeriesView, SiteOrder};
use breakwater_core::site::standing::{ORDERED_MAX, SiteState, TooMany};
use breakwater_core::watch::maintenance::{Maintenance, MaintenanceSeries, Recurrence, Window};
use proptest::prelude::*;

/// A Monday, at 2:00 in Berlin.
const FIRST: &str = "2026-12-07T01:00:00Z";

fn time(text: &str) -> Timestamp {
    rfc3339::parse(text).expect("a time")
}

fn rules() -> WatchRules {
    let rule = TimeZoneRule::parse("CET-1CEST,M3.5.0,M10.5.0/3").expect("a rule");
    let zone = Some(NamedZone { name: "Europe/Berlin".into(), rule });
    WatchRules { zone, ..WatchRules::default() }
}

fn order(body: &str, now: Timestamp) -> Result<SiteOrder, String> {
    let order = SiteOrder::parse_maintenance(body.as_bytes(), &rules(), now);
    order.map_err(|error| error.to_string())
}

fn series(body: &str) -> MaintenanceSeries {
    let order = order(body, time("2026-11-28T00:00:00Z"));
    let Ok(SiteOrder::Series { series, .. }) = order else { panic!("{order:?}") };
    *series
}

/// An hour each Monday at 2:00, for some paths.
fn weekly(paths: &str) -> String {
    format!(
        r#"{{"match": "{paths}", "start": "2026-12-07T02:00:00", "zone": "Europe/Berlin",
            "lasts": "1h", "rrule": "FREQ=WEEKLY;BYDAY=MO", "reason": "a"}}"#
    )
}

struct Site {
    standing: SiteState,
    schedule: MaintenanceSchedule,
    file: Maintenance,
}

impl Site {
    fn new() -> Self {
        let (standing, schedule) = Default::default();
        Self { standing, schedule, file: Maintenance::default() }
    }

    fn follow(&mut self, order: &SiteOrder, now: Timestamp) -> Result<Vec<Window>, TooMany> {
        self.schedule.follow(order, &mut self.standing, &self.file, now)
    }

    fn lift(&mut self, body: &str, now: Timestamp) -> Vec<Window> {
        let order = SiteOrder::parse_lift_maintenance(body.as_bytes()).expect("an order");
        self.follow(&order, now).expect("room")
    }

    /// Until when a path is closed, as an isolate knows that asks now.
    fn until(&mut self, path: &str, now: Timestamp) -> Option<Timestamp> {
        self.schedule.refresh(&mut self.standing, now);
        closed(&self.file, &self.standing, path, now).map(|closed| closed.until)
    }
}

#[test]
fn what_recurs_closes_the_site_each_time_for_as_long_as_it_lasts() {
    let begin = time("2026-11-28T00:00:00Z");
    let mut site = Site::new();
    let order = order(&weekly("/*"), begin).expect("an order");
    assert_eq!(site.follow(&order, begin), Ok(Vec::new()));
    assert_eq!(site.standing.windows().len(), 3, "isolates know the next ones");
    let week = Millis::from_secs(7 * 86_400);
    let mut at = time(FIRST);
    // Until the Monday after the clocks are set forward, at 2:00 there.
    for _ in 0..16 {
        assert_eq!(site.until("/", at), Some(at + Millis::from_secs(3_600)));
        assert_eq!(site.until("/", at + Millis::from_secs(3_600)), None);
        at = at + week;
    }
    assert_eq!(at, time("2027-03-29T01:00:00Z"));
    assert_eq!(site.until("/", at.before(Millis::from_secs(3_600))), Some(at));
    assert_eq!(site.standing.windows().len(), 3, "what is over goes");
}

#[test]
fn an_isolate_learns_of_windows_by_a_higher_sequence_and_only_then() {
    let begin = time("2026-11-28T00:00:00Z");
    let mut site = Site::new();
    site.follow(&order(&weekly("/*"), begin).expect("an order"), begin).expect("room");
    let before = site.standing.sequence();
    assert!(!site.schedule.refresh(&mut site.standing, time("2026-12-07T01:59:59Z")));
    assert_eq!(site.standing.sequence(), before);
    assert!(site.schedule.refresh(&mut site.standing, time("2026-12-07T02:00:00Z")));
    assert!(site.standing.sequence() > before);
}

#[test]
fn lifting_ends_one_time_or_the_series() {
    let begin = time("2026-11-28T00:00:00Z");
    let mut site = Site::new();
    site.follow(&order(&weekly("/*"), begin).expect("an order"), begin).expect("room");
    assert_eq!(site.lift("", begin), [], "nothing holds now");
    let held = time("2026-12-07T01:30:00Z");
    let lifted = site.lift("", held);
    assert_eq!(lifted.iter().map(|it| it.start).collect::<Vec<_>>(), [time(FIRST)]);
    assert_eq!(site.until("/", held), None);
    let next = time("2026-12-14T01:30:00Z");
    assert!(site.until("/", next).is_some(), "the next one comes");
    // By its paths, the one that comes next is lifted before it begins.
    let after = time("2026-12-14T03:00:00Z");
    let lifted = site.lift(r#"{"match": "/*"}"#, after);
    assert_eq!(lifted[0].start, time("2026-12-21T01:00:00Z"));
    assert_eq!(site.until("/", time("2026-12-21T01:30:00Z")), None);
    assert!(site.until("/", time("2026-12-28T01:30:00Z")).is_some());
    let lifted = site.lift(r#"{"match": "/*", "series": true}"#, time("2026-12-29T00:00:00Z"));
    assert_eq!(lifted.len(), 1, "what would have come next");
    assert_eq!(site.until("/", time("2027-01-04T01:30:00Z")), None);
    assert_eq!((site.schedule.series().len(), site.standing.windows().len()), (0, 0));
}

#[test]
fn a_single_window_and_a_series_of_the_same_paths_stand_beside_each_other() {
    let begin = time("2026-11-28T00:00:00Z");
    let mut site = Site::new();
    site.follow(&order(&weekly("/*"), begin).expect("an order"), begin).expect("room");
    let once = order(r#"{"lasts": "1h", "reason": "a"}"#, begin).expect("an order");
    site.follow(&once, begin).expect("room");
    assert!(site.until("/", begin).is_some());
    assert!(site.until("/", time("2026-12-07T01:30:00Z")).is_some());
    // Another series of the same paths takes the place of the one before.
    let other = weekly("/*").replace("BYDAY=MO", "BYDAY=MO,TU");
    site.follow(&order(&other, begin).expect("an order"), begin).expect("room");
    assert_eq!(site.schedule.series().len(), 1);
    assert!(site.until("/", time("2026-12-08T01:30:00Z")).is_some());
}

#[test]
fn the_number_of_series_is_limited_and_a_refused_one_changes_nothing() {
    let begin = time("2026-11-28T00:00:00Z");
    let mut site = Site::new();
    for id in 0..ORDERED_MAX {
        let order = order(&weekly(&format!("/{id}")), begin).expect("an order");
        assert!(site.follow(&order, begin).is_ok());
    }
    let windows = site.standing.windows().to_vec();
    let more = order(&weekly("/more"), begin).expect("an order");
    assert_eq!(site.follow(&more, begin), Err(TooMany));
    assert_eq!(site.standing.windows(), windows);
}

#[test]
fn a_series_that_is_over_goes() {
    let begin = time("2026-11-28T00:00:00Z");
    let mut site = Site::new();
    let twice = weekly("/*").replace("BYDAY=MO", "BYDAY=MO;COUNT=2");
    site.follow(&order(&twice, begin).expect("an order"), begin).expect("room");
    assert_eq!(site.standing.windows().len(), 2);
    assert!(site.until("/", time("2026-12-14T01:59:59Z")).is_some());
    assert_eq!(site.until("/", time("2026-12-21T01:30:00Z")), None);
    assert_eq!(site.schedule.series().len(), 0);
}

#[track_caller]
fn refused(change: (&str, &str), error: &str) {
    let body = weekly("/*").replace(change.0, change.1);
    assert_ne!(body, weekly("/*"));
    let found = order(&body, time("2026-11-28T00:00:00Z")).expect_err("it is refused");
    assert!(found.contains(error), "{found}");
}

#[test]
fn what_makes_no_sense_is_refused() {
    refused(("2026-12-07T02:00:00", "2026-12-07T02:00:00Z"), "without an offset");
    refused(("2026-12-07T02:00:00", "2026-12-08T02:00:00"), "that `rrule` itself meets");
    refused(("2026-12-07T02:00:00", "2026-02-30T02:00:00"), "without an offset");
    refused(("BYDAY=MO", "BYDAY=MO;UNTIL=20261101T000000Z"), "after which more are to come");
    refused((r#""zone": "Europe/Berlin""#, r#""zone": "Europe/Paris""#), "`zone` of the site file");
    refused((r#""lasts": "1h""#, r#""lasts": "8d""#), "`1s` to `7d`");
    refused((r#""lasts": "1h""#, r#""end": "2026-12-07T03:00:00Z""#), "`lasts` beside `rrule`");
    for rule in [
        "",
        "FREQ=YEARLY",
        "FREQ=WEEKLY;BYDAY=1MO",
        "BYDAY=MO",
        "FREQ=WEEKLY;BYMONTHDAY=1",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=367",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;COUNT=2;UNTIL=20270101T000000Z",
        "FREQ=DAILY;FREQ=DAILY",
        "FREQ=DAILY;WKST=SU",
        "FREQ=DAILY;BYHOUR=2",
        "RRULE:FREQ=DAILY",
        "FREQ=MONTHLY;BYDAY=6MO",
        "FREQ=daily",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=DAILY;UNTIL=20270101",
        "FREQ=DAILY;UNTIL=2027010éT00000Z",
        "FREQ=WEEKLY;BYDAY=é",
        "FREQ=DAILY;",
    ] {
        refused(("FREQ=WEEKLY;BYDAY=MO", rule), "`FREQ=WEEKLY;BYDAY=MO`");
    }
    let once = r#"{"lasts": "1h", "zone": "UTC", "reason": "a"}"#;
    let found = order(once, time(FIRST)).expect_err("it is refused");
    assert!(found.contains("nothing without `rrule`"), "{found}");
}

#[test]
fn a_zone_is_the_sites_own_by_default_or_utc() {
    let own = series(&weekly("/*").replace(r#""zone": "Europe/Berlin","#, ""));
    assert_eq!(own, series(&weekly("/*")));
    let utc = series(&weekly("/*").replace("Europe/Berlin", "UTC"));
    let begins = |series: &MaintenanceSeries| series.windows(Timestamp::default()).next();
    assert_eq!(begins(&utc).map(|it| it.start), Some(time("2026-12-07T02:00:00Z")));
    let tokyo = order(&weekly("/*").replace("Europe/Berlin", "Asia/Tokyo"), Timestamp::default());
    let error = "`zone` cannot be `Asia/Tokyo`, expected `UTC`, or the `zone` of the site file";
    assert_eq!(tokyo, Err(error.into()));
}

#[test]
fn operators_see_a_series_as_they_ordered_it_with_the_rule_of_its_zone() {
    let shown = serde_json::to_value(SeriesView(&series(&weekly("/*")))).expect("JSON");
    let expected = serde_json::json!({
        "match": "/*",
        "start": "2026-12-07T02:00:00",
        "zone": "CET-1CEST,M3.5.0,M10.5.0/3",
        "lasts": "1h",
        "rrule": "FREQ=WEEKLY;BYDAY=MO",
    });
    assert_eq!(shown, expected);
}

#[test]
fn a_time_that_is_skipped_is_as_long_after_the_gap_began() {
    let body = weekly("/*")
        .replace("2026-12-07T02:00:00", "2027-03-21T02:30:00")
        .replace("BYDAY=MO", "BYDAY=SU");
    let starts: Vec<Timestamp> =
        series(&body).windows(Timestamp::default()).take(3).map(|it| it.start).collect();
    let expected = ["2027-03-21T01:30:00Z", "2027-03-28T01:30:00Z", "2027-04-04T00:30:00Z"];
    assert_eq!(starts, expected.map(time));
}

#[test]
fn the_stored_form_is_this() {
    let begin = time("2026-11-28T00:00:00Z");
    let mut site = Site::new();
    let body = weekly("/*").replace("BYDAY=MO", "BYDAY=MO;COUNT=2");
    site.follow(&order(&body, begin).expect("an order"), begin).expect("room");
    site.lift(r#"{"match": "/*"}"#, begin);
    let stored = concat!(
        r#"{"version":1,"schedule":{"series":[{"pattern":"/*","start":1796608800,"#,
        r#""zone":["CET-1CEST,M3.5.0,M10.5.0/3",3600,[7200,[3,5,0,7200],[10,5,0,10800]]],"#,
        r#""lasts":"1h","#,
        r#""rule":"FREQ=WEEKLY;BYDAY=MO;COUNT=2","message":null,"skipped":[1796605200000]}],"#,
        r#""shown":[["/*",1797210000000,1797213600000,null]]}}"#,
    );
    assert_eq!(site.schedule.to_stored(), stored);
    assert_eq!(MaintenanceSchedule::from_stored(stored), Ok(site.schedule));
    assert!(
        MaintenanceSchedule::from_stored(&stored.replace("\"version\":1", "\"version\":2"))
            .is_err()
    );
}

#[test]
fn days_with_and_without_an_ordinal_stand_beside_each_other() {
    // RFC 5545 §3.3.10 lists days. The crate `rrule` and python-dateutil find none, since they want
    // both kinds at once.
    let body = weekly("/*")
        .replace("2026-12-07T02:00:00", "2026-12-05T02:00:00")
        .replace("FREQ=WEEKLY;BYDAY=MO", "FREQ=MONTHLY;BYDAY=3SU,SA");
    let series = series(&body);
    let starts = series.windows(Timestamp::default()).take(5);
    let starts: Vec<String> =
        starts.map(|it| rfc3339::Shown(it.start).to_string()[..10].to_owned()).collect();
    let expected = ["2026-12-05", "2026-12-12", "2026-12-19", "2026-12-20", "2026-12-26"];
    assert_eq!(starts, expected);
}

/// The rule of a series, which has an interval and days.
fn rule() -> impl Strategy<Value = String> {
    let weekdays = prop::sample::subsequence(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"], 1..4);
    let ordinals = prop::sample::subsequence(vec!["1MO", "2TU", "-1FR", "3SU", "-2WE"], 1..3);
    let month_days = prop::sample::subsequence(vec!["1", "15", "28", "31", "-1", "-7"], 1..3);
    let by_day = |days: Vec<&'static str>| format!(";BYDAY={}", days.join(","));
    let by_month_day = |days: Vec<&'static str>| format!(";BYMONTHDAY={}", days.join(","));
    let by = prop_oneof![
        Just("DAILY".to_owned()),
        weekdays.clone().prop_map(move |it| ["DAILY", &by_day(it)].concat()),
        Just("WEEKLY".to_owned()),
        weekdays.clone().prop_map(move |it| ["WEEKLY", &by_day(it)].concat()),
        Just("MONTHLY".to_owned()),
        ordinals.prop_map(move |it| ["MONTHLY", &by_day(it)].concat()),
        month_days.clone().prop_map(move |it| ["MONTHLY", &by_month_day(it)].concat()),
        (month_days, weekdays).prop_map(move |(of, it)| [
            "MONTHLY",
            &by_month_day(of),
            &by_day(it)
        ]
        .concat()),
    ];
    let end = prop_oneof![
        Just(String::new()),
        (1_u32..9).prop_map(|count| format!(";COUNT={count}")),
        (1_u32..13, 1_u32..29)
            .prop_map(|(month, day)| { format!(";UNTIL=2028{month:02}{day:02}T120000Z") }),
    ];
    (by, 1_u32..5, end)
        .prop_map(|(by, interval, end)| format!("FREQ={by};INTERVAL={interval}{end}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn a_series_has_the_times_that_the_rrule_crate_finds(
        rule in rule(),
        (year, month, day) in (2026_u32..2028, 1_u32..13, 1_u32..32),
        (hour, minute) in (0_u32..24, 0_u32..60),
        zone in prop::sample::select(&["Europe/Berlin", "America/New_York", "Asia/Tokyo"]),
    ) {
        // A time that is skipped is read in two ways; a test above says which is ours.
        prop_assume!(hour > 3);
        let local = format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:00");
        let Some(start) = rfc3339::parse(&[&local, "Z"].concat()) else { return Ok(()) };
        let series = MaintenanceSeries {
            pattern: super::pattern("/*"),
            start: i64::try_from(start.as_millis() / 1000).expect("a time"),
            zone: TimeZoneRule::named(zone).expect("a zone"),
            lasts: Millis::from_secs(60),
            rule: Recurrence::parse(&rule).expect("a rule"),
            message: None,
            skipped: Vec::new(),
        };
        prop_assume!(series.begins_with_rule());
        let text = local.replace(['-', ':'], "");
        let set: rrule::RRuleSet =
            format!("DTSTART;TZID={zone}:{text}\nRRULE:{rule}").parse().expect("a set");
        let expected: Vec<u64> = set
            .into_iter()
            .take(12)
            .map(|at| u64::try_from(at.timestamp_millis()).expect("after 1970"))
            .collect();
        let windows = series.windows(Timestamp::default()).take(12);
        let found: Vec<u64> = windows.map(|it| it.start.as_millis()).collect();
        prop_assert_eq!(&found, &expected, "{} from {} in {}", rule, local, zone);
        // Looked at later, it is the rest of the same.
        if let Some(middle) = found.get(found.len() / 2) {
            let now = Timestamp::from_millis(*middle);
            let rest: Vec<u64> =
                series.windows(now).take(3).map(|it| it.start.as_millis()).collect();
            let known = found.iter().skip(found.len() / 2).take(3).copied();
            prop_assert!(rest.iter().copied().zip(known).all(|(a, b)| a == b), "{} {}", rule, local);
        }
    }
}
