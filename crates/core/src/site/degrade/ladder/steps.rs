//! The steps that the shell takes for a ladder. Each holds the ladder until the shell passes in the
//! result.

use super::{AtHand, Below, CallResult, Calls, Handles, Ladder, NotFound, Stored};
use crate::base::time::Timestamp;
use crate::circuit::breaker::Rejected;

/// A stored response is to be looked for.
#[must_use = "a lookup that is not answered loses the ladder"]
pub struct StoredLookup<H: Handles> {
    pub(super) ladder: Ladder<H>,
}

impl<H: Handles> StoredLookup<H> {
    /// Goes on with what was found.
    pub fn handle(mut self, found: Result<AtHand<H::Stored>, NotFound>) -> Ladder<H> {
        self.ladder.below.stored = match found {
            Ok(found) => Stored::AtHand(found),
            Err(why) => Stored::Missing(why),
        };
        self.ladder
    }
}

/// A stored response that may step in is to be looked for.
#[must_use = "a lookup that is not answered loses the ladder"]
pub struct StandInLookup<H: Handles> {
    pub(super) ladder: Ladder<H>,
    pub(super) includes_own_kind: bool,
}

impl<H: Handles> StandInLookup<H> {
    /// Whether the visitor's own kind comes first among those that are looked for, because the
    /// cache was not asked for it before.
    pub const fn includes_own_kind(&self) -> bool {
        self.includes_own_kind
    }

    /// Goes on with what was found: a stored response that may be served where the upstream fails.
    pub fn handle(mut self, found: Option<H::Stored>) -> Ladder<H> {
        self.ladder.below.stand_in = found.into();
        self.ladder
    }
}

/// A snapshot is to be looked for.
#[must_use = "a lookup that is not answered loses the ladder"]
pub struct SnapshotLookup<H: Handles> {
    pub(super) ladder: Ladder<H>,
}

impl<H: Handles> SnapshotLookup<H> {
    /// Goes on with what was found.
    pub fn handle(mut self, found: Option<H::Snapshot>) -> Ladder<H> {
        self.ladder.below.snapshot = found.into();
        self.ladder
    }
}

/// The calls are to begin.
#[must_use = "calls that are not begun lose the ladder"]
pub struct Start<H: Handles> {
    pub(super) below: Below<H>,
}

impl<H: Handles> Start<H> {
    /// The stored response that was found before the calls, which they may validate.
    pub const fn stored(&self) -> Option<&H::Stored> {
        match &self.below.stored {
            Stored::AtHand(found) => Some(&found.response),
            Stored::Unknown | Stored::Missing(_) => None,
        }
    }

    /// Goes on with the calls that have begun.
    pub fn handle(self, calls: H::Calls) -> Ladder<H> {
        Ladder { below: self.below, calls: Calls::UnderWay(calls) }
    }
}

/// The calls are awaited.
#[must_use = "calls that are not awaited lose the ladder"]
pub struct Waiting<H: Handles> {
    pub(super) below: Below<H>,
    pub(super) calls: H::Calls,
    pub(super) until: Option<Timestamp>,
    pub(super) is_last: bool,
}

impl<H: Handles> Waiting<H> {
    /// When to go on at the latest. `None` says that the calls are awaited for as long as they
    /// take.
    pub const fn until(&self) -> Option<Timestamp> {
        self.until
    }

    /// Whether nothing else can answer: an answer goes out as soon as it begins then, although it
    /// may break off. If the time is over before the calls are, the visitor
    /// [looks](Self::look_up) whether the circuit has opened.
    pub const fn is_last(&self) -> bool {
        self.is_last
    }

    /// The calls that are awaited.
    pub const fn calls(&mut self) -> &mut H::Calls {
        &mut self.calls
    }

    /// Goes on while the calls are under way.
    pub fn resume(self) -> Ladder<H> {
        Ladder { below: self.below, calls: Calls::UnderWay(self.calls) }
    }

    /// Goes on with what the circuit says now of such a call as has been out for so long. If it
    /// would be rejected, the visitor is answered without it.
    pub fn look_up(self, rejected: Option<Rejected>) -> Ladder<H> {
        match rejected {
            Some(rejected) => self.handle(CallResult::never_made(Some(rejected))),
            None => self.resume(),
        }
    }

    /// Goes on with what came of the calls.
    pub fn handle(self, result: CallResult<H::Good, H::Bad>) -> Ladder<H> {
        Ladder { below: self.below, calls: Calls::Ended(result) }
    }
}
