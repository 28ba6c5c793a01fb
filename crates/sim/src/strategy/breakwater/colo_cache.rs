//! The caches of colos.

use breakwater_core::circuit::fleet::{ColoVerdict, Note};

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
}

impl ColoCaches {
    pub(super) fn new(colos: usize, stores: bool) -> Self {
        Self { caches: vec![ColoCache::default(); colos], stores }
    }

    pub(super) fn read(&self, colo: u16, now: Micros) -> (Option<ColoVerdict>, Option<Note>) {
        let cache = self.caches[usize::from(colo)];
        let verdict = cache.verdict.filter(|&(_, until)| now < until).map(|(verdict, _)| verdict);
        let note = cache.note.filter(|&(_, until)| now < until).map(|(note, _)| note);
        (verdict, note)
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
}

/// Rounds up to whole seconds, the cache's unit; each entry holds its exact end itself.
const fn whole_seconds(ms: u64) -> Micros {
    Micros::from_secs(ms.div_ceil(1_000))
}
