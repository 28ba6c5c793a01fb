//! Copies at rest: the key under which one is kept, and how old it is.

use core::fmt::{self, Write as _};

use alloc::collections::BTreeMap;
use alloc::string::String;

use crate::freshness::Keep;
use crate::time::{Millis, Timestamp};

/// Copies kept under keys of another form are not found again.
const KEY_PREFIX: &str = "https://copies.invalid/1/";
/// Longest key. Longer ones come from long queries, which are seldom asked for twice.
const KEY_MAX: usize = 4096;

/// The key of a copy, a URL that no host answers: host, path, query, and where the answer
/// varies, the fields that it varies by. Every part that visitors choose is encoded, so that no
/// two requests share a key unless all of it is the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyKey(String);

impl CopyKey {
    /// The plain key: of the copy, or of the signpost where copies vary.
    pub fn new(host: &str, path_and_query: &str) -> Self {
        let mut key = String::from(KEY_PREFIX);
        encode(&mut key, host);
        key.push('/');
        encode(&mut key, path_and_query);
        Self(key)
    }

    /// The key of one variant, given the fields' names and values; `None` if it would be too
    /// long to be worth keeping.
    pub fn variant(&self, values: &[(String, String)]) -> Option<Self> {
        let mut key = self.0.clone();
        for (name, value) in values {
            key.push('/');
            encode(&mut key, name);
            key.push('=');
            encode(&mut key, value);
        }
        (key.len() <= KEY_MAX).then_some(Self(key))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Percent-encodes all but RFC 3986's unreserved characters.
fn encode(key: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~') {
            key.push(byte.into());
        } else {
            let _ = write!(key, "%{byte:02X}");
        }
    }
}

/// When a copy was made, and for how long it is fresh. Written `1 MADE FRESH`, in milliseconds,
/// the first being the version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredCopy {
    made: Timestamp,
    fresh_for: Millis,
}

/// How old a copy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CopyAge {
    /// Since its making.
    pub age: Millis,
    /// Of it, what it was said to be fresh for.
    pub fresh_for: Millis,
}

impl CopyAge {
    /// What is left of its freshness in whole seconds, less than zero when it is stale: `ttl` of
    /// `Cache-Status` (RFC 9211 §2.5).
    pub const fn ttl_seconds(self) -> i64 {
        (self.fresh_for.get() / 1000) as i64 - (self.age.get() / 1000) as i64
    }
}

impl StoredCopy {
    /// A copy of an answer that has just arrived.
    pub fn new(keep: &Keep, now: Timestamp) -> Self {
        let made = now.as_millis().saturating_sub(keep.age.get());
        Self { made: Timestamp::from_millis(made), fresh_for: keep.fresh_for }
    }

    /// Reads the written form; `None` for one of another version.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        if parts.next()? != "1" {
            return None;
        }
        let made = Timestamp::from_millis(parts.next()?.parse().ok()?);
        let fresh_for = Millis::new(parts.next()?.parse().ok()?);
        parts.next().is_none().then_some(Self { made, fresh_for })
    }

    /// How long the store is to keep it: from its making, its freshness and then `stale_for`.
    pub const fn kept_for(self, stale_for: Millis) -> Millis {
        Millis::new(self.fresh_for.get().saturating_add(stale_for.get()))
    }

    /// Its age, if it may still be used: no more than `stale_for` past its freshness.
    pub fn usable_at(self, now: Timestamp, stale_for: Millis) -> Option<CopyAge> {
        let age = now.since(self.made);
        (age <= self.kept_for(stale_for)).then_some(CopyAge { age, fresh_for: self.fresh_for })
    }
}

impl fmt::Display for StoredCopy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1 {} {}", self.made.as_millis(), self.fresh_for.get())
    }
}

/// Longest body, in bytes, that is read whole before its first byte goes out, so that it can be
/// kept, and replaced if it breaks off.
pub const WHOLE_MAX: u32 = 256 * 1024;
/// How often the same answer is kept anew: a copy that is this much older than it might be
/// misleads nobody, and writing one for every request would cost more than serving it.
pub const KEEP_EVERY: Millis = Millis::from_secs(10);
/// Answers remembered at once.
const LATELY_MAX: usize = 1_000;

/// Which answers became copies lately, so that a page in demand is not written at every request.
#[derive(Clone, Debug, Default)]
pub struct KeptLately {
    at: BTreeMap<u64, Timestamp>,
}

impl KeptLately {
    /// Whether this answer is to be kept now; if so, it is taken as kept. `validator` is whatever
    /// tells one version of it from another (`ETag`, `Last-Modified`): a new version is due.
    pub fn is_due(&mut self, key: &CopyKey, validator: &str, now: Timestamp) -> bool {
        // Two answers of one hash keep each other waiting, no longer than an equal one would.
        let hash = fnv1a(&[key.as_str(), validator]);
        if self.at.get(&hash).is_some_and(|&at| now.since(at) < KEEP_EVERY) {
            return false;
        }
        if self.at.len() >= LATELY_MAX {
            self.at.retain(|_, at| now.since(*at) < KEEP_EVERY);
        }
        if self.at.len() >= LATELY_MAX {
            self.at.pop_first();
        }
        self.at.insert(hash, now);
        true
    }
}

/// FNV-1a, 64 bits (draft-eastlake-fnv), with a zero between the parts.
fn fnv1a(parts: &[&str]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use alloc::vec::Vec;

    fn key(host: &str, path: &str, values: &[(&str, &str)]) -> String {
        let owned = |&(name, value): &(&str, &str)| (name.to_string(), value.to_string());
        let values: Vec<_> = values.iter().map(owned).collect();
        CopyKey::new(host, path).variant(&values).unwrap().as_str().to_string()
    }

    #[test]
    fn no_two_requests_share_a_key() {
        let keys = [
            key("a.example", "/", &[]),
            key("a.example", "/?", &[]),
            key("a.example", "/%2F", &[]),
            key("a.example", "//", &[]),
            key("a.example", "/x", &[]),
            key("a.example", "/X", &[]),
            key("a.example", "/x/accept=y", &[]),
            key("a.example", "/x", &[("accept", "y")]),
            key("a.example", "/x", &[("accept", "y/accept-language=z")]),
            key("a.example", "/x", &[("accept", "y"), ("accept-language", "z")]),
            key("a.example/x", "/", &[]),
            key("a.example", "/x?a=1&b=2", &[]),
            key("a.example", "/x?b=2&a=1", &[]),
        ];
        for (i, one) in keys.iter().enumerate() {
            for other in &keys[i + 1..] {
                assert_ne!(one, other);
            }
        }
    }

    #[test]
    fn a_key_that_is_too_long_is_none() {
        let long = "x".repeat(KEY_MAX);
        assert_eq!(CopyKey::new("a", "/").variant(&[("accept".into(), long)]), None);
    }

    #[test]
    fn a_copy_is_usable_until_it_is_too_stale() {
        let keep =
            Keep { fresh_for: Millis::from_secs(60), age: Millis::from_secs(10), vary: Vec::new() };
        let stored = StoredCopy::new(&keep, Timestamp::from_millis(100_000));
        assert_eq!(stored.to_string(), "1 90000 60000");
        assert_eq!(StoredCopy::parse("1 90000 60000"), Some(stored));
        let stale_for = Millis::from_secs(30);
        let age = stored.usable_at(Timestamp::from_millis(180_000), stale_for).unwrap();
        assert_eq!((age.age, age.ttl_seconds()), (Millis::from_secs(90), -30));
        assert_eq!(stored.usable_at(Timestamp::from_millis(180_001), stale_for), None);
    }

    #[test]
    fn an_answer_in_demand_is_kept_once_in_a_while_and_a_new_version_at_once() {
        let mut lately = KeptLately::default();
        let key = CopyKey::new("a.example", "/");
        let at = |ms| Timestamp::from_millis(ms);
        assert!(lately.is_due(&key, "v1", at(0)));
        assert!(!lately.is_due(&key, "v1", at(9_999)));
        assert!(lately.is_due(&key, "v2", at(9_999)));
        assert!(lately.is_due(&key, "v1", at(10_000)));
        assert!(lately.is_due(&CopyKey::new("a.example", "/b"), "v1", at(10_000)));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut lately = KeptLately::default();
        for page in 0..5_000 {
            let key = CopyKey::new("a.example", &alloc::format!("/{page}"));
            assert!(lately.is_due(&key, "", Timestamp::from_millis(page)));
        }
        assert!(lately.at.len() <= LATELY_MAX);
    }

    #[test]
    fn another_version_is_not_read() {
        for text in ["", "2 1 1", "1 1", "1 1 1 1", "1 a 1"] {
            assert_eq!(StoredCopy::parse(text), None, "{text}");
        }
    }
}
