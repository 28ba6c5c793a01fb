//! Times of maintenance as they were announced to strangers.
//!
//! The site's object knows what is to come and forgets what is over, and moves a window by putting
//! another in its place. Readers of feeds and calendars want to hear that the same maintenance was
//! moved, and for a while that it is over. So the monitor keeps what it heard in its rounds.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::MonitorHost;
use crate::base::hex::push_hex;
use crate::base::pattern::Pattern;
use crate::base::stored::StoredForm;
use crate::base::time::{Millis, Timestamp};
use crate::site::config::Site;
use crate::site::standing::SiteState;
use crate::site::status::{MAINTENANCE_AHEAD, MAINTENANCE_SHOWN, PublicMaintenance};
use crate::watch::maintenance::Window;

/// How long it is told of maintenance that is over: a week.
const OVER_KEPT: Millis = Millis::from_secs(7 * 24 * 3600);
/// The bytes of a hash that make an id. An id does not tell paths.
const ID_BYTES: usize = 10;

/// Where a time of maintenance stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum MaintenanceSource {
    /// In the site file.
    File,
    /// In an operator's order.
    Order,
    /// In an operator's rule, of whose times it is one.
    Series,
}

impl MaintenanceSource {
    const fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Order => "order",
            Self::Series => "series",
        }
    }
}

/// A time of maintenance that was announced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct AnnouncedTime {
    source: MaintenanceSource,
    pattern: Pattern,
    told: PublicMaintenance,
}

/// What was announced, by its beginning, at most [`MAINTENANCE_SHOWN`] times.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Announced {
    times: Vec<AnnouncedTime>,
    /// Whether it differs from what is stored.
    #[serde(skip)]
    pub(super) has_changed: bool,
}

impl StoredForm for Announced {
    const VERSION: u32 = 1;
    const NAME: &'static str = "announced";
    const NOUN: &'static str = "list of announced maintenance";
}

impl AnnouncedTime {
    /// A time that is new, with an id that no other has.
    fn new(
        source: MaintenanceSource,
        window: &Window,
        is_taken: impl Fn(&str) -> bool,
        now: Timestamp,
    ) -> Self {
        let mut ids = (0..).map(|number| id_of(source, window, number));
        let told = PublicMaintenance {
            id: ids.find(|id| !is_taken(id)).unwrap_or_default(),
            message: window.message.clone(),
            start: window.start,
            end: window.end,
            is_whole_site: window.pattern.matches_everything(),
            is_recurring: source == MaintenanceSource::Series,
            revision: 0,
            announced_at: (source == MaintenanceSource::Order).then_some(now),
        };
        Self { source, pattern: window.pattern.clone(), told }
    }

    fn is_of(&self, source: MaintenanceSource, window: &Window) -> bool {
        (self.source, &self.pattern) == (source, &window.pattern)
    }

    /// Takes the window as it is now.
    fn update(&mut self, window: &Window, now: Timestamp) {
        if (self.told.start, self.told.end) != (window.start, window.end) {
            self.told.revision = self.told.revision.saturating_add(1);
            self.told.announced_at = Some(now);
        }
        self.told.start = window.start;
        self.told.end = window.end;
        self.told.message.clone_from(&window.message);
    }

    /// Takes that it was lifted while it held.
    fn end(&mut self, now: Timestamp) {
        self.told.end = now;
        self.told.revision = self.told.revision.saturating_add(1);
        self.told.announced_at = Some(now);
    }
}

/// An id, of which there is another for each number: what was moved keeps the one of its first
/// beginning.
fn id_of(source: MaintenanceSource, window: &Window, number: u32) -> String {
    let (paths, start) = (window.pattern.as_str(), window.start.as_millis());
    let text = format!("{}\n{paths}\n{start}\n{number}", source.as_str());
    let mut id = String::from("maintenance-");
    push_hex(&mut id, &Sha256::digest(text.as_bytes())[..ID_BYTES]);
    id
}

impl Announced {
    /// Takes all windows that are announced now. Of those that are not, what had begun has ended,
    /// and what had not is not told of any more.
    fn update(&mut self, windows: &[(MaintenanceSource, &Window)], now: Timestamp) {
        let mut known = core::mem::take(&mut self.times);
        let before = known.clone();
        for (source, window) in windows {
            let begins_so =
                |it: &AnnouncedTime| it.is_of(*source, window) && it.told.start == window.start;
            // A window that is none any more was moved, if another of the same paths is new. Times
            // of a rule are moved by another rule, which says nothing of which became which.
            let was_moved = |it: &AnnouncedTime| {
                let stands = |of: &(MaintenanceSource, &Window)| {
                    it.is_of(of.0, of.1) && it.told.start == of.1.start
                };
                *source != MaintenanceSource::Series
                    && it.is_of(*source, window)
                    && now < it.told.end
                    && !windows.iter().any(stands)
            };
            let found = known.iter().position(begins_so);
            let found = found.or_else(|| known.iter().position(was_moved));
            let mut time = match found {
                Some(index) => known.remove(index),
                None => {
                    let is_taken =
                        |id: &str| known.iter().chain(&self.times).any(|it| it.told.id == id);
                    AnnouncedTime::new(*source, window, is_taken, now)
                }
            };
            time.update(window, now);
            self.times.push(time);
        }
        for mut time in known {
            if now < time.told.end {
                if now <= time.told.start {
                    continue;
                }
                time.end(now);
            }
            self.times.push(time);
        }
        self.times.retain(|time| now.since(time.told.end) < OVER_KEPT);
        self.bound(now);
        self.has_changed |= self.times != before;
    }

    /// Keeps what comes next, and of what is over the latest that there is room for.
    fn bound(&mut self, now: Timestamp) {
        let is_over = |time: &AnnouncedTime| time.told.end <= now;
        self.times.sort_by_key(|time| match is_over(time) {
            false => (false, time.told.start.as_millis()),
            true => (true, u64::MAX - time.told.end.as_millis()),
        });
        self.times.truncate(MAINTENANCE_SHOWN);
        self.times.sort_by(|a, b| (a.told.start, &a.told.id).cmp(&(b.told.start, &b.told.id)));
    }

    /// What strangers read at `now`.
    pub(super) fn told(&self, now: Timestamp) -> Vec<PublicMaintenance> {
        let told = self.times.iter().map(|time| &time.told);
        let told =
            told.filter(|it| now.since(it.end) < OVER_KEPT && it.start < now + MAINTENANCE_AHEAD);
        told.cloned().collect()
    }
}

impl MonitorHost {
    /// Takes all times of maintenance that strangers are told of: those of the site file, those of
    /// the orders, and `series`, the next times of what recurs, of which the nearest are among the
    /// orders too.
    pub fn handle_announced(
        &mut self,
        site: &Site,
        standing: &SiteState,
        series: &[Window],
        now: Timestamp,
    ) {
        let of_file = site.maintenance.windows.iter().filter(|it| !standing.is_lifted(it));
        let of_file = of_file.map(|window| (MaintenanceSource::File, window));
        let ordered = standing.windows().iter().filter(|window| !series.contains(window));
        let ordered = ordered.map(|window| (MaintenanceSource::Order, window));
        let recurring = series.iter().map(|window| (MaintenanceSource::Series, window));
        let mut windows: Vec<(MaintenanceSource, &Window)> =
            of_file.chain(ordered).chain(recurring).collect();
        windows.retain(|(_, it)| now < it.end && it.start < now + MAINTENANCE_AHEAD);
        windows.sort_by_key(|(source, window)| (window.start, *source));
        self.announced.update(&windows, now);
    }
}
