//! Which stored responses end when a request changes something (RFC 9111 §4.4).

use crate::base::method::is_safe;

/// Whether the stored responses of what a request names are no longer what the upstream would say:
/// after any unsafe method that did not fail. Of the answer's `Location` and `Content-Location`
/// too, where they are on the same host.
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
