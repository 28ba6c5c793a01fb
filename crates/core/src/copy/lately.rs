//! What was done lately, so that a page in demand does not have it done at every request.

use alloc::collections::BTreeMap;

use super::CopyKey;
use crate::time::{Millis, Timestamp};

/// Keys remembered at once.
const LATELY_MAX: usize = 1_000;

/// When something was last done with a copy, by its key. An isolate's memory: others do it too.
#[derive(Clone, Debug)]
pub struct Lately {
    every: Millis,
    /// By the key's hash, when it was done and for which version.
    done: BTreeMap<u64, (Timestamp, u64)>,
}

impl Lately {
    /// It is due again after this long.
    pub const fn new(every: Millis) -> Self {
        Self { every, done: BTreeMap::new() }
    }

    /// Whether it is due; if so, it is taken as done. `version` is whatever tells one version of the
    /// copy from another (`ETag`, `Last-Modified`): for a new one it is due at once.
    pub fn is_due(&mut self, key: &CopyKey, version: &str, now: Timestamp) -> bool {
        // Two keys of one hash keep each other waiting, no longer than an equal one would.
        let (hash, version) = (fnv1a(key.as_str()), fnv1a(version));
        let is_recent = |at: Timestamp| now.since(at) < self.every;
        if self.done.get(&hash).is_some_and(|&(at, done)| is_recent(at) && done == version) {
            return false;
        }
        if self.done.len() >= LATELY_MAX {
            self.done.retain(|_, (at, _)| is_recent(*at));
        }
        if self.done.len() >= LATELY_MAX {
            self.done.pop_first();
        }
        self.done.insert(hash, (now, version));
        true
    }

    /// What was done is void, as when the copy is gone.
    pub fn forget(&mut self, key: &CopyKey) {
        self.done.remove(&fnv1a(key.as_str()));
    }
}

/// FNV-1a, 64 bits (draft-eastlake-fnv).
fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    #[test]
    fn it_is_due_once_in_a_while_and_for_a_new_version_at_once() {
        let mut lately = Lately::new(Millis::from_secs(10));
        let key = CopyKey::new(0, "https", "a.example", "/");
        assert!(lately.is_due(&key, "v1", at(0)));
        assert!(!lately.is_due(&key, "v1", at(9_999)));
        assert!(lately.is_due(&key, "v2", at(9_999)));
        assert!(!lately.is_due(&key, "v2", at(10_000)));
        assert!(lately.is_due(&key, "v2", at(19_999)));
        assert!(lately.is_due(&CopyKey::new(0, "https", "a.example", "/b"), "v1", at(10_000)));
    }

    #[test]
    fn what_is_forgotten_is_due() {
        let mut lately = Lately::new(Millis::from_secs(10));
        let key = CopyKey::new(0, "https", "a.example", "/");
        assert!(lately.is_due(&key, "", at(0)));
        lately.forget(&key);
        assert!(lately.is_due(&key, "", at(0)));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut lately = Lately::new(Millis::from_secs(10));
        for page in 0..5_000 {
            let key = CopyKey::new(0, "https", "a.example", &alloc::format!("/{page}"));
            assert!(lately.is_due(&key, "", at(page)));
        }
        assert!(lately.done.len() <= LATELY_MAX);
    }
}
