//! The address of an e-mail.

use core::fmt;

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::base::host::is_host_name;

/// The longest address, in bytes (RFC 5321 §4.5.3.1.3, erratum 1690).
pub const ADDRESS_MAX: usize = 254;
/// The longest part before the `@`, in bytes (RFC 5321 §4.5.3.1.1).
pub const LOCAL_PART_MAX: usize = 64;
/// The last labels of hosts that no mail of the public network reaches (RFC 6761, RFC 6762, RFC
/// 8375).
const LOCAL_LABELS: [&str; 5] = ["localhost", "local", "internal", "arpa", "onion"];

/// An address in the form of RFC 5322's `dot-atom`, whose host is in lower case. What it shows in
/// errors and logs is [masked](Self::masked).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SubscriberAddress(String);

impl SubscriberAddress {
    /// Reads an address as a person wrote it: spaces around it and capitals in its host mean
    /// nothing.
    ///
    /// # Errors
    /// [`AddressError`] if it is none, which does not show it.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        let (local, host) = text.rsplit_once('@').ok_or(AddressError)?;
        let host = host.to_ascii_lowercase();
        let is_atom = |atom: &str| {
            let is_part = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b);
            !atom.is_empty() && atom.bytes().all(is_part)
        };
        let is_address = text.len() <= ADDRESS_MAX
            && local.len() <= LOCAL_PART_MAX
            && local.split('.').all(is_atom)
            && is_host_name(&host)
            && is_public(&host);
        if is_address { Ok(Self([local, "@", &host].concat())) } else { Err(AddressError) }
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What operators are shown: the first character, and the host.
    pub fn masked(&self) -> String {
        let (local, host) = self.0.rsplit_once('@').unwrap_or_default();
        [local.get(..1).unwrap_or_default(), "…@", host].concat()
    }

    /// The address as it is compared: hosts of mail take no note of capitals before the `@` either.
    pub(super) fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

/// Whether a host may be one of the public network: it has a domain, and is no IP address.
pub(super) fn is_public(host: &str) -> bool {
    let Some((_, last)) = host.rsplit_once('.') else { return false };
    // A host whose last label is a number is an IPv4 address to browsers (WHATWG URL, "ends in a
    // number").
    let is_number = last.starts_with(|c: char| c.is_ascii_digit());
    !is_number && !LOCAL_LABELS.contains(&last)
}

impl fmt::Debug for SubscriberAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl TryFrom<String> for SubscriberAddress {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, AddressError> {
        Self::parse(&text)
    }
}

impl From<SubscriberAddress> for String {
    fn from(address: SubscriberAddress) -> Self {
        address.0
    }
}

/// The text is no address that can be subscribed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressError;

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected an address such as `you@shop.example`")
    }
}

impl core::error::Error for AddressError {}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn an_address_is_trimmed_and_its_host_is_in_lower_case() {
        for (text, address) in [
            ("a@shop.example", "a@shop.example"),
            (" Ann.Lee+status@Shop.EXAMPLE\n", "Ann.Lee+status@shop.example"),
            ("o'neil@xn--bcher-kva.example", "o'neil@xn--bcher-kva.example"),
        ] {
            assert_eq!(SubscriberAddress::parse(text).unwrap().as_str(), address);
        }
    }

    #[test]
    fn what_is_no_address_of_the_public_network_is_refused() {
        let long = format!("{}@shop.example", "a".repeat(LOCAL_PART_MAX + 1));
        let host = format!("a@{}.example", ["b"; 123].join("."));
        for text in [
            "",
            "@",
            "a",
            "a@",
            "@shop.example",
            "a@b",
            "a@localhost",
            "a@printer.local",
            "a@127.0.0.1",
            "a@[127.0.0.1]",
            "a@shop.example.",
            "a..b@shop.example",
            ".a@shop.example",
            "a b@shop.example",
            "\"a b\"@shop.example",
            "a@b@shop.example",
            "Ann <a@shop.example>",
            "a@shop.example, b@shop.example",
            "a@shop.example\r\nBcc: b@shop.example",
            "ä@shop.example",
            &long,
            &host,
        ] {
            assert_eq!(SubscriberAddress::parse(text), Err(AddressError), "{text}");
        }
    }

    #[test]
    fn what_is_shown_of_an_address_does_not_tell_it() {
        let address = SubscriberAddress::parse("ann@shop.example").unwrap();
        assert_eq!(address.masked(), "a…@shop.example");
        assert_eq!(format!("{address:?}"), "a…@shop.example");
    }
}
