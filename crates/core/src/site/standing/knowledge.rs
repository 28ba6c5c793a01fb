//! An isolate's knowledge of the standing orders, and how it is refreshed.

use serde::{Deserialize, Serialize};

use super::SiteState;
use crate::base::time::{Millis, Timestamp};

/// How old what an isolate knows may be before it learns again, after the answer it is giving.
pub const KNOWN_FOR: Millis = Millis::from_secs(20);
/// How old it may be for a copy to be served. With [`KNOWN_FOR`], what somebody in the colo has
/// learned meanwhile is at most so old that a purge is obeyed within a minute of its order.
pub const TRUSTED_FOR: Millis = Millis::from_secs(35);
/// How long the colo's cache keeps it: an isolate that cannot ask goes by what was last known.
pub const KEPT_FOR: Millis = Millis::from_secs(24 * 3600);
/// How long a visitor waits at most for what is not trusted to be learned; then what is known
/// serves.
pub const TRUST_WITHIN: Millis = Millis::from_secs(1);
/// How long the others wait at most while one visitor learns. The object answers within tens of
/// milliseconds while it works, and where it hangs, one visitor's second is enough.
const OTHERS_WAIT: Millis = Millis::new(250);
/// How often they look meanwhile whether it is learned.
const LOOK_AGAIN: Millis = Millis::new(25);
/// How long learning may take behind an answer; then the object counts as out of reach.
pub const LEARN_WITHIN: Millis = Millis::from_secs(5);
/// How long learning may take before another request begins it again: longer than any does that is
/// not cut short.
const LEARNING_MAX: Millis = Millis::from_secs(10);
/// After a failure, so long nothing is asked.
const AGAIN_AFTER: Millis = Millis::from_secs(5);
/// How long after a failure visitors go by what is known while one of them tries again: then the
/// object is known to be out of reach. An isolate that was silent for longer does not know, and
/// what it knew may have been purged since.
const EXCUSED_FOR: Millis = TRUSTED_FOR;
/// Clocks of one colo differ by no more.
const SKEW_MAX: Millis = Millis::from_secs(5);

/// As the colo's cache keeps it: an array of both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "(Timestamp, SiteState)", from = "(Timestamp, SiteState)")]
pub struct Kept {
    /// When the object was asked.
    pub asked: Timestamp,
    /// What it said.
    pub standing: SiteState,
}

impl From<Kept> for (Timestamp, SiteState) {
    fn from(Kept { asked, standing }: Kept) -> Self {
        (asked, standing)
    }
}

impl From<(Timestamp, SiteState)> for Kept {
    fn from((asked, standing): (Timestamp, SiteState)) -> Self {
        Self { asked, standing }
    }
}

/// What the standing orders are, as far as an isolate knows.
#[derive(Clone, Debug, Default)]
pub struct SiteStateCache {
    standing: SiteState,
    /// When the object was asked for it; nothing before the first time.
    asked: Option<Timestamp>,
    /// When learning began, while it lasts.
    learning: Option<Timestamp>,
    /// When the object last could not be asked, if it has not been asked since.
    failed: Option<Timestamp>,
}

/// What comes next in learning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It has learned.
    Done,
    /// Ask the object.
    Ask,
}

impl SiteStateCache {
    /// What is known. Before anything is, nothing is ordered.
    pub const fn standing(&self) -> &SiteState {
        &self.standing
    }

    /// Whether it is to learn, which then begins: first it looks into the colo's cache.
    pub fn begins_to_learn(&mut self, now: Timestamp) -> bool {
        if self.is_younger_than(KNOWN_FOR, now)
            || self.is_learning(now)
            || self.has_failed_within(AGAIN_AFTER, now)
        {
            return false;
        }
        self.learning = Some(now);
        true
    }

    /// Whether what is known suffices to serve a copy.
    pub fn is_trusted(&self, now: Timestamp) -> bool {
        self.is_younger_than(TRUSTED_FOR, now)
    }

    /// Whether a visitor who may be served a copy is to learn first, which then begins, and to wait
    /// for that, [`TRUST_WITHIN`] at most. One of an isolate does: none can wait for what another's
    /// request awaits, and the object may hang.
    pub fn learns_first(&mut self, now: Timestamp) -> bool {
        let learns_first = !self.is_trusted(now)
            && !self.has_failed_within(AGAIN_AFTER, now)
            && !self.is_learning(now);
        if learns_first {
            self.learning = Some(now);
        }
        learns_first
    }

    /// Whether a copy may be served by what is known: it is trusted, or the object is known to be
    /// out of reach. Where it is not, because another visitor is learning just now, the colo's
    /// cache may have what is missing, which is no Durable Object; else the visitor
    /// [looks again](Self::looks_again_in).
    pub fn suffices(&self, now: Timestamp) -> bool {
        self.is_trusted(now) || self.has_failed_within(EXCUSED_FOR, now)
    }

    /// After how long a visitor looks again who may be served a copy, where another is learning
    /// just now what that takes; `None` where it is not worth waiting. The upstream may be down, so
    /// that this visitor would get an error beside a good copy.
    pub fn looks_again_in(&self, now: Timestamp) -> Option<Millis> {
        let is_soon = self.learning.is_some_and(|since| is_within(since, OTHERS_WAIT, now));
        (is_soon && !self.suffices(now)).then_some(LOOK_AGAIN)
    }

    fn is_learning(&self, now: Timestamp) -> bool {
        self.learning.is_some_and(|since| is_within(since, LEARNING_MAX, now))
    }

    fn has_failed_within(&self, span: Millis, now: Timestamp) -> bool {
        self.failed.is_some_and(|at| is_within(at, span, now))
    }

    /// Takes what a visitor who does not learn has found in the colo's cache; whether it suffices.
    pub fn handle_looked(&mut self, kept: Option<Kept>, now: Timestamp) -> bool {
        self.take(kept, now);
        self.suffices(now)
    }

    fn take(&mut self, kept: Option<Kept>, now: Timestamp) {
        if let Some(Kept { asked, standing }) = kept {
            // Who asked last knows best: an object that lost its state counts from one again.
            let is_newer = self.asked.is_none_or(|known| known < asked);
            if is_newer && asked <= now + SKEW_MAX {
                self.standing = standing;
                self.asked = Some(asked);
            }
        }
    }

    /// Takes what the colo's cache held.
    pub fn handle_kept(&mut self, kept: Option<Kept>, now: Timestamp) -> Next {
        self.take(kept, now);
        if self.is_younger_than(KNOWN_FOR, now) {
            self.learning = None;
            return Next::Done;
        }
        Next::Ask
    }

    /// Takes what the object said, asked at `asked`; it is to be kept for the colo.
    pub fn handle_reply(&mut self, standing: SiteState, asked: Timestamp) -> Kept {
        self.learning = None;
        self.failed = None;
        self.asked = Some(asked);
        self.standing = standing.clone();
        Kept { asked, standing }
    }

    /// Takes note that the object could not be asked.
    pub fn handle_lost(&mut self, now: Timestamp) {
        self.learning = None;
        self.failed = Some(now);
    }

    fn is_younger_than(&self, span: Millis, now: Timestamp) -> bool {
        self.asked.is_some_and(|asked| is_within(asked, span, now))
    }
}

/// Whether so long has not passed since then; a clock that was set back has everything pass.
fn is_within(since: Timestamp, span: Millis, now: Timestamp) -> bool {
    since <= now + SKEW_MAX && now.since(since) < span
}
