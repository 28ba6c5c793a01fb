//! The forms in which the value of a secret may stand in a text.

use alloc::string::String;
use alloc::vec::Vec;

use crate::base::json::quoted;

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Characters that `encodeURIComponent` leaves as they are, beside letters and digits.
const COMPONENT: &[u8] = b"-_.~!*'()";
/// Characters that need no escape in a URL (RFC 3986 §2.3), beside letters and digits.
const UNRESERVED: &[u8] = b"-_.~";

/// The forms of a value: as it is, escaped, and inside base64.
pub(super) fn of(value: &str) -> Vec<Vec<u8>> {
    let bytes = value.as_bytes();
    let json = quoted(value);
    let json = json.trim_start_matches('"').strip_suffix('"').unwrap_or(&json);
    let mut forms: Vec<Vec<u8>> = Vec::from([
        bytes.to_vec(),
        json.as_bytes().to_vec(),
        // JSON may escape a slash (RFC 8259 §7).
        json.replace('/', "\\/").into_bytes(),
        html(value).into_bytes(),
    ]);
    for plain in [UNRESERVED, COMPONENT] {
        for digits in [b"0123456789ABCDEF", b"0123456789abcdef"] {
            let escaped = percent_encoded(bytes, plain, digits);
            forms.push(escaped.replace("%20", "+").into_bytes());
            forms.push(escaped.into_bytes());
        }
    }
    for alphabet in [STANDARD, URL_SAFE] {
        forms.extend((0..3).map(|offset| inside_base64(bytes, offset, alphabet)));
    }
    forms
}

fn html(value: &str) -> String {
    let escaped = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    escaped.replace('"', "&quot;").replace('\'', "&#39;")
}

fn percent_encoded(bytes: &[u8], plain: &[u8], digits: &[u8; 16]) -> String {
    let mut encoded = String::new();
    let digit = |value: u8| digits.get(usize::from(value)).map_or('0', |&digit| char::from(digit));
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || plain.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push(digit(byte >> 4));
            encoded.push(digit(byte & 15));
        }
    }
    encoded
}

/// The characters of base64 (RFC 4648 §4, §5) that bytes alone decide, where `offset` bytes of a
/// group of three stand before them. A password that is sent as `Basic` has a name before it.
fn inside_base64(bytes: &[u8], offset: usize, alphabet: &[u8; 64]) -> Vec<u8> {
    let bit = |at: usize| -> Option<usize> {
        let byte = bytes.get((at / 8).checked_sub(offset)?)?;
        Some(usize::from(byte >> (7 - at % 8) & 1))
    };
    let characters = (offset + bytes.len()).div_ceil(3) * 4;
    let character = |at: usize| -> Option<u8> {
        let value = (6 * at..6 * at + 6).try_fold(0, |value, at| Some(value * 2 + bit(at)?))?;
        alphabet.get(value).copied()
    };
    (0..characters).filter_map(character).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn inside(value: &str, offset: usize, expected: &str) {
        let form = inside_base64(value.as_bytes(), offset, STANDARD);
        assert_eq!(core::str::from_utf8(&form), Ok(expected));
    }

    #[test]
    fn base64_is_known_at_each_offset() {
        // `hunter2` is aHVudGVyMg==, `:hunter2` is Omh1bnRlcjI=, and `a:hunter2` is YTpodW50ZXIy.
        inside("hunter2", 0, "aHVudGVyM");
        inside("hunter2", 1, "h1bnRlcj");
        inside("hunter2", 2, "odW50ZXIy");
    }
}
