//! The key from which ids, tokens and secrets of subscribers follow.
//!
//! One random key is made and kept. An HMAC (RFC 2104) of a purpose and an id is a token, so that
//! none has to be stored, and one of one purpose or id serves no other. Tokens are compared in
//! constant time.

use core::fmt;

use alloc::format;
use alloc::string::String;

use base64ct::{Base64, Encoding as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::id::{Medium, SubscriberId};
use super::subscriber::Contact;
use crate::base::hex::{hex, push_hex};
use crate::base::stored::StoredForm;
use crate::base::time::Timestamp;

/// The bytes of a key: as many as its HMACs have.
pub const KEY_BYTES: usize = 32;
/// The bytes of a token: 128 bits, which cannot be guessed.
const TOKEN_BYTES: usize = 16;
/// The bytes of the block of SHA-256, to which a key is padded with zeros (RFC 2104 §2).
const BLOCK_BYTES: usize = 64;
/// What a secret of a webhook begins with (Standard Webhooks 1.0.0).
const SECRET_PREFIX: &str = "whsec_";

/// Randomness of the caller's, from a source for secrets. Each request gets its own. It may become
/// the key, so that nothing else shows a part of it.
#[derive(Clone, Copy)]
pub struct Entropy(pub [u8; KEY_BYTES]);

impl Entropy {
    fn digits(self) -> String {
        hex(&self.0)
    }
}

/// What is random is not shown.
impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy")
    }
}

/// What a text is for that follows from the key.
#[derive(Clone, Copy)]
enum Purpose {
    Id,
    Nonce,
    Confirm,
    Manage,
    Secret,
    Challenge,
}

impl Purpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Nonce => "nonce",
            Self::Confirm => "confirm",
            Self::Manage => "manage",
            Self::Secret => "secret",
            Self::Challenge => "challenge",
        }
    }
}

/// The key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SubscriptionKey([u8; KEY_BYTES]);

impl StoredForm for SubscriptionKey {
    const VERSION: u32 = 1;
    const NAME: &'static str = "key";
    const NOUN: &'static str = "key of subscriptions";
}

/// The key is not shown.
impl fmt::Debug for SubscriptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SubscriptionKey")
    }
}

/// A token that opens a link. It is not shown in errors and logs.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SubscriptionToken(String);

impl SubscriptionToken {
    /// The token, of letters, digits and dots.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SubscriptionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SubscriptionToken")
    }
}

/// The secret that signs what is sent to a subscriber's webhook. It is not shown in errors and
/// logs.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WebhookSecret(String);

impl WebhookSecret {
    /// `whsec_` and 32 bytes in base64.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret")
    }
}

/// A token that confirms an address, taken apart. Whether it is right is not known yet.
#[derive(Clone, PartialEq, Eq)]
pub struct ConfirmToken {
    /// Whose address.
    pub id: SubscriberId,
    /// From when on it confirms nothing.
    pub expires: Timestamp,
    tag: [u8; TOKEN_BYTES],
}

impl fmt::Debug for ConfirmToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConfirmToken")
    }
}

impl ConfirmToken {
    /// Reads `ID.SECONDS.TAG`.
    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let (id, seconds, tag) = (parts.next()?, parts.next()?, parts.next()?);
        let is_number = !seconds.is_empty() && seconds.bytes().all(|b| b.is_ascii_digit());
        let expires = Timestamp::from_unix_seconds(seconds.parse().ok().filter(|_| is_number)?);
        let id = SubscriberId::parse(id)?;
        parts.next().is_none().then_some(Self { id, expires, tag: tag_of(tag)? })
    }
}

impl SubscriptionKey {
    /// The key of this randomness.
    pub const fn new(entropy: Entropy) -> Self {
        Self(entropy.0)
    }

    /// The id of an e-mail address, of which there is one: who subscribes again is the same
    /// subscriber, and is found without a list of addresses. A webhook has an id for each time that
    /// one is asked for, since only its receiver knows the secret of the one before.
    pub fn id_of(&self, contact: &Contact, entropy: Entropy) -> SubscriberId {
        match contact {
            Contact::Email(address) => {
                let mac = self.mac(Purpose::Id, &[&address.folded()]);
                SubscriberId::new(Medium::Email, &first(&mac.finalize().into_bytes()))
            }
            Contact::Webhook(_) => {
                let mac = self.mac(Purpose::Id, &["webhook", &entropy.digits()]);
                SubscriberId::new(Medium::Webhook, &first(&mac.finalize().into_bytes()))
            }
        }
    }

    /// What tells the times apart for which a subscriber is pending.
    pub fn nonce(&self, entropy: Entropy) -> String {
        self.tag(Purpose::Nonce, &[&entropy.digits()])
    }

    /// The token that confirms an address until `expires`. `nonce` is that of the time for which
    /// the subscriber is pending, so that a token of an earlier time confirms nothing.
    pub fn confirm_token(
        &self,
        id: &SubscriberId,
        nonce: &str,
        expires: Timestamp,
    ) -> SubscriptionToken {
        let seconds = format!("{}", expires.unix_seconds());
        let tag = self.tag(Purpose::Confirm, &[id.as_str(), nonce, &seconds]);
        SubscriptionToken(format!("{}.{seconds}.{tag}", id.as_str()))
    }

    /// Whether a token was made by [`confirm_token`](Self::confirm_token). Its time is not looked
    /// at.
    pub fn is_confirm_token(&self, token: &ConfirmToken, nonce: &str) -> bool {
        let seconds = format!("{}", token.expires.unix_seconds());
        let mac = self.mac(Purpose::Confirm, &[token.id.as_str(), nonce, &seconds]);
        mac.verify_truncated_left(&token.tag).is_ok()
    }

    /// The token by which a subscriber changes or ends a subscription. It does not expire, so that
    /// each message that was ever sent ends what it belongs to (RFC 8058).
    pub fn manage_token(&self, id: &SubscriberId) -> SubscriptionToken {
        SubscriptionToken(self.tag(Purpose::Manage, &[id.as_str()]))
    }

    /// Whether a text is the token of [`manage_token`](Self::manage_token).
    pub fn is_manage_token(&self, id: &SubscriberId, text: &str) -> bool {
        let mac = self.mac(Purpose::Manage, &[id.as_str()]);
        tag_of(text).is_some_and(|tag| mac.verify_truncated_left(&tag).is_ok())
    }

    /// The secret of a subscriber's webhook.
    pub fn webhook_secret(&self, id: &SubscriberId) -> WebhookSecret {
        let mac = self.mac(Purpose::Secret, &[id.as_str()]);
        let secret = Base64::encode_string(&mac.finalize().into_bytes());
        WebhookSecret([SECRET_PREFIX, &secret].concat())
    }

    /// The challenge that a webhook's receiver repeats at this attempt.
    pub fn challenge(&self, id: &SubscriberId, attempt: u32) -> SubscriptionToken {
        let attempt = format!("{attempt}");
        SubscriptionToken(self.tag(Purpose::Challenge, &[id.as_str(), &attempt]))
    }

    /// Whether a text is the challenge of this attempt.
    pub fn is_challenge(&self, id: &SubscriberId, attempt: u32, text: &str) -> bool {
        let mac = self.mac(Purpose::Challenge, &[id.as_str(), &format!("{attempt}")]);
        tag_of(text).is_some_and(|tag| mac.verify_truncated_left(&tag).is_ok())
    }

    /// No part has the byte that stands between them.
    fn mac(&self, purpose: Purpose, parts: &[&str]) -> Hmac<Sha256> {
        let mut block = [0; BLOCK_BYTES];
        block[..KEY_BYTES].copy_from_slice(&self.0);
        let mut mac = Hmac::<Sha256>::new(&block.into());
        mac.update(purpose.as_str().as_bytes());
        for part in parts {
            mac.update(&[0]);
            mac.update(part.as_bytes());
        }
        mac
    }

    fn tag(&self, purpose: Purpose, parts: &[&str]) -> String {
        let mut text = String::with_capacity(2 * TOKEN_BYTES);
        let mac = self.mac(purpose, parts).finalize().into_bytes();
        push_hex(&mut text, &first::<TOKEN_BYTES>(&mac));
        text
    }
}

/// The first bytes of at least as many.
fn first<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut first = [0; N];
    for (to, from) in first.iter_mut().zip(bytes) {
        *to = *from;
    }
    first
}

/// The tag that a text is, in hexadecimal.
fn tag_of(text: &str) -> Option<[u8; TOKEN_BYTES]> {
    let is_digit = |b: u8| b.is_ascii_digit() || matches!(b, b'a'..=b'f');
    if text.len() != 2 * TOKEN_BYTES || !text.bytes().all(is_digit) {
        return None;
    }
    let mut tag = [0; TOKEN_BYTES];
    for (at, byte) in tag.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(tag)
}

impl TryFrom<String> for SubscriptionKey {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let mut key = [0; KEY_BYTES];
        match Base64::decode(&text, &mut key) {
            Ok(decoded) if decoded.len() == KEY_BYTES => Ok(Self(key)),
            Ok(_) | Err(_) => Err("expected 32 bytes in base64"),
        }
    }
}

impl From<SubscriptionKey> for String {
    fn from(key: SubscriptionKey) -> Self {
        Base64::encode_string(&key.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::subscription::SubscriberAddress;

    fn key() -> SubscriptionKey {
        SubscriptionKey::new(Entropy([7; KEY_BYTES]))
    }

    fn id_of(address: &str) -> SubscriberId {
        let address = SubscriberAddress::parse(address).unwrap();
        key().id_of(&Contact::Email(address), Entropy([0; KEY_BYTES]))
    }

    #[test]
    fn the_stored_form_is_this() {
        let stored = r#"{"version":1,"key":"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="}"#;
        assert_eq!(key().to_stored(), stored);
        assert_eq!(SubscriptionKey::from_stored(stored), Ok(key()));
        let short = r#"{"version":1,"key":"BwcH"}"#;
        assert!(SubscriptionKey::from_stored(short).is_err());
    }

    /// Python's `hmac.new(bytes([7] * 32), b"id\0a@shop.example", "sha256")` and the like. Links in
    /// mails that were sent hold them, so that none may change.
    #[test]
    fn what_follows_from_a_key_is_this() {
        let id = id_of("A@shop.example");
        assert_eq!(id.as_str(), "ee655f9e40b1f52c1e9b5ba91d7ba495d");
        let expires = Timestamp::from_unix_seconds(1_795_000_000);
        for (token, text) in [
            (key().manage_token(&id), "d799db768a4908fdced7a317f923990c"),
            (
                key().confirm_token(&id, "n", expires),
                &format!("{}.1795000000.3d3d1a28b4d4d32ca1a7a828ea7f4dab", id.as_str()),
            ),
            (key().challenge(&id, 1), "a523fcdbd392d34185fea3220817ebfb"),
        ] {
            assert_eq!(token.as_str(), text);
        }
        assert_eq!(
            key().webhook_secret(&id).as_str(),
            "whsec_TvBMy709PFZJdg9uY4iyGnH5ZrqTNsRoxGkZCGNdq8c="
        );
    }

    #[test]
    fn a_token_of_one_purpose_or_address_serves_no_other() {
        let (id, other) = (id_of("a@shop.example"), id_of("b@shop.example"));
        let expires = Timestamp::from_unix_seconds(1_795_000_000);
        let manage = key().manage_token(&id);
        assert!(key().is_manage_token(&id, manage.as_str()));
        assert!(!key().is_manage_token(&other, manage.as_str()));
        assert!(!key().is_challenge(&id, 0, manage.as_str()));
        let confirm = key().confirm_token(&id, "n", expires);
        let read = ConfirmToken::read(confirm.as_str()).unwrap();
        assert!(key().is_confirm_token(&read, "n"));
        assert!(!key().is_confirm_token(&read, "m"));
        assert!(!key().is_confirm_token(&ConfirmToken { id: other, ..read }, "n"));
        let later = Timestamp::from_unix_seconds(1_795_000_001);
        assert!(!key().is_confirm_token(&ConfirmToken { expires: later, ..read }, "n"));
        let tag = confirm.as_str().rsplit_once('.').unwrap().1;
        assert!(!key().is_manage_token(&id, tag));
        for text in ["", "0", &manage.as_str()[1..], &[manage.as_str(), "0"].concat()] {
            assert!(!key().is_manage_token(&id, text), "{text}");
        }
    }

    #[test]
    fn what_is_no_token_is_none() {
        let id = id_of("a@shop.example");
        for text in ["", "..", "a.1.b", &format!("{}.1.0", id.as_str())] {
            assert_eq!(ConfirmToken::read(text), None, "{text}");
        }
        let tag = "0".repeat(32);
        for middle in ["", "-1", "+1", "99999999999999999999", "1.2"] {
            let text = format!("{}.{middle}.{tag}", id.as_str());
            assert_eq!(ConfirmToken::read(&text), None, "{text}");
        }
    }
}
