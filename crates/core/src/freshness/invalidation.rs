//! Which copies end when a request changes something (RFC 9111 §4.4).

/// Methods that change nothing, by the registry of HTTP methods. Any other, an unknown one too, may
/// change what it names.
pub const SAFE_METHODS: &[&str] =
    &["GET", "HEAD", "OPTIONS", "PRI", "PROPFIND", "QUERY", "REPORT", "SEARCH", "TRACE"];

/// Whether a method changes nothing (RFC 9110 §9.2.1).
pub fn is_safe(method: &str) -> bool {
    SAFE_METHODS.contains(&method)
}

/// Whether the copies of what a request names are no longer what the upstream would say: after any
/// unsafe method that did not fail. Of the answer's `Location` and `Content-Location` too, where
/// they are on the same host.
pub fn invalidates(method: &str, status: u16) -> bool {
    !is_safe(method) && matches!(status, 200..=399)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsafe_methods_that_do_not_fail_invalidate() {
        for method in ["POST", "PUT", "DELETE", "PATCH", "M-SEARCH", "ANYTHING"] {
            assert!(invalidates(method, 200) && invalidates(method, 303), "{method}");
            assert!(!invalidates(method, 404) && !invalidates(method, 500), "{method}");
        }
        assert!(!invalidates("GET", 200) && !invalidates("QUERY", 200));
    }
}
