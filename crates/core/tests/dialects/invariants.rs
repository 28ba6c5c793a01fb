//! The rules that hold for every body. The fuzz target checks the same rules.

use breakwater_core::base::time::Millis;
use breakwater_core::circuit::outcome::{
    BODY_MAX, Body, Cause, Dialect, Ended, Judgement, Outcome,
};
use breakwater_core::circuit::policy::Count;
use serde::de::IgnoredAny;

/// The statuses that dialects distinguish, and their neighbours.
const STATUSES: [u16; 12] = [200, 304, 400, 401, 402, 403, 429, 500, 503, 504, 544, 600];

/// How long each call took, in milliseconds.
const TOOK: Millis = Millis::new(3);

/// Panics if a body breaks a rule.
pub(crate) fn check(bytes: &[u8]) {
    let is_json = bytes.len() > BODY_MAX || serde_json::from_slice::<IgnoredAny>(bytes).is_ok();
    for dialect in Dialect::ALL {
        for status in STATUSES {
            let ended = Ended::Answered { status, retry_after: Some(Millis::from_secs(9)) };
            check_call(dialect, ended, bytes, is_json);
        }
        for ended in [Ended::TimedOut, Ended::Disconnected, Ended::VisitorLeft, Ended::Interim] {
            let judged = dialect.examine(Count::Gateway, ended, Body::whole(bytes), TOOK);
            let unread = dialect.examine(Count::Gateway, ended, Body::UNREAD, TOOK);
            assert_eq!(judged, unread, "a call without an answer has no body");
        }
    }
}

fn check_call(dialect: Dialect, ended: Ended, bytes: &[u8], is_json: bool) {
    let judge = |count, body| dialect.examine(count, ended, body, TOOK);
    let unread = judge(Count::Gateway, Body::UNREAD);
    let whole = judge(Count::Gateway, Body::whole(bytes));
    check_judgement(ended, whole);
    check_judgement(ended, judge(Count::Gateway, Body::beginning(bytes)));
    assert_eq!(whole.cause, judge(Count::ServerErrors, Body::whole(bytes)).cause);

    if matches!(dialect, Dialect::Http | Dialect::Removebg) {
        assert_eq!(whole, unread, "no body is read");
    }
    if !is_json {
        assert_eq!(whole, unread, "what is not JSON says nothing");
    }
    if let Ended::Answered { status: 200..=399, .. } = ended {
        let may_be = matches!(whole.cause, Cause::Answered | Cause::Unhealthy | Cause::Quota);
        assert!(may_be, "{:?} on a success", whole.cause);
    }
}

fn check_judgement(ended: Ended, judged: Judgement) {
    let Judgement { completion, cause } = judged;
    assert_eq!(completion.outcome, cause.outcome(Count::Gateway));
    assert_eq!(completion.took, TOOK);
    let waits =
        matches!(completion.outcome, Outcome::Failure | Outcome::Throttled | Outcome::Exhausted);
    assert!(waits || completion.retry_after.is_none(), "{cause:?} names a wait");
    if let Ended::Answered { status, .. } = ended {
        let is_refusal = (400..=499).contains(&status);
        let counts = completion.outcome == Outcome::Failure;
        let says_why = matches!(cause, Cause::Overload | Cause::Unavailable | Cause::Gateway)
            || matches!(cause, Cause::Outage | Cause::Paused);
        assert!(!(is_refusal && counts) || says_why, "{status} is no failure by itself");
    }
}
