//! The standing orders, and the maintenance that recurs.

use breakwater_core::base::json;
use breakwater_core::base::stored::StoredForm as _;
use breakwater_core::base::time::Timestamp;
use breakwater_core::site::operator::MaintenanceSchedule;
use breakwater_core::site::standing::SiteState;
use breakwater_platform::object::ObjectResult;

use super::{SiteDo, stored};

impl SiteDo {
    /// The standing orders with the windows of series that come next, and the series.
    pub(super) fn refreshed(
        &self,
        now: Timestamp,
    ) -> ObjectResult<(SiteState, MaintenanceSchedule)> {
        let (mut standing, mut schedule) = (self.standing_now()?, self.schedule_now()?);
        if schedule.refresh(&mut standing, now) {
            self.keep(&standing, &schedule)?;
        }
        Ok((standing, schedule))
    }

    /// Stores orders and series, both or neither: nothing is awaited between them.
    pub(super) fn keep(
        &self,
        standing: &SiteState,
        schedule: &MaintenanceSchedule,
    ) -> ObjectResult<()> {
        let store = self.store()?;
        store.put(stored::STANDING, standing)?;
        if self.schedule.borrow().as_ref() != Some(schedule) {
            store.put_json(stored::SCHEDULE, &schedule.to_stored())?;
        }
        *self.standing.borrow_mut() = Some(standing.clone());
        *self.schedule.borrow_mut() = Some(schedule.clone());
        Ok(())
    }

    /// The series. Those of another version are put aside; their windows that were known hold.
    pub(super) fn schedule_now(&self) -> ObjectResult<MaintenanceSchedule> {
        if let Some(schedule) = &*self.schedule.borrow() {
            return Ok(schedule.clone());
        }
        let schedule: MaintenanceSchedule =
            self.store()?.get_or_put_aside(stored::SCHEDULE, stored::SCHEDULE_UNREAD)?;
        *self.schedule.borrow_mut() = Some(schedule.clone());
        Ok(schedule)
    }

    /// The standing orders. Should they be of another version, nothing is purged that was not, and
    /// the error says so: forgetting them would bring purged copies back.
    pub(super) fn standing_now(&self) -> ObjectResult<SiteState> {
        if let Some(standing) = &*self.standing.borrow() {
            return Ok(standing.clone());
        }
        match self.store()?.get_json(stored::STANDING)? {
            Some(json) => Ok(json::read(&json)?),
            None => Ok(SiteState::default()),
        }
    }
}
