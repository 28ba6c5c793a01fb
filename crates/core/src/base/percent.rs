//! Percent-encoding (RFC 3986 §2.1).

use core::fmt::Write as _;

use alloc::string::String;
use alloc::vec::Vec;

/// Appends a value, in which all but RFC 3986's unreserved characters (§2.3) are encoded: it is one
/// segment of a path, or one name or value of a query or of a form, whatever it holds.
///
/// ```
/// use breakwater_core::base::percent;
///
/// let mut path = String::from("/v2/alerts/");
/// percent::push(&mut path, "a b/c~d");
/// assert_eq!(path, "/v2/alerts/a%20b%2Fc~d");
/// ```
pub fn push(text: &mut String, value: &str) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing to a `String` does not fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
}

/// A name or a value of a form as it was before it was sent
/// (url.spec.whatwg.org/#urlencoded-parsing). What is no escape stays as it is.
///
/// ```
/// use breakwater_core::base::percent;
///
/// assert_eq!(percent::decoded_form(b"a+b%2Bc%"), b"a b+c%");
/// ```
pub fn decoded_form(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(&byte) = rest.next() {
        let escaped = match rest.as_slice() {
            [high, low, ..] if byte == b'%' => digit(*high).zip(digit(*low)),
            _ => None,
        };
        match (byte, escaped) {
            (_, Some((high, low))) => {
                bytes.push(high << 4 | low);
                rest.nth(1);
            }
            (b'+', None) => bytes.push(b' '),
            (byte, None) => bytes.push(byte),
        }
    }
    bytes
}

fn digit(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|digit| digit as u8)
}
