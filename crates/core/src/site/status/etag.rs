//! The validator of a body.

use alloc::string::String;

use sha2::{Digest as _, Sha256};

use crate::base::hex::push_hex;

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
    push_digest(&mut tag, body, KEPT);
    tag.push('"');
    tag
}

/// Appends the beginning of a text's SHA-256 in hexadecimal digits, two for each byte.
pub(super) fn push_digest(out: &mut String, text: &str, bytes: usize) {
    push_hex(out, &Sha256::digest(text.as_bytes())[..bytes]);
}
