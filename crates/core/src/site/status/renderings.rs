//! The renderings that an isolate keeps, so that the next visitor gets the same bytes again.

use alloc::string::String;
use alloc::vec::Vec;

use super::StatusView;
use super::answer::StatusRead;
use crate::base::time::{Millis, Timestamp};
use crate::site::resolve::SiteHost;

/// How many renderings an isolate keeps. A page in four languages and what its visitors' browsers
/// and tools ask for are about half of them; a whole page of 64 components has some 100 KB.
pub const RENDERINGS_MAX: usize = 32;
/// How often a rendering is made again, at least: what it says of its age is in whole minutes.
const MINUTE: Millis = Millis::from_secs(60);
/// The day, by UTC, of which pages show one bar each.
const DAY: Millis = Millis::from_secs(24 * 3600);

/// The renderings that an isolate keeps.
#[derive(Clone, Debug)]
pub struct Renderings<T> {
    entries: Vec<RenderingEntry<T>>,
    /// How often a rendering was looked up.
    lookups: u64,
}

#[derive(Clone, Debug)]
struct RenderingEntry<T> {
    host: SiteHost,
    locale: usize,
    is_chosen: bool,
    rest: String,
    query: String,
    /// The state that it is a rendering of.
    version: u64,
    until: Timestamp,
    /// The lookup at which it was used last.
    used: u64,
    rendering: T,
}

impl<T> Default for Renderings<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), lookups: 0 }
    }
}

impl<T> Renderings<T> {
    /// The rendering of what is asked for, if there is one of this state that holds at `now`.
    pub fn find(&mut self, read: &StatusRead<'_>, version: u64, now: Timestamp) -> Option<&T> {
        self.lookups += 1;
        let entry = self.entries.iter_mut().find(|entry| entry.is_of(read))?;
        entry.used = self.lookups;
        (entry.version == version && now < entry.until).then_some(&entry.rendering)
    }

    /// Keeps a rendering of this state until then. Of more than [`RENDERINGS_MAX`], the one goes
    /// that was not asked for for the longest time.
    pub fn keep(&mut self, read: &StatusRead<'_>, version: u64, until: Timestamp, rendering: T) {
        self.entries.retain(|entry| !entry.is_of(read));
        if self.entries.len() >= RENDERINGS_MAX {
            let oldest = self.entries.iter().enumerate().min_by_key(|(_, entry)| entry.used);
            if let Some((oldest, _)) = oldest {
                self.entries.swap_remove(oldest);
            }
        }
        self.entries.push(RenderingEntry {
            host: read.host,
            locale: read.locale,
            is_chosen: read.is_chosen,
            rest: read.rest.into(),
            query: read.query.into(),
            version,
            until,
            used: self.lookups,
            rendering,
        });
    }
}

impl<T> RenderingEntry<T> {
    fn is_of(&self, read: &StatusRead<'_>) -> bool {
        (self.host, self.locale, self.is_chosen) == (read.host, read.locale, read.is_chosen)
            && (&*self.rest, &*self.query) == (read.rest, read.query)
    }
}

impl StatusView<'_> {
    /// Until when it reads as it does now: then a measurement is too old, maintenance begins or
    /// ends, a day is over, or the age is another number of minutes.
    pub fn holds_until(&self) -> Timestamp {
        let (status, now) = (self.status(), self.now());
        let minutes = self.age().get() / MINUTE.get() + 1;
        // A state from a clock that is ahead has no age yet.
        let next_minute = status.at.min(now) + Millis::new(minutes * MINUTE.get());
        let next_day = Timestamp::from_millis((now.as_millis() / DAY.get() + 1) * DAY.get());
        let measured = status.components.iter();
        let too_old = measured.filter_map(|it| Some(it.measured_at? + it.stale_after));
        let maintenance = status.maintenance.iter().flat_map(|it| [it.start, it.end]);
        let changes = too_old.chain(maintenance).filter(|at| *at > now);
        changes.chain([next_minute, next_day]).min().unwrap_or(next_minute)
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::vec;

    use super::*;
    use crate::site::status::{
        ComponentState, PublicComponent, PublicMaintenance, PublicStatus, StatusEndpoint,
    };

    fn read(rest: &str) -> StatusRead<'_> {
        StatusRead {
            endpoint: StatusEndpoint::Page,
            host: SiteHost::Site,
            locale: 0,
            is_chosen: false,
            rest,
            query: "",
        }
    }

    const fn at(s: u64) -> Timestamp {
        Timestamp::from_millis(s * 1000)
    }

    #[test]
    fn a_rendering_is_found_by_what_was_asked_for_while_it_holds() {
        let mut kept = Renderings::default();
        kept.keep(&read("/widget"), 1, at(60), 'a');
        assert_eq!(kept.find(&read("/widget"), 1, at(59)), Some(&'a'));
        assert_eq!(kept.find(&read("/widget"), 1, at(60)), None, "its time is over");
        assert_eq!(kept.find(&read("/widget"), 2, at(1)), None, "the state is another");
        assert_eq!(kept.find(&read("/history"), 1, at(1)), None);
        let in_german = StatusRead { locale: 1, ..read("/widget") };
        assert_eq!(kept.find(&in_german, 1, at(1)), None);
        let at_its_host = StatusRead { host: SiteHost::Status, ..read("/widget") };
        assert_eq!(kept.find(&at_its_host, 1, at(1)), None);
        kept.keep(&read("/widget"), 2, at(120), 'b');
        assert_eq!(kept.find(&read("/widget"), 2, at(60)), Some(&'b'));
        assert_eq!(kept.entries.len(), 1, "it took the place of the other");
    }

    #[test]
    fn of_too_many_the_one_goes_that_was_not_asked_for_for_longest() {
        let mut kept = Renderings::default();
        let names: Vec<_> = (0..=RENDERINGS_MAX).map(|it| format!("/incidents/{it}")).collect();
        for (name, number) in names.iter().zip(0..RENDERINGS_MAX) {
            kept.keep(&read(name), 1, at(60), number);
            assert!(kept.find(&read(name), 1, at(0)).is_some());
        }
        assert_eq!(kept.find(&read(&names[0]), 1, at(0)), Some(&0));
        kept.keep(&read(&names[RENDERINGS_MAX]), 1, at(60), RENDERINGS_MAX);
        assert_eq!(kept.entries.len(), RENDERINGS_MAX);
        assert_eq!(kept.find(&read(&names[1]), 1, at(0)), None);
        assert!(kept.find(&read(&names[0]), 1, at(0)).is_some());
    }

    #[test]
    fn a_view_holds_until_anything_of_it_reads_otherwise() {
        let mut status = PublicStatus { at: at(1_000), ..PublicStatus::default() };
        let until = |status: &PublicStatus, now| status.at(at(now)).holds_until();
        assert_eq!(until(&status, 1_000), at(1_060));
        assert_eq!(until(&status, 1_059), at(1_060));
        assert_eq!(until(&status, 1_060), at(1_120));
        status.components = vec![PublicComponent {
            state: ComponentState::Operational,
            measured_at: Some(at(990)),
            stale_after: Millis::from_secs(30),
            ..PublicComponent::default()
        }];
        assert_eq!(until(&status, 1_000), at(1_020), "the measurement is too old then");
        assert_eq!(until(&status, 1_020), at(1_060));
        status.maintenance = vec![PublicMaintenance {
            id: "file-1".into(),
            message: None,
            start: at(1_030),
            end: at(1_050),
            is_whole_site: true,
            is_recurring: false,
            revision: 0,
            announced_at: None,
        }];
        assert_eq!(until(&status, 1_020), at(1_030));
        assert_eq!(until(&status, 1_030), at(1_050));
        status.at = at(86_400 - 10);
        assert_eq!(until(&status, 86_400 - 5), at(86_400), "a day is over then");
    }

    #[test]
    fn a_view_from_before_its_state_holds_for_a_minute_at_most() {
        let status = PublicStatus { at: at(1_000), ..PublicStatus::default() };
        let until = status.at(at(990)).holds_until();
        assert!(until > at(990) && until <= at(1_060), "{until:?}");
    }
}
