//! Maintenance that recurs, as operators have ordered it.
//!
//! Isolates know windows, not rules: what answers visitors holds no calendar. So the object that
//! keeps the standing orders holds the series beside them, and puts the next windows of each among
//! the windows that isolates learn. Whenever an isolate or the monitor asks for the orders, the
//! windows that are over make room for the next ones.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::SiteOrder;
use crate::base::pattern::Pattern;
use crate::base::stored::StoredForm;
use crate::base::time::Timestamp;
use crate::site::standing::{ORDERED_MAX, SiteState, TooMany};
use crate::site::status::{MAINTENANCE_AHEAD, MAINTENANCE_SHOWN};
use crate::watch::maintenance::{Maintenance, MaintenanceSeries, Window};

/// The next windows of each series that isolates know. An isolate learns of orders within minutes,
/// and a window lasts a second at least, so that one would do; operators see what comes.
const WINDOWS_AHEAD: usize = 3;

/// The series that operators have ordered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaintenanceSchedule {
    series: Vec<MaintenanceSeries>,
    /// The windows of theirs that are among the standing orders.
    shown: Vec<Window>,
}

impl MaintenanceSchedule {
    /// The series.
    pub fn series(&self) -> &[MaintenanceSeries] {
        &self.series
    }

    /// Whether a window is one of a series.
    pub fn has(&self, window: &Window) -> bool {
        self.shown.contains(window)
    }

    /// The windows of the series that strangers are told of, the earliest first, and those that
    /// isolates know.
    pub fn windows_ahead(&self, now: Timestamp) -> Vec<Window> {
        let ahead = |window: &Window| window.start < now + MAINTENANCE_AHEAD;
        let of_each = |series: &MaintenanceSeries| -> Vec<Window> {
            series.windows(now).take_while(ahead).take(MAINTENANCE_SHOWN).collect()
        };
        let mut windows: Vec<Window> = self.series.iter().flat_map(of_each).collect();
        windows.sort_by_key(|window| window.start);
        windows.truncate(MAINTENANCE_SHOWN);
        let others = self.shown.iter().filter(|window| !windows.contains(window));
        let others: Vec<Window> = others.cloned().collect();
        windows.extend(others);
        windows
    }

    /// Has the orders and the series follow an operator from `now` on, and returns the windows that
    /// are lifted.
    ///
    /// # Errors
    /// [`TooMany`] if there is no room for another window or series.
    pub fn follow(
        &mut self,
        order: &SiteOrder,
        standing: &mut SiteState,
        file: &Maintenance,
        now: Timestamp,
    ) -> Result<Vec<Window>, TooMany> {
        // Orders of single windows are about those alone.
        standing.replace(&core::mem::take(&mut self.shown), &[]);
        let done = match order {
            SiteOrder::Series { series, .. } => self.order(series).map(|()| Vec::new()),
            SiteOrder::LiftMaintenance { pattern, is_series, .. } => {
                let lifted = self.lift(pattern.as_ref(), *is_series, now);
                order.give_to(standing, file, now).map(|others| [lifted, others].concat())
            }
            SiteOrder::Purge { .. }
            | SiteOrder::PurgeTags { .. }
            | SiteOrder::Maintenance { .. } => order.give_to(standing, file, now),
        };
        self.refresh(standing, now);
        done
    }

    /// Puts the next windows among the standing orders. Returns whether they differ from before.
    pub fn refresh(&mut self, standing: &mut SiteState, now: Timestamp) -> bool {
        // What is over has no window that is to come.
        self.series.retain(|series| series.windows(now).next().is_some());
        let windows = self.series.iter().flat_map(|it| it.windows(now).take(WINDOWS_AHEAD));
        let windows: Vec<Window> = windows.collect();
        if windows == self.shown {
            return false;
        }
        standing.replace(&self.shown, &windows);
        self.shown = windows;
        true
    }

    fn order(&mut self, series: &MaintenanceSeries) -> Result<(), TooMany> {
        let is_other = |known: &&MaintenanceSeries| known.pattern != series.pattern;
        if self.series.iter().filter(is_other).count() >= ORDERED_MAX {
            return Err(TooMany);
        }
        self.series.retain(|known| known.pattern != series.pattern);
        self.series.push(series.clone());
        Ok(())
    }

    /// Lifts the series of the pattern, or without one those that hold: the whole of them, or the
    /// time that holds, or that comes next.
    fn lift(&mut self, pattern: Option<&Pattern>, is_series: bool, now: Timestamp) -> Vec<Window> {
        let mut lifted = Vec::new();
        let mut others = Vec::new();
        for mut series in core::mem::take(&mut self.series) {
            let next = series.windows(now).next();
            let is_meant = match pattern {
                Some(pattern) => series.pattern == *pattern,
                None => next.as_ref().is_some_and(|window| window.holds(now)),
            };
            match (is_meant, is_series) {
                (true, true) => {
                    lifted.extend(next);
                    continue;
                }
                (true, false) => lifted.extend(series.lift(pattern.is_some(), now)),
                (false, _) => {}
            }
            others.push(series);
        }
        self.series = others;
        lifted
    }
}

impl StoredForm for MaintenanceSchedule {
    const VERSION: u32 = 1;
    const NAME: &'static str = "schedule";
    const NOUN: &'static str = "schedule of maintenance";
}
