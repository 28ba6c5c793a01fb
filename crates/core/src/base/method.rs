//! What HTTP's methods promise.

/// The safe methods of the registry of HTTP methods: they change nothing. Any other, an unknown
/// one too, may change what it names.
pub const SAFE_METHODS: &[&str] =
    &["GET", "HEAD", "OPTIONS", "PRI", "PROPFIND", "QUERY", "REPORT", "SEARCH", "TRACE"];

/// Whether a method is safe (RFC 9110 §9.2.1).
pub fn is_safe(method: &str) -> bool {
    SAFE_METHODS.contains(&method)
}
