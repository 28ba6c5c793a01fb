//! The keys with which a team signs its tokens: a JSON Web Key Set (RFC 7517 §5), kept for a while.

use core::fmt;

use alloc::collections::VecDeque;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::Deserialize;
use serde_json::Value;

use crate::base::time::{Millis, Timestamp};

/// How long keys are used after they were fetched, in milliseconds: an hour. Access changes its key
/// every six weeks, and tokens of the one before hold for seven days.
pub const KEYS_LIFE: Millis = Millis::from_secs(3600);
/// The largest number of times that an isolate fetches the keys within a minute. It is more than
/// one, since several requests of a console arrive at once at a new isolate, and none can wait for
/// what another does.
pub const KEY_FETCHES_MAX: usize = 10;
/// The time in which fetches are counted, in milliseconds: a minute.
const KEY_FETCHES_WITHIN: Millis = Millis::from_secs(60);
/// How long a fetch may take, in milliseconds.
pub const ACCESS_KEYS_WITHIN: Millis = Millis::from_secs(5);
/// The largest answer that is read, in bytes: 64 KiB. That of Access has about six.
pub const ACCESS_KEYS_BYTES_MAX: usize = 64 * 1024;
/// The largest number of keys that are kept. Access shows two.
pub const ACCESS_KEYS_MAX: usize = 16;
/// The longest id of a key, in bytes.
const KEY_ID_MAX: usize = 128;
/// The lengths of a modulus, in bytes: RSA of 2048 to 4096 bits.
const MODULUS_BYTES: core::ops::RangeInclusive<usize> = 256..=512;
/// The longest exponent, in bytes.
const EXPONENT_BYTES_MAX: usize = 8;

/// The keys that an isolate knows.
#[derive(Clone, Debug, Default)]
pub struct AccessKeys {
    keys: Vec<AccessKey>,
    /// When they were fetched.
    fetched_at: Option<Timestamp>,
    /// When the latest fetches began, at most [`KEY_FETCHES_MAX`] of them.
    tried: VecDeque<Timestamp>,
}

/// An RSA key. Both numbers are base64url, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
struct AccessKey {
    id: String,
    modulus: String,
    exponent: String,
}

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FoundKey {
    /// The key, as a JSON Web Key.
    Known(String),
    /// The keys have to be fetched first. It is counted as a fetch.
    Fetch,
    /// The team does not have it.
    Unknown,
    /// The keys are too old, and were asked for too often.
    Unavailable,
}

impl AccessKeys {
    /// Looks for the key of this id.
    pub fn find(&mut self, id: &str, now: Timestamp) -> FoundKey {
        let is_fresh = self.are_fresh(now);
        if is_fresh && let Some(key) = self.keys.iter().find(|key| key.id == id) {
            return FoundKey::Known(key.to_jwk());
        }
        // A clock that was set back would hold fetches up for as long.
        self.tried.retain(|tried| *tried <= now && now.since(*tried) < KEY_FETCHES_WITHIN);
        if self.tried.len() < KEY_FETCHES_MAX {
            self.tried.push_back(now);
            return FoundKey::Fetch;
        }
        if is_fresh { FoundKey::Unknown } else { FoundKey::Unavailable }
    }

    /// Looks for the key of this id after a fetch, and asks for no other one.
    pub fn find_fetched(&self, id: &str, now: Timestamp) -> FoundKey {
        if !self.are_fresh(now) {
            return FoundKey::Unavailable;
        }
        let key = self.keys.iter().find(|key| key.id == id);
        key.map_or(FoundKey::Unknown, |key| FoundKey::Known(key.to_jwk()))
    }

    /// Takes the answer to a fetch.
    ///
    /// # Errors
    /// [`AccessKeysError`] if it has no key that can be used. Those that were known are kept.
    pub fn handle_fetched(&mut self, body: &[u8], now: Timestamp) -> Result<(), AccessKeysError> {
        self.keys = read(body)?;
        self.fetched_at = Some(now);
        Ok(())
    }

    fn are_fresh(&self, now: Timestamp) -> bool {
        self.fetched_at.is_some_and(|at| at <= now && now.since(at) < KEYS_LIFE)
    }
}

impl AccessKey {
    fn to_jwk(&self) -> String {
        let Self { modulus, exponent, .. } = self;
        format!(r#"{{"kty":"RSA","alg":"RS256","n":"{modulus}","e":"{exponent}"}}"#)
    }
}

#[derive(Deserialize)]
struct KeySet {
    /// Each is looked at on its own, so that one of another kind takes no other along.
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct JsonWebKey {
    kty: String,
    kid: String,
    alg: Option<String>,
    r#use: Option<String>,
    n: String,
    e: String,
}

fn read(body: &[u8]) -> Result<Vec<AccessKey>, AccessKeysError> {
    let set: KeySet = serde_json::from_slice(body).map_err(|_| AccessKeysError::NoKeySet)?;
    let keys = set.keys.into_iter().filter_map(|key| usable(serde_json::from_value(key).ok()?));
    let keys: Vec<AccessKey> = keys.take(ACCESS_KEYS_MAX).collect();
    if keys.is_empty() { Err(AccessKeysError::NoKey) } else { Ok(keys) }
}

fn usable(key: JsonWebKey) -> Option<AccessKey> {
    let is_or_missing = |value: &Option<String>, it| value.as_deref().is_none_or(|have| have == it);
    let size = |text: &str| Base64UrlUnpadded::decode_vec(text).ok().map(|bytes| bytes.len());
    let is_usable = key.kty == "RSA"
        && is_or_missing(&key.alg, "RS256")
        && is_or_missing(&key.r#use, "sig")
        && (1..=KEY_ID_MAX).contains(&key.kid.len())
        && size(&key.n).is_some_and(|bytes| MODULUS_BYTES.contains(&bytes))
        && size(&key.e).is_some_and(|bytes| (1..=EXPONENT_BYTES_MAX).contains(&bytes));
    is_usable.then_some(AccessKey { id: key.kid, modulus: key.n, exponent: key.e })
}

/// Why an answer brings no keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessKeysError {
    /// It is no set of keys.
    NoKeySet,
    /// None of its keys can be used.
    NoKey,
}

impl fmt::Display for AccessKeysError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoKeySet => "the answer is no JSON Web Key Set",
            Self::NoKey => "the answer has no RSA key of 2048 to 4096 bits for signatures",
        })
    }
}

impl core::error::Error for AccessKeysError {}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use serde_json::json;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(1_795_424_400_000 + seconds * 1000)
    }

    fn number(bytes: usize) -> String {
        Base64UrlUnpadded::encode_string(&alloc::vec![0xA5; bytes])
    }

    fn key(id: &str) -> Value {
        let n = number(256);
        json!({ "kid": id, "kty": "RSA", "alg": "RS256", "use": "sig", "e": "AQAB", "n": n })
    }

    fn body(keys: &[Value]) -> Vec<u8> {
        json!({ "keys": keys, "public_cert": {}, "public_certs": [] }).to_string().into_bytes()
    }

    fn known(found: FoundKey) -> bool {
        match found {
            FoundKey::Known(_) => true,
            FoundKey::Fetch | FoundKey::Unknown | FoundKey::Unavailable => false,
        }
    }

    #[test]
    fn a_key_is_fetched_once_an_hour() {
        let mut keys = AccessKeys::default();
        assert_eq!(keys.find("a", at(0)), FoundKey::Fetch);
        assert_eq!(keys.find_fetched("a", at(0)), FoundKey::Unavailable);
        keys.handle_fetched(&body(&[key("a")]), at(1)).unwrap();
        assert!(known(keys.find("a", at(1))));
        assert!(known(keys.find("a", at(3600))));
        assert_eq!(keys.find("a", at(3601)), FoundKey::Fetch);
        assert_eq!(keys.find_fetched("a", at(3601)), FoundKey::Unavailable);
    }

    #[test]
    fn a_key_that_is_not_known_is_asked_for_a_few_times_a_minute() {
        let mut keys = AccessKeys::default();
        keys.handle_fetched(&body(&[key("a")]), at(0)).unwrap();
        for _ in 0..KEY_FETCHES_MAX {
            assert_eq!(keys.find("b", at(10)), FoundKey::Fetch);
        }
        assert_eq!(keys.find("b", at(10)), FoundKey::Unknown);
        assert!(known(keys.find("a", at(10))), "others hinder no one");
        assert_eq!(keys.find("b", at(69)), FoundKey::Unknown);
        assert_eq!(keys.find("b", at(70)), FoundKey::Fetch);
        keys.handle_fetched(&body(&[key("a"), key("b")]), at(71)).unwrap();
        assert!(known(keys.find("b", at(71))));
    }

    #[test]
    fn a_clock_that_was_set_back_holds_nothing_up_and_keeps_nothing_longer() {
        let mut keys = AccessKeys::default();
        keys.handle_fetched(&body(&[key("a")]), at(5000)).unwrap();
        for _ in 0..KEY_FETCHES_MAX {
            assert_eq!(keys.find("b", at(5000)), FoundKey::Fetch);
        }
        assert_eq!(keys.find("a", at(0)), FoundKey::Fetch);
    }

    #[test]
    fn an_answer_without_keys_leaves_those_that_were_known() {
        let mut keys = AccessKeys::default();
        keys.handle_fetched(&body(&[key("a")]), at(0)).unwrap();
        for (answer, error) in [
            (&b"<html>"[..], AccessKeysError::NoKeySet),
            (br#"{"keys":{}}"#, AccessKeysError::NoKeySet),
            (br#"{"keys":[]}"#, AccessKeysError::NoKey),
        ] {
            assert_eq!(keys.handle_fetched(answer, at(1)), Err(error));
        }
        assert!(known(keys.find("a", at(1))));
    }

    #[test]
    fn keys_of_another_kind_are_left_out() {
        for (member, value) in [
            ("kty", json!("EC")),
            ("alg", json!("RS512")),
            ("use", json!("enc")),
            ("n", json!(number(128))),
            ("n", json!(number(1024))),
            ("n", json!("\"},{\"")),
            ("e", json!("")),
            ("e", json!(number(9))),
            ("kid", json!("")),
            ("kid", json!("x".repeat(KEY_ID_MAX + 1))),
            ("kid", json!(7)),
        ] {
            let mut other = key("a");
            other[member] = value.clone();
            assert_eq!(
                read(&body(&[other.clone()])),
                Err(AccessKeysError::NoKey),
                "{member} {value}"
            );
            assert_eq!(read(&body(&[other, key("b")])).unwrap().len(), 1);
        }
        let many: Vec<Value> = (0..ACCESS_KEYS_MAX + 5).map(|n| key(&n.to_string())).collect();
        assert_eq!(read(&body(&many)).unwrap().len(), ACCESS_KEYS_MAX);
    }

    #[test]
    fn the_key_is_told_as_the_platform_takes_it() {
        let key = AccessKey { id: "a".into(), modulus: "bm4".into(), exponent: "AQAB".into() };
        let jwk = r#"{"kty":"RSA","alg":"RS256","n":"bm4","e":"AQAB"}"#;
        assert_eq!(key.to_jwk(), jwk);
    }
}
