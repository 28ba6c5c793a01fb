//! What tells one subscriber from another.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::base::hex::push_hex;

/// The digits of an id behind its first letter: 128 bits.
const DIGITS: usize = 32;

/// The way by which a subscriber is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Medium {
    /// By e-mail.
    Email,
    /// By a webhook.
    Webhook,
}

impl Medium {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Email, Self::Webhook];

    /// Its name in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Webhook => "webhook",
        }
    }

    /// What the ids of such subscribers begin with, so that those of one medium stand together.
    pub const fn letter(self) -> char {
        match self {
            Self::Email => 'e',
            Self::Webhook => 'w',
        }
    }

    /// A text that sorts behind the ids of all such subscribers, and before all others behind them.
    pub const fn end(self) -> &'static str {
        match self {
            Self::Email => "f",
            Self::Webhook => "x",
        }
    }

    /// A text that sorts before the ids of all such subscribers.
    pub const fn begin(self) -> &'static str {
        match self {
            Self::Email => "e",
            Self::Webhook => "w",
        }
    }
}

/// The id of a subscriber: a letter for the medium, and 128 bits that no stranger can guess, in
/// hexadecimal. It tells neither the address nor whether there is such a subscriber.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SubscriberId(String);

impl SubscriberId {
    /// The id of these bits.
    pub(super) fn new(medium: Medium, bits: &[u8; DIGITS / 2]) -> Self {
        let mut text = String::with_capacity(1 + DIGITS);
        text.push(medium.letter());
        push_hex(&mut text, bits);
        Self(text)
    }

    /// Reads an id.
    pub fn parse(text: &str) -> Option<Self> {
        let is_digit = |b: u8| b.is_ascii_digit() || matches!(b, b'a'..=b'f');
        let digits = text.strip_prefix(['e', 'w'])?;
        let is_id = digits.len() == DIGITS && digits.bytes().all(is_digit);
        is_id.then(|| Self(text.into()))
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// By which way the subscriber is told.
    pub fn medium(&self) -> Medium {
        if self.0.starts_with(Medium::Webhook.letter()) { Medium::Webhook } else { Medium::Email }
    }
}

impl TryFrom<String> for SubscriberId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("expected a letter and 32 hexadecimal digits")
    }
}

impl From<SubscriberId> for String {
    fn from(id: SubscriberId) -> Self {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ids_of_one_medium_stand_together() {
        for medium in Medium::ALL {
            for bits in [[0; 16], [0xff; 16]] {
                let id = SubscriberId::new(medium, &bits);
                assert!(medium.begin() < id.as_str() && id.as_str() < medium.end());
                assert_eq!(SubscriberId::parse(id.as_str()), Some(id.clone()));
                assert_eq!(id.medium(), medium);
            }
        }
    }

    #[test]
    fn what_is_no_id_is_none() {
        for text in ["", "e", "e0123", "x00000000000000000000000000000000", "confirm"] {
            assert_eq!(SubscriberId::parse(text), None, "{text}");
        }
        assert_eq!(SubscriberId::parse("eABCDEF00000000000000000000000000"), None);
    }
}
