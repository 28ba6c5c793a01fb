//! Bytes as hexadecimal digits, two for each, in lower case.

use core::fmt::Write as _;

use alloc::string::String;

/// The digits of these bytes.
///
/// ```
/// use breakwater_core::base::hex::hex;
///
/// assert_eq!(hex(&[0, 10, 255]), "000aff");
/// ```
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    push_hex(&mut text, bytes);
    text
}

/// Appends them to a text.
pub fn push_hex(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // Writing to a `String` does not fail.
        let _ = write!(text, "{byte:02x}");
    }
}
