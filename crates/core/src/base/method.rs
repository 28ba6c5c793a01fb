//! The properties that HTTP guarantees for its methods.

/// The safe methods of IANA's registry of HTTP methods, which change nothing. Any other method,
/// even an unknown one, may change the resource that it names.
pub const SAFE_METHODS: &[&str] =
    &["GET", "HEAD", "OPTIONS", "PRI", "PROPFIND", "QUERY", "REPORT", "SEARCH", "TRACE"];

/// Returns whether a method is safe (RFC 9110 §9.2.1).
pub fn is_safe(method: &str) -> bool {
    SAFE_METHODS.contains(&method)
}
