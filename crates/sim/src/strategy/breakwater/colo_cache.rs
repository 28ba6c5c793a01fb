//! The caches of colos.

use breakwater_core::base::time::Millis;
use breakwater_core::circuit::fleet::{ColoEntries, ColoSuspicion, ColoVerdict, Note};

use crate::time::Micros;

/// The caches of all colos. On some hosts they store nothing.
#[derive(Debug)]
pub(super) struct ColoCaches {
    caches: Vec<ColoCache>,
    stores: bool,
}

/// The contents of one colo's cache, each with the time at which it expires.
#[derive(Clone, Copy, Debug, Default)]
struct ColoCache {
    verdict: Option<(ColoVerdict, Micros)>,
    note: Option<(Note, Micros)>,
    suspicion: Option<(ColoSuspicion, Micros)>,
}

impl ColoCaches {
    pub(super) fn new(colos: usize, stores: bool) -> Self {
        Self { caches: vec![ColoCache::default(); colos], stores }
    }

    pub(super) fn read(&self, colo: u16, now: Micros) -> ColoEntries {
        let ColoCache { verdict, note, suspicion } = self.caches[usize::from(colo)];
        ColoEntries {
            verdict: alive(verdict, now),
            note: alive(note, now),
            suspicion: alive(suspicion, now),
        }
    }

    pub(super) fn store_verdict(
        &mut self,
        colo: u16,
        verdict: ColoVerdict,
        ttl_ms: u64,
        now: Micros,
    ) {
        if self.stores {
            self.caches[usize::from(colo)].verdict = Some((verdict, now + whole_seconds(ttl_ms)));
        }
    }

    pub(super) fn store_note(&mut self, colo: u16, note: Note, now: Micros) {
        if self.stores {
            self.caches[usize::from(colo)].note = Some((note, now + whole_seconds(note.lasts_ms)));
        }
    }

    pub(super) fn store_suspicion(
        &mut self,
        colo: u16,
        suspicion: ColoSuspicion,
        lasts: Millis,
        now: Micros,
    ) {
        if self.stores {
            let until = now + whole_seconds(lasts.get());
            self.caches[usize::from(colo)].suspicion = Some((suspicion, until));
        }
    }
}

/// An entry, unless it has expired.
fn alive<T>(entry: Option<(T, Micros)>, now: Micros) -> Option<T> {
    entry.filter(|(_, until)| now < *until).map(|(entry, _)| entry)
}

/// Rounds up to whole seconds, the cache's unit; each entry holds its exact end itself.
const fn whole_seconds(ms: u64) -> Micros {
    Micros::from_secs(ms.div_ceil(1_000))
}
