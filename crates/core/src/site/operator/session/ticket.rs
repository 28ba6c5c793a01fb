//! What the cookie of a session holds, and what is kept of it.

use alloc::string::String;
use alloc::vec::Vec;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::base::hex::hex;
use crate::site::access::Rank;
use crate::site::operator::OperatorTokens;

/// The bytes of a session's id, which are random: 256 bit.
pub const SESSION_ID_BYTES: usize = 32;
/// The bytes of a tag, an HMAC-SHA-256 (RFC 2104).
const TAG_BYTES: usize = 32;
/// What a tag is about, so that it is not taken for another use of the same token.
const PURPOSE: &[u8] = b"breakwater session 1\n";
/// The digits of a session's name.
const NAME_DIGITS: usize = 12;

/// A cookie whose tag is right, so that Breakwater has made it, with the token that its rank has
/// now. Whether its session still lasts, the site's object knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionTicket {
    rank: Rank,
    hash: SessionHash,
}

impl SessionTicket {
    /// Makes a ticket of 32 random bytes, and the value of its cookie: `RANK.ID.TAG`. There is none
    /// for a rank that has no token.
    pub fn issue(
        random: &[u8; SESSION_ID_BYTES],
        rank: Rank,
        tokens: &OperatorTokens,
    ) -> Option<(Self, String)> {
        let tag = mac(random, rank, tokens)?.finalize().into_bytes();
        let [id, tag] = [&random[..], &tag].map(Base64UrlUnpadded::encode_string);
        let value = [rank.as_str(), ".", &id, ".", &tag].concat();
        Some((Self { rank, hash: SessionHash::of(random) }, value))
    }

    /// Reads the value of a cookie. One that Breakwater has not made is none, and so is one whose
    /// token has been replaced.
    pub fn read(value: &str, tokens: &OperatorTokens) -> Option<Self> {
        let (rank, rest) = value.split_once('.')?;
        let (id, tag) = rest.split_once('.')?;
        let rank = Rank::ALL.into_iter().find(|known| known.as_str() == rank)?;
        let id: [u8; SESSION_ID_BYTES] = decoded(id)?;
        let tag: [u8; TAG_BYTES] = decoded(tag)?;
        // In constant time.
        mac(&id, rank, tokens)?.verify_slice(&tag).ok()?;
        Some(Self { rank, hash: SessionHash::of(&id) })
    }

    /// The rank whose token the session came from.
    pub const fn rank(&self) -> Rank {
        self.rank
    }

    /// What is kept of the id.
    pub const fn hash(&self) -> &SessionHash {
        &self.hash
    }
}

fn mac(id: &[u8], rank: Rank, tokens: &OperatorTokens) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(tokens.of(rank)?.as_bytes()).ok()?;
    mac.update(PURPOSE);
    mac.update(rank.as_str().as_bytes());
    mac.update(b"\n");
    mac.update(id);
    Some(mac)
}

fn decoded<const N: usize>(text: &str) -> Option<[u8; N]> {
    let bytes: Vec<u8> = Base64UrlUnpadded::decode_vec(text).ok()?;
    bytes.try_into().ok()
}

/// The digest of a session's id (SHA-256), in hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SessionHash(String);

impl SessionHash {
    fn of(id: &[u8]) -> Self {
        Self(hex(&Sha256::digest(id)))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first of them, by which operators name a session.
    pub fn name(&self) -> &str {
        &self.0[..NAME_DIGITS]
    }
}

impl TryFrom<String> for SessionHash {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_hash = text.len() == 2 * SESSION_ID_BYTES
            && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if is_hash { Ok(Self(text)) } else { Err("no digest of a session's id") }
    }
}

impl From<SessionHash> for String {
    fn from(hash: SessionHash) -> Self {
        hash.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::operator::token::tokens;
    use proptest::prelude::*;

    const ID: [u8; SESSION_ID_BYTES] = [7; SESSION_ID_BYTES];

    fn all() -> OperatorTokens {
        tokens(&[(Rank::Admin, "boss"), (Rank::Responder, "help"), (Rank::Viewer, "look")])
    }

    #[test]
    fn a_cookie_is_this_and_what_is_kept_is_a_digest() {
        let (ticket, value) = SessionTicket::issue(&ID, Rank::Viewer, &all()).unwrap();
        assert_eq!(
            value,
            "viewer.BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc.\
             pnmhQYnTKWgc46nqawQQCssLKEoi8W-x7SnS1zHQi3E"
        );
        assert_eq!(SessionTicket::read(&value, &all()), Some(ticket.clone()));
        assert_eq!(
            ticket.hash().as_str(),
            "4bb06f8e4e3a7715d201d573d0aa423762e55dabd61a2c02278fa56cc6d294e0"
        );
        assert_eq!(ticket.hash().name(), "4bb06f8e4e3a");
    }

    #[test]
    fn a_ticket_fits_the_token_that_it_came_from_and_no_other() {
        for rank in Rank::ALL {
            let (ticket, value) = SessionTicket::issue(&ID, rank, &all()).unwrap();
            assert_eq!((ticket.rank(), SessionTicket::read(&value, &all())), (rank, Some(ticket)));
            let rotated = tokens(&[(rank, "another")]);
            assert_eq!(SessionTicket::read(&value, &rotated), None);
            assert_eq!(SessionTicket::read(&value, &tokens(&[])), None);
            for other in Rank::ALL.into_iter().filter(|other| *other != rank) {
                let raised = value.replace(rank.as_str(), other.as_str());
                assert_eq!(SessionTicket::read(&raised, &all()), None, "{rank} as {other}");
            }
            // Not even where two ranks have one token.
            let same = tokens(&Rank::ALL.map(|rank| (rank, "one")));
            let (_, value) = SessionTicket::issue(&ID, rank, &same).unwrap();
            for other in Rank::ALL.into_iter().filter(|other| *other != rank) {
                let raised = value.replace(rank.as_str(), other.as_str());
                assert_eq!(SessionTicket::read(&raised, &same), None);
            }
        }
        assert!(SessionTicket::issue(&ID, Rank::Admin, &tokens(&[])).is_none());
    }

    #[test]
    fn a_hash_is_read_as_it_is_stored() {
        let hash = SessionHash::of(&ID);
        let stored = serde_json::to_string(&hash).unwrap();
        assert_eq!(serde_json::from_str::<SessionHash>(&stored).unwrap(), hash);
        for stored in ["\"\"", "\"a\"", &stored.to_uppercase(), &stored.replace('"', "")] {
            assert!(serde_json::from_str::<SessionHash>(stored).is_err(), "{stored}");
        }
    }

    proptest! {
        #[test]
        fn no_other_text_is_a_ticket(text in "(viewer|admin|root|)\\PC{0,100}") {
            prop_assert_eq!(SessionTicket::read(&text, &all()), None);
        }

        #[test]
        fn a_cookie_that_is_changed_anywhere_is_none(place in 0_usize..100, letter in "[!-~]") {
            let (_, value) = SessionTicket::issue(&ID, Rank::Viewer, &all()).unwrap();
            let place = place % value.len();
            let mut changed = value.clone();
            changed.replace_range(place..=place, &letter);
            prop_assert_eq!(SessionTicket::read(&changed, &all()).is_some(), changed == value);
        }
    }
}
