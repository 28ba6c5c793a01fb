//! Percent-encoding (RFC 3986 §2.1).

use core::fmt::Write as _;

use alloc::string::String;

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
