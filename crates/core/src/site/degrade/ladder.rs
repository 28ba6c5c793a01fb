//! What one visitor gets, and when.
//!
//! [`Ladder::poll`] consumes the ladder and returns the next step. A step that asks the shell for
//! something holds the ladder, and returns it only in exchange for the result. So a lookup cannot
//! be answered twice, and calls cannot be awaited before they were begun. Each [`Rung`] holds the
//! response that is served from it.

mod result;
mod steps;

pub use self::result::{CallResult, FailedCalls};
pub use self::steps::{SnapshotLookup, StandInLookup, Start, StoredLookup, Waiting};
use super::{Rungs, StoredUse, Trouble};
use crate::base::time::{Millis, Timestamp};
use crate::cache::cache_status::Forwarded;
use crate::cache::meta::Reuse;
use crate::circuit::fleet::{CallKind, Suspicion};

/// How long one lookup in the colo's cache or in the bucket may take, in milliseconds; after that
/// the visitor is answered as if there were nothing. Either answers within tens of milliseconds
/// while it works.
pub const LOOKUP_TIMEOUT: Millis = Millis::from_secs(5);

/// How long a visitor for whom only the fallback is left waits for word from the coordinator, in
/// milliseconds, if no other request of the isolate is asking already. The coordinator's own probe
/// finds a healed upstream within a second or two, and an isolate hears of it only when a visitor
/// comes: that visitor would be sent away from a site that is well. An object answers within tens
/// of milliseconds.
pub const HEAR_FOR: Millis = Millis::new(300);
/// How often such a visitor looks whether the word has come, in milliseconds.
pub const HEAR_EVERY: Millis = Millis::new(20);

/// How often a visitor for whom nothing else can answer looks whether the circuit has opened: each
/// 500 ms.
const LOOK_UP_EVERY: Millis = Millis::new(500);

/// The types of the shell's own values, which a ladder stores and returns with a step.
pub trait Handles {
    /// A stored response that was found.
    type Stored;
    /// A snapshot that was found.
    type Snapshot;
    /// The calls under way.
    type Calls;
    /// A good answer, or a stored response that the upstream has validated.
    type Good;
    /// The upstream's own answer where it is not good.
    type Bad;
}

/// A stored response that was found, and what it may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AtHand<S> {
    /// The stored response.
    pub response: S,
    /// What a cache would do with it.
    pub reuse: Reuse,
    /// Whether it may be served where the upstream fails.
    pub is_usable_on_error: bool,
}

/// Why there is no stored response for a visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotFound {
    /// The cache holds none.
    Missing(Forwarded),
    /// The cache was not asked, because the isolate's knowledge of purges is too old.
    NotLooked,
}

/// What to do next.
pub enum LadderStep<H: Handles> {
    /// Look for a stored response.
    LookForStored(StoredLookup<H>),
    /// Look for a stored response that was made for other kinds of visitors, and may step in.
    LookForStandIn(StandInLookup<H>),
    /// Look for a snapshot.
    LookForSnapshot(SnapshotLookup<H>),
    /// Begin the calls.
    Call(Start<H>),
    /// Wait for the calls.
    Await(Waiting<H>),
    /// Answer.
    Answer(Rung<H>),
}

/// Where the answer comes from.
pub enum Rung<H: Handles> {
    /// A stored response answers, as a cache's does.
    Stored {
        /// The stored response.
        response: H::Stored,
        /// Whether to ask the upstream behind the answer.
        revalidates: bool,
    },
    /// A good answer of the upstream.
    Upstream {
        /// The answer.
        answer: H::Good,
        /// Why no stored response answered before it; `None` where none was to do that.
        forwarded: Option<Forwarded>,
    },
    /// A stored response steps in, because the upstream does not do well.
    Stale {
        /// The stored response.
        response: H::Stored,
        /// Why it steps in.
        why: Setback,
    },
    /// A snapshot steps in, because there is no such stored response either.
    Snapshot {
        /// The snapshot.
        snapshot: H::Snapshot,
        /// Why it steps in.
        why: Setback,
    },
    /// The upstream's own bad answer, because nothing better is at hand.
    UpstreamError {
        /// The answer.
        answer: H::Bad,
        /// Why no stored response answered before it; `None` where none was to do that.
        forwarded: Option<Forwarded>,
    },
    /// Breakwater's own answer.
    Fallback(Setback),
    /// Nothing: the request was not sent, and the entry forwards it as it came.
    NotSent,
}

/// Why something else answers than the upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setback {
    /// The trouble with the upstream.
    pub trouble: Trouble,
    /// How long the visitor waited for the calls; `None` if they are not over, or if the upstream
    /// was not asked.
    pub took: Option<Millis>,
}

/// The ladder of one visitor.
pub struct Ladder<H: Handles> {
    below: Below<H>,
    calls: Calls<H>,
}

enum Calls<H: Handles> {
    NotBegun,
    UnderWay(H::Calls),
    Ended(CallResult<H::Good, H::Bad>),
}

/// What is known of the rungs below the upstream.
struct Below<H: Handles> {
    rungs: Rungs,
    patient_until: Timestamp,
    suspicion: Suspicion,
    kind: CallKind,
    stored: Stored<H::Stored>,
    stand_in: Lookup<H::Stored>,
    snapshot: Lookup<H::Snapshot>,
}

#[derive(Debug)]
enum Stored<S> {
    Unknown,
    Missing(NotFound),
    AtHand(AtHand<S>),
}

#[derive(Debug)]
enum Lookup<T> {
    Unknown,
    Missing,
    AtHand(T),
}

impl<T> From<Option<T>> for Lookup<T> {
    fn from(found: Option<T>) -> Self {
        found.map_or(Self::Missing, Self::AtHand)
    }
}

/// How far down the ladder a visitor comes.
enum Down<H: Handles> {
    Look(Look, Below<H>),
    Stale(H::Stored),
    Snapshot(H::Snapshot),
    /// There is nothing to serve.
    Bottom(Below<H>),
}

enum Look {
    Stored,
    StandIn { includes_own_kind: bool },
    Snapshot,
}

impl<H: Handles> Ladder<H> {
    /// Builds the ladder of a visitor with such a call, to whom these rungs are open, and whose
    /// patience ends at `patient_until`. Where the circuit is suspect, the visitor waits for the
    /// upstream only if nothing else can answer.
    pub const fn new(
        rungs: Rungs,
        patient_until: Timestamp,
        suspicion: Suspicion,
        kind: CallKind,
    ) -> Self {
        let (stand_in, snapshot) = (Lookup::Unknown, Lookup::Unknown);
        let stored = Stored::Unknown;
        let below = Below { rungs, patient_until, suspicion, kind, stored, stand_in, snapshot };
        Self { below, calls: Calls::NotBegun }
    }

    /// Says what to do next.
    pub fn poll(self, now: Timestamp) -> LadderStep<H> {
        let Self { below, calls } = self;
        match calls {
            Calls::NotBegun => below.begin(),
            Calls::UnderWay(calls) if below.is_patient(now) && below.rungs.any() => {
                let until = Some(below.patient_until);
                LadderStep::Await(Waiting { below, calls, until, is_last: false })
            }
            Calls::UnderWay(calls) => {
                let why = below.impatience();
                below.descend(why, calls, Calls::UnderWay, |below, calls| {
                    let until = below.looks_up_at(now);
                    LadderStep::Await(Waiting { below, calls, until, is_last: true })
                })
            }
            Calls::Ended(CallResult::Good(answer)) => {
                LadderStep::Answer(Rung::Upstream { answer, forwarded: below.forwarded() })
            }
            Calls::Ended(CallResult::Bad(failed)) => {
                let why = failed.why();
                let ended = |failed| Calls::Ended(CallResult::Bad(failed));
                below.descend(why, failed, ended, |below, failed| {
                    LadderStep::Answer(match failed.answer {
                        Some(answer) => {
                            Rung::UpstreamError { answer, forwarded: below.forwarded() }
                        }
                        None => Rung::Fallback(why),
                    })
                })
            }
            Calls::Ended(CallResult::NotSent) => LadderStep::Answer(Rung::NotSent),
        }
    }
}

impl<H: Handles> Below<H> {
    /// The first step: a cache is asked before the upstream is.
    fn begin(self) -> LadderStep<H> {
        if self.rungs.stored == StoredUse::AsCache {
            match self.stored {
                Stored::Unknown => return Look::Stored.step(self, Calls::NotBegun),
                Stored::AtHand(AtHand { response, reuse: Reuse::Fresh, .. }) => {
                    return LadderStep::Answer(Rung::Stored { response, revalidates: false });
                }
                Stored::AtHand(AtHand { response, reuse: Reuse::WhileRevalidating, .. }) => {
                    return LadderStep::Answer(Rung::Stored { response, revalidates: true });
                }
                Stored::AtHand(AtHand { response, is_usable_on_error: true, .. })
                    if self.suspicion == Suspicion::SlowStart =>
                {
                    let why = Setback { trouble: Trouble::SlowStart, took: None };
                    return LadderStep::Answer(Rung::Stale { response, why });
                }
                Stored::AtHand(AtHand { reuse: Reuse::Validate, .. }) | Stored::Missing(_) => {}
            }
        }
        if self.suspicion != Suspicion::NoCall {
            return LadderStep::Call(Start { below: self });
        }
        let why = self.impatience();
        self.descend(why, (), |()| Calls::NotBegun, |below, ()| LadderStep::Call(Start { below }))
    }

    /// Goes down the rungs, and answers from the first that holds something. `held` is what is
    /// known of the calls, `calls` says it while something is looked for, and `at_bottom` what to
    /// do where no rung holds anything.
    fn descend<T>(
        self,
        why: Setback,
        held: T,
        calls: impl FnOnce(T) -> Calls<H>,
        at_bottom: impl FnOnce(Self, T) -> LadderStep<H>,
    ) -> LadderStep<H> {
        match self.down() {
            Down::Look(look, below) => look.step(below, calls(held)),
            Down::Stale(response) => LadderStep::Answer(Rung::Stale { response, why }),
            Down::Snapshot(snapshot) => LadderStep::Answer(Rung::Snapshot { snapshot, why }),
            Down::Bottom(below) => at_bottom(below, held),
        }
    }

    /// Whether the visitor waits for the calls before anything else is looked for.
    fn is_patient(&self, now: Timestamp) -> bool {
        match self.suspicion {
            Suspicion::None | Suspicion::SlowStart => now < self.patient_until,
            Suspicion::CallBehind | Suspicion::NoCall => false,
        }
    }

    /// When a visitor for whom nothing else can answer looks whether the circuit has opened. Only
    /// one whose request changes nothing may leave a call that is out: others are to learn what
    /// came of it.
    fn looks_up_at(&self, now: Timestamp) -> Option<Timestamp> {
        match self.kind {
            CallKind::Safe => Some((now + LOOK_UP_EVERY).max(self.patient_until)),
            CallKind::Unsafe => None,
        }
    }

    /// Why something else answers while the calls are under way, or are not made.
    const fn impatience(&self) -> Setback {
        let trouble = match self.suspicion {
            Suspicion::None | Suspicion::SlowStart => Trouble::Impatient,
            Suspicion::CallBehind | Suspicion::NoCall => Trouble::Suspect,
        };
        Setback { trouble, took: None }
    }

    /// Goes down as far as something can be served.
    fn down(self) -> Down<H> {
        if self.rungs.stored.is_open() {
            match self.stored {
                Stored::Unknown => return Down::Look(Look::Stored, self),
                Stored::AtHand(AtHand { response, is_usable_on_error: true, .. }) => {
                    return Down::Stale(response);
                }
                Stored::AtHand(AtHand { is_usable_on_error: false, .. }) => {}
                Stored::Missing(why) => match self.stand_in {
                    Lookup::Unknown => {
                        let includes_own_kind = why == NotFound::NotLooked;
                        return Down::Look(Look::StandIn { includes_own_kind }, self);
                    }
                    Lookup::AtHand(response) => return Down::Stale(response),
                    Lookup::Missing => {}
                },
            }
        }
        if self.rungs.has_snapshots {
            match self.snapshot {
                Lookup::Unknown => return Down::Look(Look::Snapshot, self),
                Lookup::AtHand(snapshot) => return Down::Snapshot(snapshot),
                Lookup::Missing => {}
            }
        }
        Down::Bottom(self)
    }

    /// What `Cache-Status` says of a request that went on to the upstream.
    fn forwarded(&self) -> Option<Forwarded> {
        match (self.rungs.stored, &self.stored) {
            (StoredUse::Never | StoredUse::OnError, _) => None,
            (StoredUse::AsCache, Stored::AtHand(_)) => Some(Forwarded::Stale),
            (StoredUse::AsCache, Stored::Missing(NotFound::Missing(why))) => Some(*why),
            (StoredUse::AsCache, Stored::Unknown | Stored::Missing(NotFound::NotLooked)) => {
                Some(Forwarded::UriMiss)
            }
        }
    }
}

impl Look {
    fn step<H: Handles>(self, below: Below<H>, calls: Calls<H>) -> LadderStep<H> {
        let ladder = Ladder { below, calls };
        match self {
            Self::Stored => LadderStep::LookForStored(StoredLookup { ladder }),
            Self::StandIn { includes_own_kind } => {
                LadderStep::LookForStandIn(StandInLookup { ladder, includes_own_kind })
            }
            Self::Snapshot => LadderStep::LookForSnapshot(SnapshotLookup { ladder }),
        }
    }
}

#[cfg(test)]
mod tests;
