//! Retries: whether a call that failed is made once more, and after how long.
//!
//! A retry helps against a fault that hits some calls, and makes a fault that hits all calls worse.
//! So three bounds hold at once: attempts per call, the route's deadline, and a budget that the
//! calls in flight share, as in Envoy: at most a share of them may be retries at any time
//! (`RetryBudget` in envoy's `circuit_breaker.proto`). When the upstream is down, the load grows by
//! that share and no more.
//!
//! A call is retried only if its method may be repeated (RFC 9110 §9.2.2), and only after a
//! connection error, 502, 503, 504 or one of Cloudflare's own statuses that say the same. After a
//! time-out the deadline is over, and other errors would come again. The retry is a call like any
//! other, so the breaker must admit it too.

mod policy;

pub use policy::{ATTEMPTS_MAX, DELAY_MAX, RetryPolicy, RetrySpec};

use crate::base::time::{Millis, Timestamp};
use crate::circuit::lease::{LeaseId, Leases};
use crate::circuit::outcome::{Ended, is_passing};

/// The calls in flight to one upstream, and how many of them are retries.
///
/// A call that is never released stops counting at its deadline.
///
/// ```
/// use breakwater_core::circuit::outcome::Ended;
/// use breakwater_core::circuit::retry::{EndedAttempt, RetryBudget, RetryPolicy};
/// use breakwater_core::base::time::{Millis, Timestamp};
///
/// let policy = RetryPolicy::default();
/// let mut budget = RetryBudget::default();
/// let (start, deadline) = (Timestamp::from_millis(0), Timestamp::from_millis(10_000));
///
/// let mut call = budget.acquire(deadline);
/// let failed = EndedAttempt { method: "GET", body_is_spent: false, ended: Ended::Disconnected };
/// let half = u32::MAX / 2 + 1;
/// let delay = budget.delay(&policy, &mut call, failed, half, start);
/// assert_eq!(delay, Some(Millis::new(12)), "half of the first 25 ms");
/// let delay = budget.delay(&policy, &mut call, failed, half, start);
/// assert_eq!(delay, None, "there were two attempts");
/// budget.release(call, start);
/// ```
#[derive(Clone, Debug, Default)]
pub struct RetryBudget {
    active: Leases,
    retrying: Leases,
}

/// A call in flight. Give it back to [`RetryBudget::release`] when it has ended.
#[derive(Debug)]
#[must_use = "a call that is not released counts until its deadline"]
pub struct CallInFlight {
    deadline: Timestamp,
    slot: LeaseId,
    retry: Option<LeaseId>,
    /// Attempts made or allowed so far.
    attempts: u32,
}

impl CallInFlight {
    /// Attempts made or allowed so far, from 1.
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }
}

/// An attempt that has ended.
#[derive(Clone, Copy, Debug)]
pub struct EndedAttempt<'a> {
    /// The request's method.
    pub method: &'a str,
    /// Whether the request had a body that cannot be sent again.
    pub body_is_spent: bool,
    /// How it ended.
    pub ended: Ended,
}

impl RetryBudget {
    /// Begins a call that is given up at `deadline`, its first attempt.
    pub fn acquire(&mut self, deadline: Timestamp) -> CallInFlight {
        CallInFlight { deadline, slot: self.active.take(deadline), retry: None, attempts: 1 }
    }

    /// Ends a call, with all its attempts.
    pub fn release(&mut self, call: CallInFlight, now: Timestamp) {
        self.active.give_back(call.slot, now);
        if let Some(retry) = call.retry {
            self.retrying.give_back(retry, now);
        }
    }

    /// Takes a slot for a call for which no visitor waits, until it is released. The call counts as
    /// a retry, so that in trouble and under load the upstream gets no second call for the same
    /// page. Returns `None` if there is no room.
    pub fn acquire_spare(
        &mut self,
        policy: &RetryPolicy,
        deadline: Timestamp,
        now: Timestamp,
    ) -> Option<CallInFlight> {
        self.active.has_room(0, now);
        let limit = policy.concurrency(self.active.held());
        if !self.retrying.has_room(limit, now) {
            return None;
        }
        let mut call = self.acquire(deadline);
        call.retry = Some(self.retrying.take(deadline));
        Some(call)
    }

    /// Takes a slot for the next attempt and returns how long to wait before it, or `None` if there
    /// is to be none. `random` is uniform over all of `u32`.
    ///
    /// The wait is the backoff with full jitter: uniform from zero up to `base`, which doubles
    /// with each retry up to `max`. A time that the upstream named (`Retry-After`) comes before
    /// it, so that those who were told the same time do not come back together. Where the next
    /// attempt would not begin before the deadline, there is none.
    pub fn delay(
        &mut self,
        policy: &RetryPolicy,
        call: &mut CallInFlight,
        failed: EndedAttempt<'_>,
        random: u32,
        now: Timestamp,
    ) -> Option<Millis> {
        // The attempt that has ended no longer holds its slot.
        if let Some(retry) = call.retry.take() {
            self.retrying.give_back(retry, now);
        }
        if call.attempts >= policy.attempts || failed.body_is_spent || !is_idempotent(failed.method)
        {
            return None;
        }
        let named = match failed.ended {
            Ended::Disconnected => None,
            Ended::Answered { status, retry_after } if is_passing(status) => retry_after,
            // An upstream that sent an interim answer would send it again.
            Ended::Answered { .. }
            | Ended::TimedOut
            | Ended::VisitorLeft
            | Ended::VisitorStalled
            | Ended::BrokeWhileSending
            | Ended::Interim
            | Ended::NotSent => return None,
        };
        let jittered = backoff(policy, call.attempts, random).get();
        let delay = Millis::new(named.unwrap_or_default().get().saturating_add(jittered));
        if now + delay >= call.deadline {
            return None;
        }
        // A request for more room than there is takes lost leases back.
        self.active.has_room(0, now);
        let limit = policy.concurrency(self.active.held());
        if !self.retrying.has_room(limit, now) {
            return None;
        }
        call.retry = Some(self.retrying.take(call.deadline));
        call.attempts += 1;
        Some(delay)
    }
}

/// Whether a method means the same once and twice (RFC 9110 §9.2.2). Methods are case-sensitive.
pub fn is_idempotent(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS" | "TRACE" | "PUT" | "DELETE")
}

/// From zero up to, and without, `base · 2^(attempts - 1)`, or `max` if that is less.
fn backoff(policy: &RetryPolicy, attempts: u32, random: u32) -> Millis {
    let doublings = attempts.saturating_sub(1).min(u64::BITS - 1);
    let span = policy.base.get().saturating_mul(1 << doublings).min(policy.max.get());
    // The product of a u64 and a u32 fits, and the quotient is below `span`.
    Millis::new(((u128::from(span) * u128::from(random)) >> 32) as u64)
}

#[cfg(test)]
mod tests;
