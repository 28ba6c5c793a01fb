//! Which requests become transactions.

use super::settings::{ReportClass, SentrySettings};
use super::throttle::MinuteThrottle;
use crate::base::share::Share;
use crate::base::time::Timestamp;
use crate::base::trace::{Trace, TraceSource};

/// The largest number of transactions that an isolate records in a minute. Each is an envelope of
/// its own, so a request of ours (develop.sentry.dev/sdk/foundations/data-model/envelopes, "Data
/// Model"), and a visitor can ask for all of their requests to be recorded.
pub const TRANSACTIONS_PER_MINUTE: u32 = 60;

/// Decides which requests become transactions, and counts those that do not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sampler {
    throttle: MinuteThrottle,
    unsampled: u32,
    lost: u32,
}

/// What became of no transaction, as transactions say that come after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unrecorded {
    /// Those that were not of the sample.
    pub unsampled: u32,
    /// Those for which there was no room.
    pub lost: u32,
}

impl Sampler {
    /// Returns a sampler that has counted nothing.
    pub const fn new() -> Self {
        Self { throttle: MinuteThrottle::new(), unsampled: 0, lost: 0 }
    }

    /// Returns whether a request on the route of this pattern becomes a transaction. `random` is
    /// uniform over all of `u32`.
    ///
    /// If the platform records traces, or they are off, there is none: a trace has one source. A
    /// trace that began elsewhere is recorded as it was decided there, so that it is whole or not
    /// there at all.
    pub fn records(
        &mut self,
        settings: &SentrySettings,
        source: TraceSource,
        route: &str,
        trace: &Trace,
        random: u32,
        now: Timestamp,
    ) -> bool {
        let rate = settings.traces_sample_rate;
        if source != TraceSource::Breakwater || rate == Share::NONE {
            return false;
        }
        if !settings.ignore.is_empty() && settings.ignores(ReportClass::Transaction, Some(route)) {
            return false;
        }
        if !trace.head.map_or_else(|| rate.samples(random), |head| head.is_sampled) {
            self.unsampled = self.unsampled.saturating_add(1);
            return false;
        }
        let has_room = self.throttle.admit(TRANSACTIONS_PER_MINUTE, now).is_ok();
        if !has_room {
            self.count_lost();
        }
        has_room
    }

    /// Counts a transaction that was recorded, and for which there was no room after that.
    pub const fn count_lost(&mut self) {
        self.lost = self.lost.saturating_add(1);
    }

    /// Takes back what no transaction has said after all.
    pub const fn give_back(&mut self, taken: Unrecorded) {
        self.unsampled = self.unsampled.saturating_add(taken.unsampled);
        self.lost = self.lost.saturating_add(taken.lost);
    }

    /// Takes what was counted since the last time.
    pub const fn take(&mut self) -> Unrecorded {
        let Self { unsampled, lost, .. } = *self;
        (self.unsampled, self.lost) = (0, 0);
        Unrecorded { unsampled, lost }
    }
}
