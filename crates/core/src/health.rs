//! Whether an upstream works.

/// Whether a probe that got this status passed: 2xx, and 3xx, since a redirect is an answer.
pub const fn probe_passes(status: u16) -> bool {
    matches!(status, 200..=399)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_and_redirects_pass() {
        for status in [200, 204, 301, 399] {
            assert!(probe_passes(status), "{status}");
        }
        for status in [101, 199, 400, 404, 500, 503] {
            assert!(!probe_passes(status), "{status}");
        }
    }
}
