//! Which pages are asked for more than once.

use alloc::vec::Vec;

use super::CacheKey;
use crate::base::hash::fnv1a;

/// The number of pages that are remembered at a time. They take 16 kB of an isolate's memory, which
/// a look-up goes through.
const DEMAND_MAX: usize = 2_000;

/// Pages that an isolate was asked for. What was asked for once may be a link that works once (to a
/// new password, out of a mailing list, for signing in): Breakwater must not open such a link.
#[derive(Clone, Debug, Default)]
pub struct Demand {
    /// Hashes of their keys. Of a full list the oldest is the next to go.
    asked: Vec<u64>,
    next: usize,
}

impl Demand {
    /// Remembers none yet.
    pub const fn new() -> Self {
        Self { asked: Vec::new(), next: 0 }
    }

    /// Takes note that a page is asked for, and returns whether it was asked for before. A page
    /// that is forgotten for want of room waits for two more visitors.
    pub fn take_note(&mut self, key: &CacheKey) -> bool {
        let hash = fnv1a(key.url().bytes());
        if self.asked.contains(&hash) {
            return true;
        }
        match self.asked.get_mut(self.next) {
            Some(oldest) => *oldest = hash,
            None => self.asked.push(hash),
        }
        self.next = (self.next + 1) % DEMAND_MAX;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::kind::VisitorKind;

    #[test]
    fn a_page_is_in_demand_from_the_second_time_on_whoever_asks() {
        let mut demand = Demand::new();
        let of = |path, kind| CacheKey::new(0, "https", "a.example", path, kind);
        let phone =
            VisitorKind::of(crate::base::fields::Fields::new("user-agent:Mozilla/5.0 (Mobi"), &[]);
        assert!(!demand.take_note(&of("/a", VisitorKind::default())));
        assert!(!demand.take_note(&of("/a?token=1", VisitorKind::default())));
        assert!(demand.take_note(&of("/a", phone)));
        assert!(!demand.take_note(&of("/b", VisitorKind::default())));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut demand = Demand::new();
        for page in 0..20_000 {
            let path = alloc::format!("/{page}");
            demand.take_note(&CacheKey::new(
                0,
                "https",
                "a.example",
                &path,
                VisitorKind::default(),
            ));
        }
        assert!(demand.asked.len() <= DEMAND_MAX);
        let of = |path| CacheKey::new(0, "https", "a.example", path, VisitorKind::default());
        assert!(demand.take_note(&of("/19999")) && demand.take_note(&of("/18000")));
        assert!(!demand.take_note(&of("/17999")), "the oldest go first");
    }
}
