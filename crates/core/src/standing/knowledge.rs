//! What an isolate knows of the standing orders, and how it learns.

use serde::{Deserialize, Serialize};

use super::Standing;
use crate::time::{Millis, Timestamp};

/// How old what an isolate knows may be before it learns again, after the answer it is giving.
pub const KNOWN_FOR: Millis = Millis::from_secs(20);
/// How old it may be for a copy to be served. With [`KNOWN_FOR`], what somebody in the colo has
/// learned meanwhile is at most so old that a purge is obeyed within a minute of its order.
pub const TRUSTED_FOR: Millis = Millis::from_secs(35);
/// How long the colo's cache keeps it: an isolate that cannot ask goes by what was last known.
pub const KEPT_FOR: Millis = Millis::from_secs(24 * 3600);
/// How long a visitor waits at most for what is not trusted to be learned; then what is known serves.
pub const TRUST_WITHIN: Millis = Millis::from_secs(1);
/// How long learning may take before another request begins anew.
const LEARNING_MAX: Millis = Millis::from_secs(10);
/// After a failure, so long nothing is asked.
const AGAIN_AFTER: Millis = Millis::from_secs(5);
/// Clocks of one colo differ by no more.
const SKEW_MAX: Millis = Millis::from_secs(5);

/// As the colo's cache keeps it: an array of both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "(Timestamp, Standing)", from = "(Timestamp, Standing)")]
pub struct Kept {
    /// When the object was asked.
    pub asked: Timestamp,
    /// What it said.
    pub standing: Standing,
}

impl From<Kept> for (Timestamp, Standing) {
    fn from(Kept { asked, standing }: Kept) -> Self {
        (asked, standing)
    }
}

impl From<(Timestamp, Standing)> for Kept {
    fn from((asked, standing): (Timestamp, Standing)) -> Self {
        Self { asked, standing }
    }
}

/// What the standing orders are, as far as an isolate knows.
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    standing: Standing,
    /// When the object was asked for it; nothing before the first time.
    asked: Option<Timestamp>,
    /// When learning began, while it lasts.
    learning: Option<Timestamp>,
    /// Nothing is asked before.
    again: Option<Timestamp>,
}

/// What comes next in learning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It has learned.
    Done,
    /// Ask the object.
    Ask,
}

impl Knowledge {
    /// What is known. Before anything is, nothing is ordered.
    pub const fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Whether it is to learn, which then begins: first it looks into the colo's cache.
    pub fn begins_to_learn(&mut self, now: Timestamp) -> bool {
        let is_learning = self.learning.is_some_and(|since| is_within(since, LEARNING_MAX, now));
        if self.is_younger_than(KNOWN_FOR, now) || is_learning || self.has_just_failed(now) {
            return false;
        }
        self.learning = Some(now);
        true
    }

    /// Whether what is known suffices to serve a copy.
    pub fn is_trusted(&self, now: Timestamp) -> bool {
        self.is_younger_than(TRUSTED_FOR, now)
    }

    /// Whether whoever may be served a copy is to learn first, which then begins, also if others are
    /// learning: none can wait for what another's request awaits. Who cannot learn goes by what is
    /// known.
    pub fn learns_first(&mut self, now: Timestamp) -> bool {
        let learns_first = !self.is_trusted(now) && !self.has_just_failed(now);
        if learns_first {
            self.learning = Some(now);
        }
        learns_first
    }

    fn has_just_failed(&self, now: Timestamp) -> bool {
        self.again.is_some_and(|again| now < again && again.since(now) <= AGAIN_AFTER)
    }

    /// Takes what the colo's cache held.
    pub fn handle_kept(&mut self, kept: Option<Kept>, now: Timestamp) -> Next {
        if let Some(Kept { asked, standing }) = kept {
            // Who asked last knows best: an object that lost its state counts anew.
            let is_newer = self.asked.is_none_or(|known| known < asked);
            if is_newer && asked <= now + SKEW_MAX {
                self.standing = standing;
                self.asked = Some(asked);
            }
        }
        if self.is_younger_than(KNOWN_FOR, now) {
            self.learning = None;
            return Next::Done;
        }
        Next::Ask
    }

    /// Takes what the object said, asked at `asked`; it is to be kept for the colo.
    pub fn handle_reply(&mut self, standing: Standing, asked: Timestamp) -> Kept {
        self.learning = None;
        self.again = None;
        self.asked = Some(asked);
        self.standing = standing.clone();
        Kept { asked, standing }
    }

    /// Takes note that the object could not be asked.
    pub fn handle_lost(&mut self, now: Timestamp) {
        self.learning = None;
        self.again = Some(now + AGAIN_AFTER);
    }

    fn is_younger_than(&self, span: Millis, now: Timestamp) -> bool {
        self.asked.is_some_and(|asked| is_within(asked, span, now))
    }
}

/// Whether so long has not passed since then; a clock that was set back has everything pass.
fn is_within(since: Timestamp, span: Millis, now: Timestamp) -> bool {
    since <= now + SKEW_MAX && now.since(since) < span
}
