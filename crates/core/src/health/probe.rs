//! Whether an upstream works, as one probe of ours finds.

use crate::time::{Millis, Timestamp};

/// A round finds a probe due if the last one is older: rounds come each minute, not exactly.
const PROBE_EVERY: Millis = Millis::from_secs(45);

/// Whether the round of each minute is to probe an upstream that was last probed then.
pub fn is_probe_due(last: Option<Timestamp>, now: Timestamp) -> bool {
    last.is_none_or(|last| now.since(last) >= PROBE_EVERY)
}

/// Whether a probe that got this status passed: 2xx, and 3xx, since a redirect is an answer.
pub const fn probe_passes(status: u16) -> bool {
    matches!(status, 200..=399)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_is_due_once_a_round() {
        let at = Timestamp::from_millis;
        assert!(is_probe_due(None, at(0)));
        assert!(!is_probe_due(Some(at(0)), at(44_999)));
        assert!(is_probe_due(Some(at(0)), at(45_000)));
    }

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
