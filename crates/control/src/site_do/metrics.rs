//! What the object tells for a scrape, and the counts that it keeps for that.

use breakwater_core::base::stored::StoredForm as _;
use breakwater_core::cache::snapshot::RoundTally;
use breakwater_core::site::metrics::{SiteMetrics, count_round};
use breakwater_core::telemetry::log::LogEvent;
use breakwater_core::telemetry::metrics::WorkTotals;
use breakwater_platform::object::ObjectResult;
use breakwater_platform::{clock, log};

use super::{SiteDo, stored};

impl SiteDo {
    /// What a scrape wants to know. The manifest is read for it, if it was not before.
    pub(super) async fn metrics_now(&self) -> ObjectResult<SiteMetrics> {
        if self.keeps_snapshots() {
            self.load().await?;
        }
        let (work, ledger, now) = (self.work()?, self.ledger()?, clock::now());
        let keeper = self.keeper.borrow();
        Ok(SiteMetrics::of(work, keeper.as_ref(), &ledger, now))
    }

    /// Counts the snapshots of a round that has ended. One in which nothing was due costs no row.
    pub(super) fn count_round(&self, tally: Option<RoundTally>) -> ObjectResult<()> {
        let mut work = self.work()?;
        let before = work;
        if let Some(tally) = tally {
            count_round(&mut work, &tally);
        }
        if work != before {
            self.store()?.put_json(stored::WORK, &work.to_stored())?;
        }
        Ok(())
    }

    /// What the object has done. It is read each time, since nothing else needs it in memory.
    fn work(&self) -> ObjectResult<WorkTotals> {
        let Some(json) = self.store()?.get_json(stored::WORK)? else {
            return Ok(WorkTotals::default());
        };
        Ok(WorkTotals::from_stored(&json).unwrap_or_else(|error| {
            log::error(LogEvent::StoredUnread, &[], format_args!("snapshots: {error}"));
            WorkTotals::default()
        }))
    }
}
