//! The largest public status.

use std::fmt::Write as _;

use breakwater_core::base::pattern::Pattern;
use breakwater_core::base::stored::StoredForm as _;
use breakwater_core::site::standing::SiteState;
use breakwater_core::site::status::{
    DAYS_SHOWN, HOURS_SHOWN, INCIDENTS_BYTES, MAINTENANCE_SHOWN, PublicText, VISITOR_HOURS_SHOWN,
};
use breakwater_core::watch::component::COMPONENTS_SHOWN_MAX;
use breakwater_core::watch::incident::{
    COMPONENTS_MAX, ComponentImpact, EdgeShares, INCIDENT_TEXT_MAX, INCIDENT_TITLE_MAX, Impact,
    IncidentChange, IncidentOpening,
};
use breakwater_core::watch::maintenance::Window;
use breakwater_core::watch::severity::Severity;

use crate::watch::{Watch, check};
use crate::{DAY, HOUR, MINUTE, at, first_day};

/// The bytes of the largest status, with characters that are escaped or have four bytes.
const LARGEST: usize = 1_600_000;

/// A name of 32 characters.
fn name(number: usize) -> String {
    format!("c{number:031}")
}

/// As many components as there may be, with the longest texts.
fn file() -> String {
    let mut file = check("a", "");
    for number in 0..COMPONENTS_SHOWN_MAX {
        let (title, description) = ("😀".repeat(64), "😀".repeat(200));
        let _ = write!(
            file,
            "[[components]]\nname = \"{}\"\ntitle = \"{title}\"\ndescription = \"{description}\"\n\
             group = \"{title}\"\nchecks = \"a\"\nresponse_times = true\n",
            name(number)
        );
    }
    file + "[status]\nvisitors = true\n"
}

/// Days in each of whose hours something was wrong.
fn days(watch: &mut Watch) {
    for day in 0..DAYS_SHOWN as u32 {
        let hours = |each: &dyn Fn(u32) -> String| {
            let all: Vec<String> = (0..24).map(each).collect();
            all.join(",")
        };
        let trouble = hours(&|hour| format!("[{hour},999999,\"down\"]"));
        let took = hours(&|hour| format!("[{hour},99999]"));
        let visitors =
            hours(&|hour| format!("[{hour},[9999991,9999992,9999993,9999994,9999995,9999996]]"));
        let components: Vec<String> = (0..COMPONENTS_SHOWN_MAX)
            .map(|number| {
                let name = name(number);
                format!(
                    "\"{name}\":{{\"measured\":16777215,\"trouble\":[{trouble}],\"took\":[{took}]}}"
                )
            })
            .collect();
        let json = format!(
            "{{\"version\":1,\"day\":{{\"components\":{{{}}},\"visitors\":[{visitors}]}}}}",
            components.join(",")
        );
        watch.days.insert(first_day() + day, json);
    }
}

fn opening(text: &str, is_open: bool) -> IncidentOpening {
    let components = (0..COMPONENTS_MAX)
        .map(|number| ComponentImpact { name: name(number), impact: Impact::DegradedPerformance });
    let since = at(DAYS_SHOWN as u64 * DAY - 2 * HOUR);
    IncidentOpening {
        title: "\"".repeat(INCIDENT_TITLE_MAX),
        severity: Severity::P0,
        components: components.collect(),
        text: text.into(),
        since: Some(since),
        resolved_at: (!is_open).then_some(since),
        notify: true,
    }
}

fn update(text: &str) -> IncidentChange {
    IncidentChange::Update {
        state: None,
        severity: None,
        title: None,
        text: text.into(),
        components: Vec::new(),
        at: None,
        notify: true,
    }
}

#[test]
fn the_largest_status_is_bounded() {
    let now = at(DAYS_SHOWN as u64 * DAY - MINUTE);
    let mut watch = Watch::of(&file(), at(0));
    days(&mut watch);
    watch.reload(now);
    let long = "\"".repeat(INCIDENT_TEXT_MAX);
    for number in 0..200 {
        let id = watch.open(&opening(&long, number % 2 == 0), now);
        for _ in 0..12 {
            watch.change(&id, &update(&long), now);
        }
    }
    let window = |number: u64| Window {
        pattern: Pattern::everything(),
        start: at(DAYS_SHOWN as u64 * DAY + number * DAY / 2),
        end: at(DAYS_SHOWN as u64 * DAY + number * DAY / 2 + HOUR),
        message: Some("😀".repeat(300)),
    };
    let series: Vec<Window> = (0..MAINTENANCE_SHOWN as u64).map(window).collect();
    watch.round(&SiteState::default(), &series, EdgeShares::default(), now);
    let status = watch.status(now);
    assert_eq!(status.components.len(), COMPONENTS_SHOWN_MAX);
    assert!(status.components.iter().all(|it| it.days.len() == DAYS_SHOWN));
    assert!(status.components.iter().all(|it| it.hours.len() == HOURS_SHOWN - 1));
    assert_eq!(status.maintenance.len(), MAINTENANCE_SHOWN);
    assert_eq!(status.visitors.len(), VISITOR_HOURS_SHOWN - 1);
    // All that are open are there, and the latest of them in full.
    assert_eq!(status.incidents.iter().filter(|it| it.is_open()).count(), 100);
    assert!(status.incidents.iter().any(|it| it.updates.len() == 12 || it.updates.len() == 13));
    let cut = status.incidents.iter().flat_map(|it| &it.updates).filter(|it| {
        matches!(&it.text, PublicText::Written(text) if text.len() <= 300 && text.ends_with('…'))
    });
    assert!(cut.count() > 50, "of others there is the beginning of what was said last");
    let incidents = serde_json::to_string(&status.incidents).expect("JSON").len();
    let bytes = status.to_stored().len();
    assert!(incidents <= 2 * INCIDENTS_BYTES, "{incidents} bytes of incidents");
    assert!(bytes <= LARGEST && bytes > LARGEST / 2, "{bytes} bytes");
}
