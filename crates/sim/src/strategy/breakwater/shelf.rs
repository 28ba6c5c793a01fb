//! What colos' caches hold.

use breakwater_core::circuit::fleet::{Kept, Note};

use crate::time::Micros;

/// The caches of all colos. Some hosts keep nothing there.
#[derive(Debug)]
pub(super) struct Shelves {
    shelves: Vec<Shelf>,
    keeps: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Shelf {
    kept: Option<(Kept, Micros)>,
    note: Option<(Note, Micros)>,
}

impl Shelves {
    pub(super) fn new(colos: usize, keeps: bool) -> Self {
        Self { shelves: vec![Shelf::default(); colos], keeps }
    }

    pub(super) fn look(&self, colo: u16, now: Micros) -> (Option<Kept>, Option<Note>) {
        let shelf = self.shelves[usize::from(colo)];
        let kept = shelf.kept.filter(|&(_, until)| now < until).map(|(kept, _)| kept);
        let note = shelf.note.filter(|&(_, until)| now < until).map(|(note, _)| note);
        (kept, note)
    }

    pub(super) fn keep(&mut self, colo: u16, kept: Kept, lasts_ms: u64, now: Micros) {
        if self.keeps {
            self.shelves[usize::from(colo)].kept = Some((kept, now + whole_seconds(lasts_ms)));
        }
    }

    pub(super) fn leave(&mut self, colo: u16, note: Note, now: Micros) {
        if self.keeps {
            self.shelves[usize::from(colo)].note = Some((note, now + whole_seconds(note.lasts_ms)));
        }
    }
}

/// The cache counts in whole seconds; the entries themselves say when they are over.
const fn whole_seconds(ms: u64) -> Micros {
    Micros::from_secs(ms.div_ceil(1_000))
}
