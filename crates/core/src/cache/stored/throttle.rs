//! A throttle for work on stored responses, so that a page in demand does not cause it at every
//! request.

use alloc::collections::BTreeMap;

use super::CacheKey;
use crate::base::hash::fnv1a;
use crate::base::time::{Millis, Timestamp};

/// The number of keys that a throttle remembers at a time.
const THROTTLE_MAX: usize = 1_000;

/// When some work was last done for a stored response, by its key. Each isolate has its own
/// throttle, so that other isolates do the same work.
#[derive(Clone, Debug)]
pub struct Throttle {
    every: Millis,
    /// By the key's hash.
    done: BTreeMap<u64, Done>,
}

#[derive(Clone, Copy, Debug)]
struct Done {
    at: Timestamp,
    /// Hash of the version that it was done for.
    version: u64,
    /// Hash of the URL.
    url: u64,
}

impl Throttle {
    /// Builds a throttle that lets the work through once in this time.
    pub const fn new(every: Millis) -> Self {
        Self { every, done: BTreeMap::new() }
    }

    /// Takes note of the work and returns true, if it is due. `version` tells one version of the
    /// stored response from another (`ETag`, `Last-Modified`): for a new version the work is due at
    /// once.
    pub fn try_take(&mut self, key: &CacheKey, version: &str, now: Timestamp) -> bool {
        // A hash collision delays storing the second key by at most one interval.
        let (hash, version) = (fnv1a(key.as_str().bytes()), fnv1a(version.bytes()));
        let is_recent = |at: Timestamp| now.since(at) < self.every;
        let url = fnv1a(key.url().bytes());
        if self.done.get(&hash).is_some_and(|done| is_recent(done.at) && done.version == version) {
            return false;
        }
        if self.done.len() >= THROTTLE_MAX {
            self.done.retain(|_, done| is_recent(done.at));
        }
        if self.done.len() >= THROTTLE_MAX {
            self.done.pop_first();
        }
        self.done.insert(hash, Done { at: now, version, url });
        true
    }

    /// Forgets the work for every stored response of the key's URL, as when the content of the URL
    /// was changed.
    pub fn forget(&mut self, key: &CacheKey) {
        let url = fnv1a(key.url().bytes());
        self.done.retain(|_, done| done.url != url);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::kind::VisitorKind;

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    #[test]
    fn it_is_due_once_in_a_while_and_for_a_new_version_at_once() {
        let mut throttle = Throttle::new(Millis::from_secs(10));
        let key = CacheKey::new(0, "https", "a.example", "/", VisitorKind::default());
        assert!(throttle.try_take(&key, "v1", at(0)));
        assert!(!throttle.try_take(&key, "v1", at(9_999)));
        assert!(throttle.try_take(&key, "v2", at(9_999)));
        assert!(!throttle.try_take(&key, "v2", at(10_000)));
        assert!(throttle.try_take(&key, "v2", at(19_999)));
        assert!(throttle.try_take(
            &CacheKey::new(0, "https", "a.example", "/b", VisitorKind::default()),
            "v1",
            at(10_000)
        ));
    }

    #[test]
    fn what_is_forgotten_is_due() {
        let mut throttle = Throttle::new(Millis::from_secs(10));
        let key = CacheKey::new(0, "https", "a.example", "/", VisitorKind::default());
        assert!(throttle.try_take(&key, "", at(0)));
        throttle.forget(&key);
        assert!(throttle.try_take(&key, "", at(0)));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut throttle = Throttle::new(Millis::from_secs(10));
        for page in 0..5_000 {
            let key = CacheKey::new(
                0,
                "https",
                "a.example",
                &alloc::format!("/{page}"),
                VisitorKind::default(),
            );
            assert!(throttle.try_take(&key, "", at(page)));
        }
        assert!(throttle.done.len() <= THROTTLE_MAX);
    }
}
