//! Maintenance, as it was announced.

use breakwater_core::base::pattern::Pattern;
use breakwater_core::base::time::Timestamp;
use breakwater_core::site::operator::{MaintenanceSchedule, SiteOrder};
use breakwater_core::site::standing::SiteState;
use breakwater_core::site::status::{
    ComponentState, MAINTENANCE_SHOWN, MaintenancePhase, PublicMaintenance,
};
use breakwater_core::watch::incident::EdgeShares;
use breakwater_core::watch::maintenance::{Maintenance, Window};
use breakwater_core::watch::monitor::CheckResult;

use crate::watch::{Watch, check};
use crate::{DAY, HOUR, MINUTE, at};

fn window(pattern: &str, start: u64, end: u64) -> Window {
    Window {
        pattern: Pattern::parse(pattern).expect("a pattern"),
        start: at(start),
        end: at(end),
        message: Some("A new database.".into()),
    }
}

/// The monitor of a site whose file announces maintenance of all of it in two days, and of some
/// paths in three.
struct Site {
    watch: Watch,
    standing: SiteState,
    schedule: MaintenanceSchedule,
}

impl Site {
    fn new(file: &str) -> Self {
        let watch = Watch::of(&[&check("a", ""), file].concat(), at(0));
        Self { watch, standing: SiteState::default(), schedule: MaintenanceSchedule::default() }
    }

    fn with_windows() -> Self {
        Self::new(
            "[[maintenance]]\nstart = 2026-11-25T00:00:00Z\nend = 2026-11-25T01:00:00Z\n\
             message = \"All of it.\"\n\
             [[maintenance]]\nmatch = \"/private/*\"\nstart = 2026-11-26T00:00:00Z\n\
             end = 2026-11-26T02:00:00Z\n",
        )
    }

    /// Makes a round, and returns what strangers are told then.
    fn told(&mut self, ms: u64) -> Vec<PublicMaintenance> {
        let now = at(ms);
        self.schedule.refresh(&mut self.standing, now);
        let series = self.schedule.windows_ahead(now);
        self.watch.round(&self.standing, &series, EdgeShares::default(), now);
        self.watch.status(now).maintenance
    }

    fn follow(&mut self, order: &SiteOrder, now: Timestamp) {
        let file: &Maintenance = &self.watch.site.maintenance;
        let done = self.schedule.follow(order, &mut self.standing, file, now);
        assert!(done.is_ok(), "{done:?}");
    }

    fn order(&mut self, body: &str, ms: u64) {
        let rules = &self.watch.rules;
        let order = SiteOrder::parse_maintenance(body.as_bytes(), rules, at(ms));
        let order = order.unwrap_or_else(|error| panic!("{error}"));
        self.follow(&order, at(ms));
    }

    fn lift(&mut self, body: &str, ms: u64) {
        let order = SiteOrder::parse_lift_maintenance(body.as_bytes()).expect("an order");
        self.follow(&order, at(ms));
    }
}

#[test]
fn the_file_s_windows_are_told_without_their_paths() {
    let mut site = Site::with_windows();
    let told = site.told(0);
    let [all, some] = &told[..] else { panic!("{told:?}") };
    assert_eq!((all.start, all.end), (at(2 * DAY), at(2 * DAY + HOUR)));
    assert_eq!((all.message.as_deref(), all.is_whole_site), (Some("All of it."), true));
    assert_eq!((&some.message, some.is_whole_site, some.is_recurring), (&None, false, false));
    assert!(!serde_json::to_string(&told).expect("JSON").contains("private"));
    for it in &told {
        let is_id = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!((1..=40).contains(&it.id.len()) && it.id.chars().all(is_id), "{}", it.id);
    }
    assert_ne!(all.id, some.id);
}

#[test]
fn what_is_told_outlives_the_monitor_s_memory_and_a_week() {
    let mut site = Site::with_windows();
    let before = site.told(0);
    site.watch.reload(at(MINUTE));
    assert_eq!(site.watch.status(at(MINUTE)).maintenance, before);
    let phases = |site: &mut Site, ms: u64| -> Vec<MaintenancePhase> {
        site.told(ms).iter().map(|it| it.phase(at(ms))).collect()
    };
    use MaintenancePhase::{Completed, InProgress, Scheduled};
    assert_eq!(phases(&mut site, 2 * DAY), [InProgress, Scheduled]);
    assert_eq!(phases(&mut site, 2 * DAY + HOUR), [Completed, Scheduled]);
    assert_eq!(phases(&mut site, 9 * DAY + HOUR - 1), [Completed, Completed]);
    assert_eq!(phases(&mut site, 9 * DAY + HOUR), [Completed]);
    assert_eq!(phases(&mut site, 10 * DAY + 2 * HOUR), []);
    assert_eq!(site.told(0).len(), 2, "the file still has them, should the clock be set back");
}

#[test]
fn what_is_far_ahead_is_not_told_yet() {
    let mut site =
        Site::new("[[maintenance]]\nstart = 2027-01-22T00:00:00Z\nend = 2027-01-22T01:00:00Z\n");
    assert_eq!(site.told(0), []);
    assert_eq!(site.told(1).len(), 1);
}

#[test]
fn a_window_that_is_moved_stays_the_same_one() {
    let mut site = Site::new("");
    let order = |start: &str, lasts: &str| {
        format!(r#"{{"match": "/a/*", "start": "{start}", "lasts": "{lasts}", "reason": "a"}}"#)
    };
    site.order(&order("2026-11-24T00:00:00Z", "1h"), 0);
    let first = site.told(0).remove(0);
    assert_eq!((first.revision, first.start), (0, at(DAY)));
    site.order(&order("2026-11-24T00:00:00Z", "2h"), MINUTE);
    let longer = site.told(MINUTE).remove(0);
    assert_eq!((&longer.id, longer.revision, longer.end), (&first.id, 1, at(DAY + 2 * HOUR)));
    site.order(&order("2026-11-25T00:00:00Z", "2h"), 2 * MINUTE);
    let told = site.told(2 * MINUTE);
    assert_eq!(told.len(), 1);
    assert_eq!((&told[0].id, told[0].revision, told[0].start), (&first.id, 2, at(2 * DAY)));
    assert_eq!(site.told(3 * MINUTE)[0].revision, 2);
    // What takes the place of one that is over is another one.
    site.told(2 * DAY + 2 * HOUR);
    site.order(&order("2026-11-26T00:00:00Z", "1h"), 2 * DAY + 3 * HOUR);
    let told = site.told(2 * DAY + 3 * HOUR);
    assert_eq!(told.len(), 2);
    assert!(told[0].id == first.id && told[1].id != first.id);
}

#[test]
fn what_is_lifted_is_not_told_and_what_is_lifted_while_it_holds_has_ended() {
    let mut site = Site::with_windows();
    site.told(0);
    site.lift(r#"{"match": "/private/*", "reason": "a"}"#, HOUR);
    assert_eq!(site.told(HOUR).len(), 1);
    let now = 2 * DAY + 30 * MINUTE;
    site.told(now - MINUTE);
    site.lift(r#"{"match": "/*", "reason": "a"}"#, now);
    let told = site.told(now);
    assert_eq!((told.len(), told[0].end, told[0].revision), (1, at(now), 1));
    assert_eq!(site.told(now + HOUR), told);
}

#[test]
fn each_time_of_what_recurs_is_told() {
    let mut site = Site::new("");
    site.order(
        r#"{"match": "/*", "start": "2026-11-24T02:00:00", "lasts": "1h",
            "rrule": "FREQ=WEEKLY", "reason": "a", "message": "Each week."}"#,
        0,
    );
    let told = site.told(0);
    assert_eq!(told.len(), 9, "60 days have nine of them");
    assert!(told.iter().all(|it| it.is_recurring && it.is_whole_site && it.revision == 0));
    assert!(told.windows(2).all(|pair| pair[0].start < pair[1].start && pair[0].id != pair[1].id));
    let later = site.told(DAY + 4 * HOUR);
    assert_eq!(later[..9], told[..], "the first is over");
    site.lift(r#"{"match": "/*", "series": false, "reason": "a"}"#, DAY + 5 * HOUR);
    let told = site.told(DAY + 5 * HOUR);
    assert!(!told.iter().any(|it| it.start == at(8 * DAY + 2 * HOUR)), "that one is lifted");
    assert_eq!(told.len(), 8);
    site.lift(r#"{"match": "/*", "reason": "a", "series": true}"#, DAY + 6 * HOUR);
    assert_eq!(site.told(DAY + 6 * HOUR).len(), 1);
}

#[test]
fn no_more_are_told_than_are_read_and_the_next_ones_come_first() {
    let mut site = Site::new("");
    for number in 0..20 {
        site.order(
            &format!(
                r#"{{"match": "/{number}/*", "start": "2026-11-24T02:00:00", "lasts": "1h",
                    "rrule": "FREQ=DAILY", "reason": "a"}}"#
            ),
            0,
        );
    }
    let told = site.told(0);
    assert_eq!(told.len(), MAINTENANCE_SHOWN);
    assert!(told.is_sorted_by_key(|it| it.start));
    assert_eq!(told.last().map(|it| it.start), Some(at(3 * DAY + 2 * HOUR)));
    assert!(told.iter().all(|it| it.is_recurring));
}

#[test]
fn orders_that_cannot_be_asked_for_leave_what_was_told() {
    let mut site = Site::with_windows();
    let told = site.told(0);
    // A round without an answer of the site's object hands nothing over.
    site.watch.host.handle_round(&site.watch.rules, 0, at(MINUTE));
    assert_eq!(site.watch.status(at(MINUTE)).maintenance, told);
}

#[test]
fn hours_of_announced_maintenance_count_neither_way() {
    let mut site = Site::with_windows();
    site.watch.find("a", "edge", CheckResult::Up, at(2 * DAY - HOUR));
    site.told(2 * DAY);
    for minute in 0..60 {
        site.watch.find("a", "edge", CheckResult::Down, at(2 * DAY + minute * MINUTE));
    }
    let now = 2 * DAY + 30 * MINUTE;
    let status = site.watch.status(at(now));
    assert_eq!(status.at(at(now)).components()[0].state, ComponentState::UnderMaintenance);
    site.told(2 * DAY + HOUR);
    site.watch.find("a", "edge", CheckResult::Up, at(2 * DAY + HOUR));
    let days = site.watch.component("a", at(2 * DAY + HOUR)).days;
    let shown: Vec<_> = days.iter().map(|day| (day.hours, day.lost_ppm, day.worst)).collect();
    assert_eq!(shown, [(1, 0, ComponentState::Operational); 2]);
}

#[test]
fn windows_of_one_beginning_have_ids_of_their_own() {
    let mut watch = Watch::of("", at(0));
    watch.site.maintenance.windows =
        vec![window("/a/*", DAY, DAY + HOUR), window("/a/*", DAY, DAY + 2 * HOUR)];
    let told = |watch: &mut Watch, ms: u64| {
        watch.round(&SiteState::default(), &[], EdgeShares::default(), at(ms));
        watch.status(at(ms)).maintenance
    };
    let first = told(&mut watch, 0);
    assert!(first.len() == 2 && first[0].id != first[1].id, "{first:?}");
    assert_eq!(told(&mut watch, MINUTE), first);
}
