//! Addresses of people.

use core::fmt;

use alloc::string::String;

use serde::{Deserialize, Serialize};

/// The longest address, in bytes (RFC 5321 §4.5.3.1.3, without the angle brackets).
pub const EMAIL_MAX: usize = 254;

/// The e-mail address of an operator, in lower case: no provider tells people apart by case, and
/// the site file may be written in either.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Reads an address: a local part, one `@`, and a domain, without spaces and control
    /// characters.
    pub fn parse(text: &str) -> Option<Self> {
        let (local, domain) = text.split_once('@')?;
        let is_part = |part: &str| {
            let mut characters = part.chars();
            !part.is_empty()
                && characters.all(|c| !c.is_control() && !c.is_whitespace() && c != '@' && c != '*')
        };
        let is_address = text.len() <= EMAIL_MAX && is_part(local) && is_part(domain);
        is_address.then(|| Self(text.to_ascii_lowercase()))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What follows its `@`.
    pub fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, domain)| domain)
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("no e-mail address")
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.0
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_in_lower_case() {
        let kim = EmailAddress::parse("Kim.O'Neill+ops@Shop.Example").unwrap();
        assert_eq!(kim.as_str(), "kim.o'neill+ops@shop.example");
        assert_eq!(kim.domain(), "shop.example");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = alloc::format!("{}@b.example", "a".repeat(EMAIL_MAX));
        for text in ["", "@", "a@", "@b", "a", "a@b@c", "a b@c", "a@b\n", "*@b", "a@*", &long] {
            assert_eq!(EmailAddress::parse(text), None, "{text:?}");
        }
    }
}
