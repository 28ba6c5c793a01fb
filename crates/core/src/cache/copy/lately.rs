//! What was done lately, so that a page in demand does not have it done at every request.

use alloc::collections::BTreeMap;

use super::CopyKey;
use crate::base::time::{Millis, Timestamp};

/// Keys remembered at once.
const LATELY_MAX: usize = 1_000;

/// When something was last done with a copy, by its key. An isolate's memory: others do it too.
#[derive(Clone, Debug)]
pub struct Lately {
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

impl Lately {
    /// It is due again after this long.
    pub const fn new(every: Millis) -> Self {
        Self { every, done: BTreeMap::new() }
    }

    /// Whether it is due; if so, it is taken as done. `version` is whatever tells one version of
    /// the copy from another (`ETag`, `Last-Modified`): for a new one it is due at once.
    pub fn is_due(&mut self, key: &CopyKey, version: &str, now: Timestamp) -> bool {
        // Two keys of one hash keep each other waiting, no longer than an equal one would.
        let (hash, version) = (fnv1a(key.as_str()), fnv1a(version));
        let is_recent = |at: Timestamp| now.since(at) < self.every;
        let url = fnv1a(key.url());
        if self.done.get(&hash).is_some_and(|done| is_recent(done.at) && done.version == version) {
            return false;
        }
        if self.done.len() >= LATELY_MAX {
            self.done.retain(|_, done| is_recent(done.at));
        }
        if self.done.len() >= LATELY_MAX {
            self.done.pop_first();
        }
        self.done.insert(hash, Done { at: now, version, url });
        true
    }

    /// What was done with any copy of the key's URL is void, as when what they show was changed.
    pub fn forget(&mut self, key: &CopyKey) {
        let url = fnv1a(key.url());
        self.done.retain(|_, done| done.url != url);
    }
}

/// FNV-1a, 64 bits (draft-eastlake-fnv).
pub(in crate::cache) fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::kind::Kind;

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    #[test]
    fn it_is_due_once_in_a_while_and_for_a_new_version_at_once() {
        let mut lately = Lately::new(Millis::from_secs(10));
        let key = CopyKey::new(0, "https", "a.example", "/", Kind::default());
        assert!(lately.is_due(&key, "v1", at(0)));
        assert!(!lately.is_due(&key, "v1", at(9_999)));
        assert!(lately.is_due(&key, "v2", at(9_999)));
        assert!(!lately.is_due(&key, "v2", at(10_000)));
        assert!(lately.is_due(&key, "v2", at(19_999)));
        assert!(lately.is_due(
            &CopyKey::new(0, "https", "a.example", "/b", Kind::default()),
            "v1",
            at(10_000)
        ));
    }

    #[test]
    fn what_is_forgotten_is_due() {
        let mut lately = Lately::new(Millis::from_secs(10));
        let key = CopyKey::new(0, "https", "a.example", "/", Kind::default());
        assert!(lately.is_due(&key, "", at(0)));
        lately.forget(&key);
        assert!(lately.is_due(&key, "", at(0)));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut lately = Lately::new(Millis::from_secs(10));
        for page in 0..5_000 {
            let key =
                CopyKey::new(0, "https", "a.example", &alloc::format!("/{page}"), Kind::default());
            assert!(lately.is_due(&key, "", at(page)));
        }
        assert!(lately.done.len() <= LATELY_MAX);
    }
}
