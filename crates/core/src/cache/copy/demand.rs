//! Which pages are asked for more than once.

use alloc::vec::Vec;

use super::CopyKey;
use super::lately::fnv1a;

/// Pages remembered at once, 16 kB of an isolate's memory, which a look-up goes through.
const DEMAND_MAX: usize = 2_000;

/// Pages that an isolate was asked for. What was asked for once may be a link that works once (to a
/// new password, out of a mailing list, for signing in): Breakwater must not be who opens it.
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

    /// Whether a page was asked for before; from now on it was. A page that is forgotten for want
    /// of room waits for two more visitors.
    pub fn is_repeated(&mut self, key: &CopyKey) -> bool {
        let hash = fnv1a(key.url());
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
    use crate::cache::kind::Kind;

    #[test]
    fn a_page_is_in_demand_from_the_second_time_on_whoever_asks() {
        let mut demand = Demand::new();
        let of = |path, kind| CopyKey::new(0, "https", "a.example", path, kind);
        let phone = Kind::of(crate::base::fields::Fields::new("user-agent:Mozilla/5.0 (Mobi"), &[]);
        assert!(!demand.is_repeated(&of("/a", Kind::default())));
        assert!(!demand.is_repeated(&of("/a?token=1", Kind::default())));
        assert!(demand.is_repeated(&of("/a", phone)));
        assert!(!demand.is_repeated(&of("/b", Kind::default())));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut demand = Demand::new();
        for page in 0..20_000 {
            let path = alloc::format!("/{page}");
            demand.is_repeated(&CopyKey::new(0, "https", "a.example", &path, Kind::default()));
        }
        assert!(demand.asked.len() <= DEMAND_MAX);
        let of = |path| CopyKey::new(0, "https", "a.example", path, Kind::default());
        assert!(demand.is_repeated(&of("/19999")) && demand.is_repeated(&of("/18000")));
        assert!(!demand.is_repeated(&of("/17999")), "the oldest go first");
    }
}
