//! The validator of a body.

use core::fmt::Write as _;

use alloc::string::String;

use sha2::{Digest as _, Sha256};

/// How many bytes of the digest are kept: 16, so that no two bodies of one address share them.
const KEPT: usize = 16;

/// The strong validator of a body (RFC 9110 §8.8.3), with its quotation marks. Equal bodies have
/// equal validators, in every isolate and every version of the Worker.
///
/// ```
/// use breakwater_core::site::status::etag;
///
/// assert_eq!(etag("a"), "\"ca978112ca1bbdcafac231b39a23dc4d\"");
/// ```
pub fn etag(body: &str) -> String {
    let mut tag = String::with_capacity(2 * KEPT + 2);
    tag.push('"');
    push_hex(&mut tag, body, KEPT);
    tag.push('"');
    tag
}

/// Appends the beginning of a text's SHA-256 in hexadecimal digits, two for each byte.
pub(super) fn push_hex(out: &mut String, text: &str, bytes: usize) {
    for byte in Sha256::digest(text.as_bytes()).iter().take(bytes) {
        // Writing to a `String` does not fail.
        let _ = write!(out, "{byte:02x}");
    }
}
