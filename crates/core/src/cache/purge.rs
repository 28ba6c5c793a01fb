//! Purges: stored responses that were made before one are out of reach after it.
//!
//! No list says where stored responses are, and nothing deletes them in every colo. Each purge
//! raises the epoch of its paths, and the epoch is part of a stored response's key. A response that
//! was stored under an old epoch is not found again, and the cache evicts it in time. A stored
//! response belongs to the epoch that held when its answer was asked for.

use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use crate::base::pattern::Pattern;

/// Purges remembered one by one. Each lookup of a stored response goes through them.
pub const PURGES_MAX: usize = 200;

/// All purges that were ordered, as far as they still matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Wire", into = "Wire")]
pub struct Purges {
    /// How many there were.
    count: u64,
    /// The epoch of every path that none of the list matches.
    floor: u64,
    /// The oldest first.
    list: Vec<(Pattern, u64)>,
}

impl Purges {
    /// The epoch of a path, which is normalised and without query. It never gets less.
    pub fn epoch(&self, normalised_path: &str) -> u64 {
        let newest_first = self.list.iter().rev();
        let mut matching = newest_first.filter(|(pattern, _)| pattern.matches(normalised_path));
        matching.next().map_or(self.floor, |(_, epoch)| *epoch)
    }

    /// Purges what the pattern matches: a path with all its queries, all that is below one, or
    /// everything.
    pub fn add(&mut self, pattern: &Pattern) {
        self.count += 1;
        if pattern.matches_everything() {
            self.floor = self.count;
            self.list.clear();
            return;
        }
        self.list.retain(|(known, _)| !pattern.covers(known));
        self.list.push((pattern.clone(), self.count));
        if self.list.len() > PURGES_MAX {
            self.forget_half();
        }
    }

    /// What the older half is for becomes everything: too much is purged, and never too little.
    fn forget_half(&mut self) {
        let newer = self.list.split_off(self.list.len() / 2);
        if let Some((_, newest)) = self.list.last() {
            self.floor = *newest;
        }
        self.list = newer;
    }
}

/// Count, floor, list.
#[derive(Serialize, Deserialize)]
struct Wire(u64, u64, Vec<(Pattern, u64)>);

impl From<Purges> for Wire {
    fn from(purges: Purges) -> Self {
        Self(purges.count, purges.floor, purges.list)
    }
}

impl From<Wire> for Purges {
    fn from(Wire(count, floor, mut list): Wire) -> Self {
        list.truncate(PURGES_MAX);
        Self { count, floor, list }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text).unwrap()
    }

    fn purged(patterns: &[&str]) -> Purges {
        let mut purges = Purges::default();
        for text in patterns {
            purges.add(&pattern(text));
        }
        purges
    }

    #[test]
    fn a_purge_raises_the_epoch_of_what_it_is_for_and_of_nothing_else() {
        let purges = purged(&["/products/*", "/products/7", "/about"]);
        for (path, epoch) in [
            ("/", 0),
            ("/about", 3),
            ("/about/us", 0),
            ("/products", 1),
            ("/products/7", 2),
            ("/products/8", 1),
        ] {
            assert_eq!(purges.epoch(path), epoch, "{path}");
        }
        let all = purged(&["/products/*", "/*"]);
        assert_eq!((all.epoch("/"), all.epoch("/products/7")), (2, 2));
    }

    #[test]
    fn a_purge_of_all_takes_the_place_of_those_that_it_covers() {
        let purges = purged(&["/products/1", "/products/2", "/about", "/products/*"]);
        assert_eq!(purges.list.len(), 2);
        assert_eq!(purges.epoch("/products/1"), 4);
        assert_eq!(purged(&["/a", "/a", "/a"]).list.len(), 1);
    }

    #[test]
    fn no_epoch_ever_gets_less_however_many_purges_there_are() {
        let mut purges = Purges::default();
        let paths = ["/", "/p/0", "/p/1", "/p/199", "/p/500", "/p/x/y"];
        let mut epochs = [0; 6];
        let mut state: u64 = 7;
        for purge in 0..3_000_u64 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let id = (state >> 33) % 700;
            let text = match id {
                690.. => "/p/x/*".into(),
                _ => format!("/p/{id}"),
            };
            purges.add(&pattern(&text));
            for (path, before) in paths.iter().zip(&mut epochs) {
                let epoch = purges.epoch(path);
                assert!(epoch >= *before, "{purge} {path}: {epoch} after {before}");
                if pattern(&text).matches(path) {
                    assert!(epoch > *before, "{purge} {path} was purged");
                }
                *before = epoch;
            }
            assert!(purges.list.len() <= PURGES_MAX);
        }
    }

    #[test]
    fn the_stored_form_is_this() {
        let text = r#"[3,1,[["/about",2],["/products/*",3]]]"#;
        let purges = purged(&["/*", "/about", "/products/*"]);
        assert_eq!(serde_json::to_string(&purges).unwrap(), text);
        assert_eq!(serde_json::from_str::<Purges>(text).unwrap(), purges);
    }
}
