//! Operators' requests about subscribers, read from JSON.

use super::OrderError;
use super::fields::OrderBody;
use crate::watch::subscription::{Contact, SubscriberAddress};

const FIND_KEYS: &[&str] = &["email"];
const EMAIL_ALLOWED: &str = "an address such as `you@shop.example`";

/// Reads whose subscription is looked for.
///
/// # Errors
/// [`OrderError`] for the first thing that is wrong. It does not show the address.
pub fn parse_subscriber(body: &[u8]) -> Result<Contact, OrderError> {
    let value = OrderBody::read(body, FIND_KEYS)?.required("email", EMAIL_ALLOWED)?;
    let address = value.as_str().and_then(|text| SubscriberAddress::parse(text).ok());
    let refused = || OrderError::refused("email", &"…".into(), EMAIL_ALLOWED);
    address.map(Contact::Email).ok_or_else(refused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString as _;

    #[test]
    fn an_address_is_read_and_shown_nowhere() {
        let found = parse_subscriber(br#"{"email": "Zoe@Shop.Example"}"#).unwrap();
        assert_eq!(found.masked(), "Z…@shop.example");
        let error = parse_subscriber(br#"{"email": "zoe@shop"}"#).unwrap_err().to_string();
        assert!(!error.contains("zoe"), "{error}");
    }
}
