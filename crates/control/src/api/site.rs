//! What operators see of the whole site: snapshots, maintenance, and the history.

use breakwater_core::base::pattern::Pattern;
use breakwater_core::base::time::Timestamp;
use breakwater_core::cache::snapshot::{
    Entry, Keeper, PlatformPlan, Refusal, RoundTally, SitemapSource, servable_for,
};
use breakwater_core::site::config::Site;
use breakwater_core::site::operator::{Event, MaintenanceSchedule, SeriesView};
use breakwater_core::site::standing::SiteState;
use breakwater_core::watch::maintenance::Window;
use breakwater_platform::object::Rows;
use serde::Serialize;
use serde_json::{Value, json};

/// `GET /_breakwater/events`: the latest first, a line each, as they are kept.
pub(crate) fn events(kept: &Rows<String>) -> String {
    let Rows { read, unread } = kept;
    let left_out = if *unread > 0 { format!(", \"unread\": {unread}") } else { String::new() };
    format!("{{\"events\": [\n{}\n]{left_out}}}", read.join(",\n"))
}

/// `GET /_breakwater/snapshots`.
#[derive(Debug, Serialize)]
pub(crate) struct SnapshotsView {
    plan: PlatformPlan,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_round: Option<RoundTally>,
    snapshots: Vec<SnapshotView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sources: Vec<SourceView>,
}

/// A path that is kept, or is to be.
#[derive(Debug, Serialize)]
struct SnapshotView {
    path: String,
    #[serde(rename = "for")]
    task: &'static str,
    named_by: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<KeptView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<RefusedView>,
}

/// What there is of it.
#[derive(Debug, Serialize)]
struct KeptView {
    /// Since the upstream last said the same.
    age_ms: u64,
    /// How old it may be served.
    max_age_ms: u64,
    /// When this body was first seen.
    made: Timestamp,
    bytes: u64,
    content_type: String,
    hash: String,
}

/// Why the last refreshes were refused.
#[derive(Debug, Serialize)]
struct RefusedView {
    why: String,
    at: Timestamp,
    times: u32,
}

/// A sitemap.
#[derive(Debug, Serialize)]
struct SourceView {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    read: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<RefusedView>,
}

impl SnapshotsView {
    pub(crate) fn of(site: &Site, keeper: &Keeper, now: Timestamp) -> Self {
        let manifest = keeper.known();
        Self {
            plan: site.snapshots.plan,
            last_round: keeper.tally(),
            snapshots: manifest.entries().map(|entry| SnapshotView::of(site, entry, now)).collect(),
            sources: manifest.sources().iter().map(SourceView::of).collect(),
        }
    }
}

impl SnapshotView {
    fn of(site: &Site, entry: &Entry, now: Timestamp) -> Self {
        let max_age = servable_for(&site.snapshots, entry.task, &entry.path);
        let kept = entry.held.as_ref().map(|held| KeptView {
            age_ms: now.since(held.checked).get(),
            max_age_ms: max_age.map_or(0, |age| age.get()),
            made: held.made,
            bytes: held.size,
            content_type: held.content_type.clone(),
            hash: held.hash.to_string(),
        });
        Self {
            path: entry.path.clone(),
            task: entry.task.as_str(),
            named_by: entry.named_by.as_str(),
            kept,
            refused: entry.refused.as_ref().map(RefusedView::of),
        }
    }
}

impl RefusedView {
    fn of(refusal: &Refusal) -> Self {
        Self { why: refusal.why.to_string(), at: refusal.at, times: refusal.times }
    }
}

impl SourceView {
    fn of(source: &SitemapSource) -> Self {
        Self {
            path: source.path.clone(),
            read: source.planned,
            refused: source.refused.as_ref().map(RefusedView::of),
        }
    }
}

/// `GET /_breakwater/maintenance`.
#[derive(Debug, Serialize)]
pub(crate) struct MaintenanceView {
    windows: Vec<WindowView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    series: Vec<Value>,
}

/// A window that is not over.
#[derive(Debug, Serialize)]
struct WindowView {
    #[serde(rename = "match")]
    pattern: Pattern,
    start: Timestamp,
    end: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    ordered_by: &'static str,
    /// Whether visitors are told now.
    holds: bool,
    /// Whether operators have lifted it; only the file's stay then.
    lifted: bool,
}

impl MaintenanceView {
    pub(crate) fn of(
        site: &Site,
        (standing, schedule): (&SiteState, &MaintenanceSchedule),
        now: Timestamp,
    ) -> Self {
        let view = |window: &Window, ordered_by| {
            let lifted = standing.is_lifted(window);
            let holds = window.holds(now) && !lifted;
            let Window { pattern, start, end, message } = window.clone();
            WindowView { pattern, start, end, message, ordered_by, holds, lifted }
        };
        let of_file = site.maintenance.windows.iter().map(|window| view(window, "file"));
        let ordered = standing
            .windows()
            .iter()
            .map(|window| view(window, if schedule.has(window) { "series" } else { "operator" }));
        let windows = of_file.chain(ordered).filter(|view| view.end > now).collect();
        let series = schedule.series().iter().map(|series| json!(SeriesView(series))).collect();
        Self { windows, series }
    }
}

/// The answer to an order for the whole site: what was done, and what holds.
#[derive(Debug, Serialize)]
pub(crate) struct Followed {
    done: Event,
    maintenance: MaintenanceView,
}

impl Followed {
    pub(crate) fn new(
        done: Event,
        orders: (&SiteState, &MaintenanceSchedule),
        site: &Site,
        now: Timestamp,
    ) -> Self {
        Self { done, maintenance: MaintenanceView::of(site, orders, now) }
    }
}
