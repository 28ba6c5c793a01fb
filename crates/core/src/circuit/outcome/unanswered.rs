//! Which party is to blame for a call without an answer: the upstream, for its own part only.

use super::Ended;
use crate::base::time::Millis;
use crate::base::wire::{CallFacts, UploadState};

/// The longest body, in bytes, that goes out together with the head of its request. If the
/// connection breaks then, the request counts as one without a body.
pub const AT_ONCE_MAX: u64 = 16 * 1024;

/// The time within which a connection that cannot be made is refused, and within which a body that
/// was handed over may still be on its way: 1 s.
pub const IN_TRANSIT_MAX: Millis = Millis::from_secs(1);

/// How far a request's body went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upload {
    /// There was none, or it was at hand and went out with the request.
    None,
    /// It was still on its way.
    Passing {
        /// Bytes that it has, as far as that is known.
        size: u64,
        /// Time since the request was sent.
        since: Millis,
    },
    /// All of it was handed over.
    Sent {
        /// Bytes that it has.
        size: u64,
        /// Time since then.
        since: Millis,
    },
    /// The visitor's connection or the body's framing broke before its end.
    Broken,
    /// The visitor paused for too long, or took too long in all.
    Stalled,
}

/// The facts about a call without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unanswered {
    /// The upstream's time was up, and the call was ended for it.
    pub is_timed_out: bool,
    /// The visitor's connection is gone.
    pub has_visitor_left: bool,
    /// The platform refused to send the request, or our own code failed at it. Fetch says so with a
    /// `TypeError`, and workerd keeps to that: what the network does is a plain `Error`.
    pub is_refused: bool,
    /// How far the request's body went.
    pub upload: Upload,
}

impl Unanswered {
    /// Reads the line that the entry makes.
    pub fn read(facts: &str) -> Self {
        let CallFacts { is_timed_out, has_visitor_left, is_refused, upload, size, since } =
            CallFacts::parse(facts);
        let since = Millis::new(since);
        let upload = match upload {
            UploadState::None => Upload::None,
            UploadState::Passing => Upload::Passing { size, since },
            UploadState::Sent => Upload::Sent { size, since },
            UploadState::Broken => Upload::Broken,
            UploadState::Stalled => Upload::Stalled,
        };
        Self { is_timed_out, has_visitor_left, is_refused, upload }
    }

    /// The same of a body that could not be read before anything was sent.
    pub fn unread(upload: Upload) -> Self {
        Self { upload, ..Self::read("") }
    }

    /// The end of the call, by the party that caused it.
    ///
    /// A connection that breaks while a body is going out is no evidence: a server may close it as
    /// soon as it has answered, and the answer is lost with it (RFC 9112 §9.6). What is refused
    /// before it was sent cannot be the upstream's doing either.
    ///
    /// ```
    /// use breakwater_core::circuit::outcome::{Ended, Unanswered, Upload};
    /// use breakwater_core::base::time::Millis;
    ///
    /// let upload = Upload::Passing { size: 1_000_000, since: Millis::from_secs(4) };
    /// let broke = Unanswered {
    ///     is_timed_out: false,
    ///     has_visitor_left: false,
    ///     is_refused: false,
    ///     upload,
    /// };
    /// assert_eq!(broke.ended(), Ended::BrokeWhileSending);
    /// let broke = Unanswered { upload: Upload::None, ..broke };
    /// assert_eq!(broke.ended(), Ended::Disconnected);
    /// ```
    pub fn ended(self) -> Ended {
        match self.upload {
            Upload::Broken => return Ended::VisitorLeft,
            Upload::Stalled => return Ended::VisitorStalled,
            Upload::None | Upload::Passing { .. } | Upload::Sent { .. } => {}
        }
        if self.is_timed_out {
            return Ended::TimedOut;
        }
        if self.has_visitor_left {
            return Ended::VisitorLeft;
        }
        if self.is_refused {
            return Ended::NotSent;
        }
        let was_sending = match self.upload {
            Upload::Passing { size, since } => size > AT_ONCE_MAX || since > IN_TRANSIT_MAX,
            // What was handed over may still be on its way.
            Upload::Sent { size, since } => size > AT_ONCE_MAX && since <= IN_TRANSIT_MAX,
            Upload::None | Upload::Broken | Upload::Stalled => false,
        };
        if was_sending { Ended::BrokeWhileSending } else { Ended::Disconnected }
    }
}

/// Methods whose requests are sent without a body. A body with GET or HEAD has no meaning (RFC 9110
/// §9.3.1, §9.3.2), some servers refuse it, and the platform does not send it (Fetch standard).
/// With TRACE it must not be sent (§9.3.8).
pub const BODYLESS_METHODS: &[&str] = &["GET", "HEAD", "TRACE"];

/// Whether a request of this method is sent with a body.
pub fn carries_body(method: &str) -> bool {
    !BODYLESS_METHODS.contains(&method)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BROKE: Unanswered = Unanswered {
        is_timed_out: false,
        has_visitor_left: false,
        is_refused: false,
        upload: Upload::None,
    };
    const SOON: Millis = Millis::new(5);
    const LATE: Millis = Millis::from_secs(3);

    #[track_caller]
    fn check(upload: Upload, expected: Ended) {
        assert_eq!(Unanswered { upload, ..BROKE }.ended(), expected, "{upload:?}");
    }

    #[test]
    fn an_unfinished_body_is_the_visitors_whatever_else_happened() {
        for (upload, expected) in
            [(Upload::Broken, Ended::VisitorLeft), (Upload::Stalled, Ended::VisitorStalled)]
        {
            check(upload, expected);
            let all =
                Unanswered { is_timed_out: true, has_visitor_left: true, is_refused: true, upload };
            assert_eq!(all.ended(), expected);
        }
    }

    #[test]
    fn a_break_while_a_body_is_going_out_is_no_evidence() {
        check(Upload::Passing { size: 300_000, since: SOON }, Ended::BrokeWhileSending);
        check(Upload::Passing { size: 12, since: LATE }, Ended::BrokeWhileSending);
        check(Upload::Sent { size: 300_000, since: SOON }, Ended::BrokeWhileSending);
    }

    #[test]
    fn a_break_before_or_after_it_is() {
        check(Upload::None, Ended::Disconnected);
        check(Upload::Passing { size: 300, since: SOON }, Ended::Disconnected);
        check(Upload::Sent { size: 300, since: SOON }, Ended::Disconnected);
        check(Upload::Sent { size: 300_000, since: LATE }, Ended::Disconnected);
    }

    #[test]
    fn an_upstream_that_is_silent_or_takes_nothing_has_timed_out() {
        let late = Unanswered { is_timed_out: true, has_visitor_left: true, ..BROKE };
        assert_eq!(late.ended(), Ended::TimedOut);
        let upload = Upload::Passing { size: 300_000, since: LATE };
        assert_eq!(Unanswered { upload, ..late }.ended(), Ended::TimedOut);
    }

    #[test]
    fn what_the_platform_refuses_was_not_sent() {
        let refused = Unanswered { is_refused: true, ..BROKE };
        assert_eq!(refused.ended(), Ended::NotSent);
        let upload = Upload::Passing { size: 0, since: SOON };
        assert_eq!(Unanswered { upload, ..refused }.ended(), Ended::NotSent);
        // What throws when a visitor goes is a `TypeError` too.
        let left = Unanswered { has_visitor_left: true, ..refused };
        assert_eq!(left.ended(), Ended::VisitorLeft);
    }

    #[test]
    fn what_the_glue_tells_is_read() {
        let passing = Upload::Passing { size: 40, since: Millis::new(7) };
        for (facts, expected) in [
            ("0 0 0 none 0 0", BROKE),
            ("1 0 0 none 0 0", Unanswered { is_timed_out: true, ..BROKE }),
            (
                "0 1 0 broken 3 9",
                Unanswered { has_visitor_left: true, upload: Upload::Broken, ..BROKE },
            ),
            ("0 0 1 passing 40 7", Unanswered { is_refused: true, upload: passing, ..BROKE }),
            ("0 0 0 stalled 40 7", Unanswered { upload: Upload::Stalled, ..BROKE }),
            ("", BROKE),
        ] {
            assert_eq!(Unanswered::read(&facts.replace(' ', "\n")), expected, "{facts}");
        }
        assert_eq!(Unanswered::unread(Upload::Broken).ended(), Ended::VisitorLeft);
        assert_eq!(Unanswered::unread(Upload::Stalled).ended(), Ended::VisitorStalled);
        let sent = Upload::Sent { size: 5, since: Millis::new(1_000) };
        assert_eq!(Unanswered::read("0\n0\n0\nsent\n5\n1000").upload, sent);
    }

    #[test]
    fn only_what_means_something_is_sent_with_a_body() {
        for method in ["GET", "HEAD", "TRACE"] {
            assert!(!carries_body(method), "{method}");
        }
        for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "LOCK", "get"] {
            assert!(carries_body(method), "{method}");
        }
    }

    proptest! {
        #[test]
        fn nothing_that_is_told_is_too_strange_to_read(facts in ".*") {
            Unanswered::read(&facts).ended();
        }
    }
}
