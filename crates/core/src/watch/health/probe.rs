//! Whether an upstream works, as one probe of ours finds.

use crate::base::time::{Millis, Timestamp};
use crate::circuit::outcome::{Dialect, Ended, Outcome};
use crate::circuit::policy::Count;

/// A round finds a probe due if the last one is older: rounds come each minute, not exactly.
const PROBE_EVERY: Millis = Millis::from_secs(45);
/// The shortest time between two stored probes of which the later one failed: 10 s.
const KEEP_FAILED_EVERY: Millis = Millis::from_secs(10);

/// How long a probe of an upstream may take; one that takes longer fails.
pub const PROBE_TIMEOUT: Millis = Millis::from_secs(10);

/// Whether the round of each minute is to probe an upstream that was last probed then.
pub fn is_probe_due(last: Option<Timestamp>, now: Timestamp) -> bool {
    last.is_none_or(|last| now.since(last) >= PROBE_EVERY)
}

/// Whether the result of a probe is stored. An open circuit is probed about each second, and all
/// that its failures say is said by one in ten seconds. `last`: when the latest stored one was
/// made.
pub fn is_probe_kept(passed: bool, last: Option<Timestamp>, now: Timestamp) -> bool {
    passed || last.is_none_or(|last| now.since(last) >= KEEP_FAILED_EVERY)
}

/// Whether a probe that got this status found the upstream reachable. The same table judges probes
/// and calls: what counts as a success does, and so does a refusal (401, 403, 404, 429), since
/// firewalls and bot rules refuse what looks like a machine. Whether calls work again a permit
/// decides.
pub fn probe_passes(dialect: Dialect, count: Count, status: u16) -> bool {
    let ended = Ended::with_status(status, None);
    match dialect.judge(count, ended, Millis::ZERO).outcome {
        Outcome::Success | Outcome::Ignored | Outcome::Throttled | Outcome::Exhausted => true,
        Outcome::Failure => false,
    }
}

/// Whether an answer only says that the upstream refuses to be probed: it is reachable, and the
/// probe says nothing more.
pub const fn is_refusal(status: u16) -> bool {
    matches!(status, 400..=499)
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
    fn probes_that_fail_one_after_the_other_are_stored_each_ten_seconds() {
        let at = Timestamp::from_millis;
        assert!(is_probe_kept(false, None, at(0)));
        assert!(!is_probe_kept(false, Some(at(0)), at(9_999)));
        assert!(is_probe_kept(true, Some(at(0)), at(1)));
        assert!(is_probe_kept(false, Some(at(0)), at(10_000)));
    }

    #[test]
    fn answers_and_redirects_pass() {
        let passes = |status| probe_passes(Dialect::Http, Count::Gateway, status);
        for status in [200, 204, 301, 399] {
            assert!(passes(status) && !is_refusal(status), "{status}");
        }
        for status in [502, 503, 504, 522, 530] {
            assert!(!passes(status) && !is_refusal(status), "{status}");
        }
    }

    #[test]
    fn an_interim_answer_is_the_platforms_doing_and_shows_a_reachable_upstream() {
        for status in [100, 103, 199] {
            assert!(probe_passes(Dialect::Http, Count::Gateway, status), "{status}");
        }
    }

    #[test]
    fn a_refusal_passes_since_it_shows_that_the_upstream_is_reachable() {
        for status in [400, 401, 403, 404, 429] {
            for dialect in Dialect::ALL {
                assert!(probe_passes(dialect, Count::Gateway, status), "{dialect:?} {status}");
            }
            assert!(is_refusal(status));
        }
    }

    #[test]
    fn a_probe_counts_as_calls_do() {
        assert!(probe_passes(Dialect::Http, Count::Gateway, 500));
        assert!(!probe_passes(Dialect::Http, Count::ServerErrors, 500));
    }
}
