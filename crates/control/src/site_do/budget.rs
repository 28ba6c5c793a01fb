//! What the object may spend on snapshots.

use breakwater_core::base::budget::{Ledger, StoredLedger};
use breakwater_core::base::stored::StoredForm as _;
use breakwater_core::site::budget::snapshots_budget;
use breakwater_core::telemetry::log::LogEvent;
use breakwater_platform::log;
use breakwater_platform::object::ObjectResult;
use breakwater_platform::{clock, site};

use super::{SiteDo, stored};
use crate::watch_rules::rules;

impl SiteDo {
    /// What is left of the budget. What cannot be read is a full one, so that snapshots go on.
    pub(super) fn ledger(&self) -> ObjectResult<Ledger> {
        if let Some(ledger) = *self.ledger.borrow() {
            return Ok(ledger);
        }
        let stored = self.store()?.get_json(stored::LEDGER)?;
        let stored = stored.and_then(|json| match StoredLedger::from_stored(&json) {
            Ok(stored) => Some(stored),
            Err(error) => {
                log::error(LogEvent::StoredUnread, &[], format_args!("snapshots: {error}"));
                None
            }
        });
        Ok(Ledger::load(snapshots_budget(site(), rules()), stored, clock::now()))
    }

    pub(super) fn keep_ledger(&self, mut ledger: Ledger) -> ObjectResult<()> {
        if let Some(stored) = ledger.take_unstored(clock::now()) {
            self.store()?.put_json(stored::LEDGER, &stored.to_stored())?;
        }
        *self.ledger.borrow_mut() = Some(ledger);
        Ok(())
    }
}
