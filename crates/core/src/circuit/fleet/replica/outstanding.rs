//! Calls that are out, and what it says that they have not ended.
//!
//! A circuit is *suspect* in an isolate while calls take longer than visitors are patient. That is
//! no state of its breaker, and rejects no visitor: it only says that visitors who may get a copy
//! get it at once. nginx and Varnish answer so whenever they have a stale copy; here it takes a
//! reason.
//!
//! A call that ended well says that calls which began before are no sign of the upstream: they are
//! slow for reasons of their own, as a report or an upload is. So only calls that began after the
//! last good end count.

use alloc::collections::VecDeque;

use crate::base::time::{Millis, Timestamp};

/// The number of calls longer than visitors are patient that make a circuit suspect. One alone is
/// common where one call in a hundred is slow: it would show as many visitors a copy again.
const SLOW_CALLS_TO_SUSPECT: u32 = 2;
/// The number of calls that are remembered. Beyond it the newest are not: the older ones say it.
const REMEMBERED_MAX: usize = 256;

/// What it means that a call takes long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallWatch {
    /// For how long a visitor who may get a copy waits for the call; `None` where there is no such
    /// visitor.
    pub patience: Option<Millis>,
    /// After how long the call counts as a failure although it has not ended; `None` where only its
    /// end counts.
    pub fails_after: Option<Millis>,
}

/// Whether a visitor who may get a copy waits for the upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suspicion {
    /// The upstream answers: the visitor waits, for as long as the route's patience lasts.
    None,
    /// It does not: the visitor gets the copy at once, and a call goes on behind it, which notices
    /// when the upstream is quick again.
    CallBehind,
    /// It does not, and such a call is out already.
    NoCall,
    /// It is well again since a short while. The visitor waits, unless a stored response is at
    /// hand that a cache would validate first, and that may step in.
    SlowStart,
}

/// Names a call that is out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CallNumber(u32);

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallEnd {
    /// With a success.
    Well,
    /// With a failure.
    Badly,
    /// With nothing that says anything of the upstream.
    Unknown,
}

/// A call that is out.
#[derive(Clone, Copy, Debug)]
struct OutstandingCall {
    number: CallNumber,
    began: Timestamp,
    /// When its lease ends. An event that the platform cut short never tells of its call's end.
    until: Timestamp,
    patience: Option<Millis>,
    fails_after: Option<Millis>,
    /// Whether it has counted as a failure already.
    is_counted: bool,
}

impl OutstandingCall {
    fn is_slow(&self, now: Timestamp) -> bool {
        self.patience.is_some_and(|patience| now.since(self.began) > patience)
    }
}

/// The calls of an isolate since the last that ended well.
#[derive(Clone, Debug, Default)]
pub(super) struct OutstandingCalls {
    /// By their numbers, and so by when they began.
    calls: VecDeque<OutstandingCall>,
    next: u32,
    /// Calls that have ended, and took longer than visitors are patient.
    slow_ends: u32,
    /// Since when the circuit is suspect, if it is.
    suspect_since: Option<Timestamp>,
    /// Whether it is so by calls of this isolate.
    has_own_signs: bool,
    /// The latest time that a peer's suspicion came from which was believed or is disproved.
    heard_of: Timestamp,
    /// Until when a peer's suspicion is believed.
    believed_until: Timestamp,
}

impl OutstandingCalls {
    /// Remembers a call that begins, and takes until `until` at most.
    pub(super) fn begin(
        &mut self,
        watch: CallWatch,
        until: Timestamp,
        now: Timestamp,
    ) -> Option<CallNumber> {
        let CallWatch { patience, fails_after } = watch;
        if !self.has_room() {
            self.forget_expired(now);
        }
        if (patience.is_none() && fails_after.is_none()) || !self.has_room() {
            return None;
        }
        let number = CallNumber(self.next);
        self.next = self.next.wrapping_add(1);
        if self.next == 0 {
            // The numbers of calls that are out must grow.
            self.calls.clear();
        }
        let began = now;
        let call =
            OutstandingCall { number, began, until, patience, fails_after, is_counted: false };
        self.calls.push_back(call);
        Some(number)
    }

    /// Takes the end of a call that began at `began`. Returns whether it has counted as a failure
    /// already.
    pub(super) fn end(
        &mut self,
        number: CallNumber,
        patience: Option<Millis>,
        began: Timestamp,
        end: CallEnd,
        now: Timestamp,
    ) -> bool {
        let took = now.since(began);
        let place = self.calls.binary_search_by_key(&number, |call| call.number).ok();
        let ended = place.and_then(|at| self.calls.remove(at));
        let is_counted = ended.is_some_and(|call| call.is_counted);
        if end == CallEnd::Well {
            self.excuse_all();
            if patience.is_some_and(|patience| took.get() <= patience.get() / 2) {
                self.clear();
                self.heard_of = self.heard_of.max(now);
            }
        }
        // A slow end of a call from before the last good one says nothing.
        let is_slow = patience.is_some_and(|patience| took > patience);
        if is_slow && end != CallEnd::Unknown && ended.is_some() {
            self.slow_ends = self.slow_ends.saturating_add(1);
        }
        is_counted
    }

    /// Whether the circuit is suspect, and whether a call goes on behind a copy.
    pub(super) fn suspicion(&mut self, now: Timestamp) -> Suspicion {
        self.forget_expired(now);
        let slow = self.calls.iter().filter(|call| call.is_slow(now)).count() as u32;
        self.has_own_signs = self.slow_ends.saturating_add(slow) >= SLOW_CALLS_TO_SUSPECT;
        if !self.has_own_signs && now >= self.believed_until {
            self.suspect_since = None;
            return Suspicion::None;
        }
        let since = *self.suspect_since.get_or_insert(now);
        // Calls of visitors who have no copy notice as well when the upstream is quick again.
        let is_behind = |call: &OutstandingCall| call.patience.is_some() && call.began >= since;
        if self.calls.iter().any(is_behind) || !self.has_room() {
            Suspicion::NoCall
        } else {
            Suspicion::CallBehind
        }
    }

    /// Whether calls of this isolate have made the circuit suspect.
    pub(super) const fn has_own_signs(&self) -> bool {
        self.has_own_signs
    }

    /// Believes a peer's suspicion until then, unless a good call has come since, or the isolate
    /// knows it already. `at`: when the peer said so.
    pub(super) fn believe(&mut self, at: Timestamp, until: Timestamp) {
        if at > self.heard_of {
            (self.heard_of, self.believed_until) = (at, until);
        }
    }

    /// Takes note that peers are told of this isolate's suspicion, which is no news if it comes
    /// back.
    pub(super) fn tell(&mut self, now: Timestamp) {
        self.heard_of = self.heard_of.max(now);
    }

    /// The number of calls that count as failures from `now` on, although they have not ended. Each
    /// is counted once.
    pub(super) fn count_failing(&mut self, now: Timestamp) -> u32 {
        let mut failing = 0;
        for call in &mut self.calls {
            let fails = call.fails_after.is_some_and(|after| now.since(call.began) > after);
            if fails && !call.is_counted {
                call.is_counted = true;
                failing += 1;
            }
        }
        failing
    }

    /// Forgets the calls of another state of the circuit.
    pub(super) fn clear(&mut self) {
        self.calls.clear();
        self.slow_ends = 0;
        self.suspect_since = None;
        self.has_own_signs = false;
        self.believed_until = Timestamp::default();
    }

    /// Has no call that began before a success count as a failure until it ends.
    pub(super) fn excuse_all(&mut self) {
        for call in &mut self.calls {
            call.fails_after = None;
        }
    }

    fn has_room(&self) -> bool {
        self.calls.len() < REMEMBERED_MAX
    }

    fn forget_expired(&mut self, now: Timestamp) {
        let is_out = |call: &OutstandingCall| now < call.until;
        if self.calls.iter().all(is_out) {
            return;
        }
        let slow = self.calls.iter().filter(|call| !is_out(call) && call.is_slow(now)).count();
        self.slow_ends = self.slow_ends.saturating_add(slow as u32);
        self.calls.retain(is_out);
    }
}
