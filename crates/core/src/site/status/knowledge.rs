//! What an isolate knows of the public status, and how that is renewed.
//!
//! The monitor is asked by one isolate of a colo at a time, and by none more often than every
//! [`STATUS_FRESH_FOR`]: the others take what that one has left in the colo's cache, and serve what
//! they have meanwhile. So the cost of a page that many people read grows with colos and hours, and
//! never with requests. A request waits only where nothing at all is known, and not for longer than
//! [`STATUS_ASK_WITHIN`].

#[cfg(test)]
mod tests;

use alloc::rc::Rc;

use serde::{Deserialize, Serialize};

use super::PublicStatus;
use crate::base::time::{Millis, Timestamp};
use crate::site::config::STATUS_COPY_EVERY;

/// How old what an isolate knows may be before it is renewed, behind the answer that is given.
pub const STATUS_FRESH_FOR: Millis = Millis::from_secs(15);
/// The time over which the isolates of a colo are spread, so that one of them is the first to ask:
/// 2 s. It is added to how long they wait.
const SPREAD: Millis = Millis::from_secs(2);
/// How long the colo's cache keeps it: a week, for as long as the monitor may be out of reach.
pub const STATUS_KEPT_FOR: Millis = Millis::from_secs(7 * 24 * 3600);
/// How long the monitor may take to answer, and how long a request waits at most that has nothing
/// to show.
pub const STATUS_ASK_WITHIN: Millis = Millis::from_secs(2);
/// How long one isolate's asking keeps the others of its colo from asking, and after a failure
/// itself.
pub const ASK_AGAIN_AFTER: Millis = Millis::from_secs(5);
/// How long renewing may take before another request begins it again: longer than any does that is
/// not cut short.
const RENEWING_MAX: Millis = Millis::from_secs(10);
/// How often an isolate looks into the colo's cache while another one asks.
const LOOK_EVERY: Millis = Millis::from_secs(1);
/// How often a request that has nothing to show looks for what another one brings.
const LOOK_AGAIN: Millis = Millis::new(50);
/// How long after a failure requests that have nothing to show do not wait: then the monitor is
/// known to be out of reach. An isolate that was silent for longer does not know.
const EXCUSED_FOR: Millis = Millis::from_secs(60);
/// How old what is known must be for the bucket's copy to be looked at when the monitor is out of
/// reach: twice the time from one copy to the next.
const RESCUE_AFTER: Millis = Millis::from_secs(10 * 60);
/// How often the bucket is looked at, at most: as often as a copy is written.
const RESCUE_EVERY: Millis = STATUS_COPY_EVERY;
/// Clocks of one colo differ by no more.
const SKEW_MAX: Millis = Millis::from_secs(5);

/// What the colo's cache keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptStatus {
    /// When the monitor was asked.
    pub asked: Timestamp,
    /// What it said.
    pub status: PublicStatus,
}

/// What an isolate leaves in the colo's cache while it asks: when it began.
pub type AskingNote = Timestamp;

/// What is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownStatus {
    /// What the monitor said last, as far as this isolate knows.
    pub status: Rc<PublicStatus>,
    /// Another number for each state, from 1.
    pub version: u64,
    /// When the monitor was asked for it; nothing if it comes from the bucket.
    asked: Option<Timestamp>,
}

/// What an isolate knows of the public status.
#[derive(Clone, Debug)]
pub struct StatusKnowledge {
    known: Option<KnownStatus>,
    /// What this isolate waits longer than others.
    spread: Millis,
    /// When renewing began, while it lasts.
    renewing: Option<Timestamp>,
    /// When the colo's cache was looked into last without success, because another isolate asks.
    looked: Option<Timestamp>,
    /// When the monitor could not be asked last, if it has not been asked since.
    failed: Option<Timestamp>,
    /// When the bucket was looked at last.
    rescued: Option<Timestamp>,
}

/// What comes next in renewing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// There is nothing more to do.
    Done,
    /// Leave a note for the others, and ask the monitor.
    Ask,
    /// Another isolate asks, and nothing is known here: look again after this time.
    LookAgain(Millis),
}

impl StatusKnowledge {
    /// An isolate that knows nothing. `random` spreads the isolates of a colo.
    pub fn new(random: u32) -> Self {
        Self {
            known: None,
            spread: Millis::new((u64::from(random) * SPREAD.get()) >> 32),
            renewing: None,
            looked: None,
            failed: None,
            rescued: None,
        }
    }

    /// What is known.
    pub const fn known(&self) -> Option<&KnownStatus> {
        self.known.as_ref()
    }

    /// Begins to renew what is known, if that is due: the caller then looks into the colo's cache.
    pub fn begin(&mut self, now: Timestamp) -> bool {
        let waits = is_young(self.looked, LOOK_EVERY, now)
            || is_young(self.failed, ASK_AGAIN_AFTER.saturating_add(self.spread), now)
            || self.is_renewing(now);
        if self.is_fresh(now) || waits {
            return false;
        }
        self.renewing = Some(now);
        true
    }

    /// Whether a request is to wait for what is being renewed: it has nothing to show, and the
    /// monitor is not known to be out of reach.
    pub fn is_awaited(&self, now: Timestamp) -> bool {
        self.known.is_none() && !is_young(self.failed, EXCUSED_FOR, now)
    }

    /// After how long a request looks again that has nothing to show, while another one of this
    /// isolate renews it; none if it is not worth waiting. Each has a timer of its own, since none
    /// can await what another's request does.
    pub fn looks_again_in(&self, now: Timestamp) -> Option<Millis> {
        let is_soon = is_young(self.renewing, STATUS_ASK_WITHIN, now);
        (is_soon && self.is_awaited(now)).then_some(LOOK_AGAIN)
    }

    /// Takes what the colo's cache holds, after [`begin`](Self::begin).
    pub fn handle_look(
        &mut self,
        kept: Option<KeptStatus>,
        note: Option<AskingNote>,
        now: Timestamp,
    ) -> NextStep {
        if let Some(KeptStatus { asked, status }) = kept
            && asked <= now + SKEW_MAX
        {
            self.take(status, Some(asked));
        }
        if self.is_fresh(now) {
            return self.end();
        }
        if !is_young(note, ASK_AGAIN_AFTER, now) {
            return NextStep::Ask;
        }
        if !self.is_awaited(now) {
            self.looked = Some(now);
            return self.end();
        }
        // The other one may have been cut short.
        match is_young(self.renewing, STATUS_ASK_WITHIN, now) {
            true => NextStep::LookAgain(LOOK_AGAIN),
            false => NextStep::Ask,
        }
    }

    /// Takes what the monitor said, asked at `asked`, and returns what the colo's cache is to keep.
    pub fn handle_reply(&mut self, status: PublicStatus, asked: Timestamp) -> KeptStatus {
        self.end();
        self.failed = None;
        let kept = KeptStatus { asked, status: status.clone() };
        // A monitor that lost its state begins again, and its word counts all the same.
        self.put(status, Some(asked));
        kept
    }

    /// Takes note that the monitor could not be asked. Returns whether the bucket's copy is to be
    /// looked at.
    pub fn handle_lost(&mut self, now: Timestamp) -> bool {
        self.end();
        self.failed = Some(now);
        let is_old = self.known.as_ref().is_none_or(|it| now.since(it.status.at) >= RESCUE_AFTER);
        let is_due = is_old && !is_young(self.rescued, RESCUE_EVERY, now);
        if is_due {
            self.rescued = Some(now);
        }
        is_due
    }

    /// Takes the bucket's copy.
    pub fn handle_rescue(&mut self, status: PublicStatus) {
        self.take(status, None);
    }

    /// How old what is known is; zero if nothing is.
    pub fn age(&self, now: Timestamp) -> Millis {
        self.known.as_ref().map_or(Millis::ZERO, |known| now.since(known.status.at))
    }

    fn is_fresh(&self, now: Timestamp) -> bool {
        let asked = self.known.as_ref().and_then(|known| known.asked);
        is_young(asked, STATUS_FRESH_FOR.saturating_add(self.spread), now)
    }

    fn is_renewing(&self, now: Timestamp) -> bool {
        is_young(self.renewing, RENEWING_MAX, now)
    }

    fn end(&mut self) -> NextStep {
        self.renewing = None;
        NextStep::Done
    }

    /// Takes a state, unless a later one is known.
    fn take(&mut self, status: PublicStatus, asked: Option<Timestamp>) {
        let is_later = self.known.as_ref().is_none_or(|known| match (known.asked, asked) {
            // Who asked last knows best, also when the monitor's clock was set back.
            (Some(known), Some(asked)) => known < asked,
            (None, _) | (_, None) => known.status.at < status.at,
        });
        if is_later {
            self.put(status, asked);
        }
    }

    fn put(&mut self, status: PublicStatus, asked: Option<Timestamp>) {
        let version = self.known.as_ref().map_or(0, |known| known.version) + 1;
        self.known = Some(KnownStatus { status: Rc::new(status), version, asked });
    }
}

/// Whether the round that begins now writes the bucket's copy: the round of each fifth minute does.
/// So there are no more than twelve writes an hour, and nothing has to be remembered.
pub const fn copy_is_due(now: Timestamp) -> bool {
    const MINUTE: u64 = 60_000;
    (now.as_millis() / MINUTE).is_multiple_of(STATUS_COPY_EVERY.get() / MINUTE)
}

/// Whether so long has not passed since then; a clock that was set back has everything pass.
fn is_young(since: Option<Timestamp>, span: Millis, now: Timestamp) -> bool {
    since.is_some_and(|since| since <= now + SKEW_MAX && now.since(since) < span)
}
