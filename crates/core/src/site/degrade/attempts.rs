//! The calls that are made for one request: to the upstream, to the upstream again where that
//! helps, and to its backup.

use crate::base::time::{Millis, Timestamp};
use crate::circuit::outcome::Ended;
use crate::circuit::retry::{self, EndedAttempt, RetryBudget, RetryPolicy};
use crate::site::degrade::Trouble;

/// Longest body of a request, in bytes, that is held so that it can be sent again.
pub const HELD_MAX: u32 = 64 * 1024;

/// What a route says about calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallPolicy {
    /// Time to an answer's fields, for each call.
    pub timeout: Millis,
    /// The same for all calls together: no call begins after it, or goes on beyond it.
    pub deadline: Millis,
    /// Whether, how often and when a failed call is made again.
    pub retry: Option<RetryPolicy>,
    /// Whether another upstream stands in.
    pub has_backup: bool,
}

impl CallPolicy {
    /// The same policy for a call of Breakwater's own, for which no visitor waits. It is made once,
    /// and only to the route's upstream, because the answers of a backup are not stored.
    pub const fn once(self) -> Self {
        Self { retry: None, has_backup: false, ..self }
    }
}

/// What is known of a request's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestBody {
    /// There is none, or all of it is at hand: it can be sent again.
    Repeatable,
    /// It passes through, and can be sent once.
    Passing,
}

/// Target to call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The upstream that the route names.
    Origin,
    /// The one that stands in for it.
    Backup,
}

/// The end of the last attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastAttempt {
    /// The circuit breaker did not admit it.
    Rejected,
    /// It was made, and ended so.
    Ended(Ended),
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextAttempt {
    /// Ask the circuit of `whom` and call, `after` this long; the answer's fields come before
    /// `until`, or the call has timed out.
    Call {
        /// Target.
        whom: Target,
        /// How long to wait first.
        after: Millis,
        /// When it is given up.
        until: Timestamp,
    },
    /// What came last is what there is.
    Done,
}

/// The calls for one request. A request whose method is not idempotent, or whose body is gone, is
/// sent at most once, come what may (RFC 9110 §9.2.2).
#[derive(Debug)]
pub struct Attempts<'a> {
    policy: CallPolicy,
    method: &'a str,
    body: RequestBody,
    deadline: Timestamp,
    budgeted: Option<retry::CallInFlight>,
    whom: Target,
    /// Whether any upstream may have seen the request.
    is_sent: bool,
}

impl<'a> Attempts<'a> {
    /// For a request of which everything has arrived at `now` that the calls wait for: a visitor
    /// who is slow to send a body that is held takes none of the calls' time.
    pub fn new(policy: CallPolicy, method: &'a str, body: RequestBody, now: Timestamp) -> Self {
        let deadline = now + policy.deadline;
        Self {
            policy,
            method,
            body,
            deadline,
            budgeted: None,
            whom: Target::Origin,
            is_sent: false,
        }
    }

    /// The first call.
    pub fn first(&mut self, budget: &mut RetryBudget, now: Timestamp) -> NextAttempt {
        self.budgeted = self.policy.retry.map(|_| budget.acquire(self.deadline));
        self.call(Target::Origin, Millis::ZERO, now)
    }

    /// What follows. `budget` is the upstream's, and `random` uniform over all of `u32`.
    pub fn next(
        &mut self,
        last: LastAttempt,
        budget: &mut RetryBudget,
        random: u32,
        now: Timestamp,
    ) -> NextAttempt {
        let next = self.decide(last, budget, random, now);
        if next == NextAttempt::Done
            && let Some(call) = self.budgeted.take()
        {
            budget.release(call, now);
        }
        next
    }

    fn decide(
        &mut self,
        last: LastAttempt,
        budget: &mut RetryBudget,
        random: u32,
        now: Timestamp,
    ) -> NextAttempt {
        if let LastAttempt::Ended(ended) = last {
            self.is_sent = true;
            if Trouble::of(ended).is_none() {
                return NextAttempt::Done;
            }
            if self.whom == Target::Origin
                && let Some(after) = self.retry_after(ended, budget, random, now)
            {
                return self.call(Target::Origin, after, now);
            }
        }
        let may_send = !self.is_sent || self.may_repeat();
        if self.whom == Target::Origin && self.policy.has_backup && may_send && now < self.deadline
        {
            return self.call(Target::Backup, Millis::ZERO, now);
        }
        NextAttempt::Done
    }

    fn may_repeat(&self) -> bool {
        self.body == RequestBody::Repeatable && retry::is_idempotent(self.method)
    }

    fn retry_after(
        &mut self,
        ended: Ended,
        budget: &mut RetryBudget,
        random: u32,
        now: Timestamp,
    ) -> Option<Millis> {
        let (policy, call) = (self.policy.retry.as_ref()?, self.budgeted.as_mut()?);
        let body_is_spent = self.body == RequestBody::Passing;
        let failed = EndedAttempt { method: self.method, body_is_spent, ended };
        budget.delay(policy, call, failed, random, now)
    }

    fn call(&mut self, whom: Target, after: Millis, now: Timestamp) -> NextAttempt {
        self.whom = whom;
        let until = (now + after + self.policy.timeout).min(self.deadline);
        NextAttempt::Call { whom, after, until }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const POLICY: CallPolicy = CallPolicy {
        timeout: Millis::from_secs(2),
        deadline: Millis::from_secs(5),
        retry: None,
        has_backup: false,
    };
    const REFUSED: LastAttempt = LastAttempt::Ended(Ended::Disconnected);
    const FINE: LastAttempt =
        LastAttempt::Ended(Ended::Answered { status: 200, retry_after: None });
    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn retrying() -> CallPolicy {
        CallPolicy { retry: Some(RetryPolicy::default()), ..POLICY }
    }

    #[track_caller]
    fn whom(next: NextAttempt) -> Option<Target> {
        match next {
            NextAttempt::Call { whom, .. } => Some(whom),
            NextAttempt::Done => None,
        }
    }

    /// Target the calls of a request go to, when each of them ends as the list says.
    fn course(
        policy: CallPolicy,
        method: &str,
        body: RequestBody,
        ends: &[LastAttempt],
    ) -> Vec<Target> {
        let mut budget = RetryBudget::default();
        let mut calls = Attempts::new(policy, method, body, NOW);
        let mut course = Vec::new();
        let mut next = calls.first(&mut budget, NOW);
        for end in ends {
            let Some(whom) = whom(next) else { break };
            course.push(whom);
            next = calls.next(*end, &mut budget, 0, NOW);
        }
        course.extend(whom(next));
        course
    }

    use Target::{Backup, Origin};
    use alloc::vec::Vec;

    #[test]
    fn without_a_policy_there_is_one_call() {
        assert_eq!(course(POLICY, "GET", RequestBody::Repeatable, &[REFUSED]), [Origin]);
    }

    #[test]
    fn a_failed_read_is_tried_again_and_then_elsewhere() {
        let policy = CallPolicy { has_backup: true, ..retrying() };
        let ends = [REFUSED, REFUSED, REFUSED];
        assert_eq!(course(policy, "GET", RequestBody::Repeatable, &ends), [Origin, Origin, Backup]);
        assert_eq!(
            course(policy, "GET", RequestBody::Repeatable, &[REFUSED, FINE]),
            [Origin, Origin]
        );
        assert_eq!(
            course(policy, "GET", RequestBody::Repeatable, &[LastAttempt::Rejected, REFUSED]),
            [Origin, Backup]
        );
    }

    #[test]
    fn after_a_time_out_only_the_backup_helps() {
        let policy = CallPolicy { has_backup: true, ..retrying() };
        let ends = [LastAttempt::Ended(Ended::TimedOut), FINE];
        assert_eq!(course(policy, "GET", RequestBody::Repeatable, &ends), [Origin, Backup]);
    }

    #[test]
    fn what_was_not_sent_may_go_to_the_backup_whatever_it_is() {
        let policy = CallPolicy { has_backup: true, ..retrying() };
        assert_eq!(
            course(policy, "POST", RequestBody::Passing, &[LastAttempt::Rejected, REFUSED]),
            [Origin, Backup]
        );
        assert_eq!(course(policy, "POST", RequestBody::Passing, &[REFUSED]), [Origin]);
        assert_eq!(course(policy, "PUT", RequestBody::Passing, &[REFUSED]), [Origin]);
        assert_eq!(
            course(policy, "PUT", RequestBody::Repeatable, &[REFUSED, FINE]),
            [Origin, Origin]
        );
        let broke = LastAttempt::Ended(Ended::BrokeWhileSending);
        assert_eq!(course(policy, "PUT", RequestBody::Passing, &[broke]), [Origin]);
    }

    #[test]
    fn a_visitor_who_left_and_an_answer_that_is_no_trouble_end_it() {
        let policy = CallPolicy { has_backup: true, ..retrying() };
        for end in [
            LastAttempt::Ended(Ended::VisitorLeft),
            LastAttempt::Ended(Ended::VisitorStalled),
            LastAttempt::Ended(Ended::NotSent),
            LastAttempt::Ended(Ended::Answered { status: 404, retry_after: None }),
        ] {
            assert_eq!(course(policy, "GET", RequestBody::Repeatable, &[end]), [Origin]);
        }
    }

    #[test]
    fn each_call_has_its_time_and_all_together_theirs() {
        let mut budget = RetryBudget::default();
        let policy = CallPolicy { has_backup: true, ..POLICY };
        let mut calls = Attempts::new(policy, "GET", RequestBody::Repeatable, NOW);
        let until = |next| match next {
            NextAttempt::Call { until, .. } => Some(until.since(NOW).get()),
            NextAttempt::Done => None,
        };
        assert_eq!(until(calls.first(&mut budget, NOW)), Some(2_000));
        let later = NOW + Millis::from_secs(4);
        let ended = LastAttempt::Ended(Ended::TimedOut);
        assert_eq!(until(calls.next(ended, &mut budget, 0, later)), Some(5_000));
        let mut calls = Attempts::new(policy, "GET", RequestBody::Repeatable, NOW);
        calls.first(&mut budget, NOW);
        let over = NOW + Millis::from_secs(5);
        assert_eq!(calls.next(ended, &mut budget, 0, over), NextAttempt::Done);
    }

    fn ends() -> impl Strategy<Value = LastAttempt> {
        prop_oneof![
            Just(LastAttempt::Rejected),
            Just(REFUSED),
            Just(LastAttempt::Ended(Ended::TimedOut)),
            Just(LastAttempt::Ended(Ended::VisitorLeft)),
            Just(LastAttempt::Ended(Ended::BrokeWhileSending)),
            Just(LastAttempt::Ended(Ended::NotSent)),
            (200u16..600).prop_map(|status| {
                LastAttempt::Ended(Ended::Answered { status, retry_after: None })
            }),
        ]
    }

    proptest! {
        #[test]
        fn no_request_is_sent_twice_that_may_not_be(
            attempts in 1u32..=10,
            has_backup: bool,
            method in prop_oneof![
                Just("POST"), Just("PATCH"), Just("LOCK"), Just("PUT"), Just("GET")
            ],
            is_passing: bool,
            // Each end, and how long the call took.
            lives in proptest::collection::vec((ends(), 0u64..3_000, any::<u32>()), 1..20),
        ) {
            let policy = CallPolicy {
                retry: Some(RetryPolicy { attempts, ..RetryPolicy::default() }),
                has_backup,
                ..POLICY
            };
            let body = if is_passing { RequestBody::Passing } else { RequestBody::Repeatable };
            let mut budget = RetryBudget::default();
            let mut calls = Attempts::new(policy, method, body, NOW);
            let (mut now, mut sent, mut made) = (NOW, 0, 0);
            let mut next = calls.first(&mut budget, now);
            for (end, took, random) in lives {
                let NextAttempt::Call { after, until, .. } = next else { break };
                prop_assert!(until <= NOW + policy.deadline, "never past the deadline");
                now = now + after;
                prop_assert!(now < NOW + policy.deadline);
                made += 1;
                if end != LastAttempt::Rejected {
                    sent += 1;
                    now = now + Millis::new(took);
                }
                next = calls.next(end, &mut budget, random, now);
            }
            let may_repeat = matches!(method, "GET" | "PUT") && !is_passing;
            prop_assert!(may_repeat || sent <= 1, "sent {} times", sent);
            prop_assert!(made <= attempts + 1, "{} calls", made);
        }
    }
}
