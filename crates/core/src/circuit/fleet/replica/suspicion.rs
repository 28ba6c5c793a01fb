//! What a replica makes of calls that take long: whom it does not let wait, and what it tells its
//! colo.

use super::outstanding::{CallEnd, CallWatch, Suspicion};
use super::{ColoCache, FleetPermit, PermitOrigin, Replica, Timer, WatchedCall};
use crate::base::time::{Millis, Timestamp};
use crate::circuit::breaker::{Rejected, State};
use crate::circuit::fleet::message::{ColoSuspicion, SUSPICION_LASTS};
use crate::circuit::policy::Policy;

/// How often the colo's isolates are told that the circuit is suspect, so that they always find it
/// while it is: each 4 s.
const TELL_EVERY: Millis = Millis::from_secs(4);
/// How often the colo's cache is read at most because a visitor's patience was over: each second.
const HEAR_EVERY: Millis = Millis::from_secs(1);

impl Replica {
    /// Watches how long a call takes that was just admitted, and that the caller gives up after
    /// `limit`.
    pub fn watch(
        &mut self,
        permit: &mut FleetPermit,
        watch: CallWatch,
        limit: Millis,
        now: Timestamp,
    ) {
        if matches!(permit.origin, PermitOrigin::Own { .. }) {
            let number = self.outstanding.begin(watch, now + limit, now);
            let patience = watch.patience;
            permit.watched = number.map(|number| WatchedCall { number, began: now, patience });
        }
    }

    /// Ends the watch over a call whose answer has begun: what takes long from now on is its body.
    pub fn answered(&mut self, permit: &mut FleetPermit, now: Timestamp) {
        if let Some(WatchedCall { number, began, patience }) = permit.watched.take() {
            self.outstanding.end(number, patience, began, CallEnd::Well, now);
        }
    }

    /// Whether calls take so long, or have done so lately, that a visitor who may get a copy does
    /// not wait. The same after the circuit was open. To be asked for such a visitor only, who then
    /// makes the call that it allows.
    pub fn suspicion(&mut self, policy: &Policy, now: Timestamp) -> Suspicion {
        // Where no call is made, nothing else would count those that are out.
        self.count_outstanding(policy, now);
        match self.state(now) {
            State::Open | State::HalfOpen | State::ForcedOpen => {
                self.slow_start.handle_trouble(now);
                Suspicion::None
            }
            State::Closed | State::ForcedClosed | State::MetricsOnly => {
                let suspicion = self.outstanding.suspicion(now);
                if suspicion != Suspicion::None {
                    self.slow_start.handle_trouble(now);
                    suspicion
                } else if self.slow_start.lets_wait(now) {
                    Suspicion::None
                } else {
                    Suspicion::SlowStart
                }
            }
        }
    }

    /// How long the circuit would still reject calls, if it is open. A visitor with a call from
    /// before the opening may ask, who has waited for longer than healthy calls take: that call
    /// will almost certainly fail.
    pub fn rejection(&mut self, policy: &Policy, now: Timestamp) -> Option<Rejected> {
        // Where no call is made, nothing else would count those that are out.
        self.count_outstanding(policy, now);
        let retry_after = self.retry_after(now)?;
        (self.state(now) == State::Open).then_some(Rejected::Open { retry_after })
    }

    /// Takes note that a visitor's patience was over before the call was. The colo's cache may say
    /// whether it is so for others, and is worth reading once a second.
    pub fn handle_impatience(&mut self, policy: &Policy, now: Timestamp) {
        let is_suspect =
            matches!(self.suspicion(policy, now), Suspicion::CallBehind | Suspicion::NoCall);
        let may_look =
            self.colo != ColoCache::StoresNothing && !self.timers.is_running(Timer::Hear, now);
        if !is_suspect && may_look && self.state(now) == State::Closed {
            self.timers.set(Timer::Hear, now + HEAR_EVERY);
            self.timers.set_earlier(Timer::Look, now);
        }
    }

    /// Whether the colo's isolates are to be told that the circuit is suspect by calls of this one.
    #[inline]
    pub(in crate::circuit::fleet) fn is_to_tell(&self, now: Timestamp) -> bool {
        self.outstanding.has_own_signs()
            && self.colo != ColoCache::StoresNothing
            && !self.timers.is_running(Timer::Tell, now)
    }

    /// The sign for the colo's isolates.
    pub(in crate::circuit::fleet) fn tell(&mut self, now: Timestamp) -> ColoSuspicion {
        self.outstanding.tell(now);
        self.timers.set(Timer::Tell, now + TELL_EVERY);
        ColoSuspicion { at: now }
    }

    /// Follows a peer's suspicion.
    pub(in crate::circuit::fleet) fn hear(&mut self, found: ColoSuspicion, now: Timestamp) {
        if found.holds(now) {
            self.outstanding.believe(found.at, now + SUSPICION_LASTS);
        }
    }
}
