//! How far the copy has got: what is there, and when it is written again.

use core::fmt;

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::base::secret_name::SecretName;
use crate::base::stored::StoredForm;
use crate::base::time::{Millis, Timestamp};
use crate::site::config::Mirror;

/// How many files one push writes at most; the others follow in the next round. The free plan
/// allows an event 50 requests (developers.cloudflare.com/workers/platform/limits, "Subrequests").
pub const MIRROR_PUTS_MAX: usize = 40;
/// How long one file may take, in milliseconds.
pub const MIRROR_PUT_WITHIN: Millis = Millis::from_secs(10);
/// How long a push may take, in milliseconds: less than the time from one round to the next. What
/// is left follows then.
pub const MIRROR_PUSH_WITHIN: Millis = Millis::from_secs(40);
/// How long a push waits after a failure, in milliseconds: until the next round. Each further
/// failure doubles it, up to the longest.
const RETRY_AFTER: Millis = Millis::from_secs(60);
/// The longest wait after failures, in milliseconds.
const RETRY_AFTER_MAX: Millis = Millis::from_secs(3600);
/// A round that comes so much early still is the round of its minute.
const ROUND_SKEW: Millis = Millis::from_secs(10);

/// How far the copies have got.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MirrorProgress {
    targets: BTreeMap<String, TargetProgress>,
}

impl StoredForm for MirrorProgress {
    const VERSION: u32 = 1;
    const NAME: &'static str = "mirror";
    const NOUN: &'static str = "progress of the mirror";
}

/// How far one of them has got.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetProgress {
    /// When it was complete last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    complete_at: Option<Timestamp>,
    /// What the state was then.
    fingerprint: String,
    /// The files that are there, and what each is known by.
    files: BTreeMap<String, String>,
    /// How often it failed in a row.
    #[serde(default)]
    failures: u32,
    /// When it failed last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failed_at: Option<Timestamp>,
}

/// What a push has changed that operators are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MirrorTurn {
    /// It works as before, or fails as before.
    None,
    /// It fails since now.
    Failed,
    /// It works again.
    Recovered,
}

impl MirrorProgress {
    /// How far a target has got.
    pub fn of(&mut self, target: &'static str) -> &mut TargetProgress {
        self.targets.entry(target.into()).or_default()
    }
}

impl TargetProgress {
    /// Whether it is to be written now: the state has changed, a push was not finished, or the copy
    /// is as old as it may get.
    pub fn is_due(&self, mirror: &Mirror, fingerprint: &str, now: Timestamp) -> bool {
        if self.failed_at.is_some_and(|at| is_within(at, self.retry_after(), now)) {
            return false;
        }
        let is_young = self.complete_at.is_some_and(|at| is_within(at, mirror.every, now));
        !is_young || self.fingerprint != fingerprint
    }

    /// Whether a file is to be written: it is not there as that which this names.
    pub fn wants(&self, key: &str, tag: &str) -> bool {
        self.files.get(key).is_none_or(|known| known != tag)
    }

    /// Takes that a file is there.
    pub fn handle_put(&mut self, key: &str, tag: &str) {
        self.files.insert(key.into(), tag.into());
    }

    /// Takes that all of these files are there, of this state. What else was written is forgotten:
    /// it stays where it is, and nothing leads to it.
    pub fn handle_complete(
        &mut self,
        keys: &[&str],
        fingerprint: &str,
        now: Timestamp,
    ) -> MirrorTurn {
        self.files.retain(|key, _| keys.contains(&key.as_str()));
        self.fingerprint = fingerprint.into();
        self.complete_at = Some(now);
        let had_failed = core::mem::take(&mut self.failures) > 0;
        self.failed_at = None;
        if had_failed { MirrorTurn::Recovered } else { MirrorTurn::None }
    }

    /// Takes that a push has failed. It is tried again in a later round.
    pub fn handle_failed(&mut self, now: Timestamp) -> MirrorTurn {
        self.failures = self.failures.saturating_add(1);
        self.failed_at = Some(now);
        if self.failures == 1 { MirrorTurn::Failed } else { MirrorTurn::None }
    }

    /// When it was complete last.
    pub const fn complete_at(&self) -> Option<Timestamp> {
        self.complete_at
    }

    /// Of these files, with what each is known by, those that one push writes.
    pub fn turn<'a, T>(&self, files: &'a [(String, String, T)]) -> Vec<&'a (String, String, T)> {
        let changed = files.iter().filter(|(key, tag, _)| self.wants(key, tag));
        changed.take(MIRROR_PUTS_MAX).collect()
    }

    fn retry_after(&self) -> Millis {
        let doublings = self.failures.saturating_sub(1).min(10);
        Millis::new(RETRY_AFTER.get() << doublings).min(RETRY_AFTER_MAX)
    }
}

/// Whether less than that has passed since then, as rounds count it. A clock that was set back has
/// everything pass.
fn is_within(since: Timestamp, span: Millis, now: Timestamp) -> bool {
    since <= now + ROUND_SKEW && now + ROUND_SKEW < since + span
}

/// Why a file is not there. It says nothing of a secret's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MirrorError {
    /// A secret is not set, or is empty.
    SecretUnset(SecretName),
    /// The Worker has no such binding.
    NoBinding(String),
    /// The storage answered with an error.
    Refused(u16),
    /// It did not answer in time.
    TimedOut,
    /// It could not be reached, or the bucket failed.
    Unreachable,
}

impl fmt::Display for MirrorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SecretUnset(name) => write!(f, "the secret {} is not set", name.as_str()),
            Self::NoBinding(name) => write!(f, "the Worker has no binding {name}"),
            Self::Refused(status) => write!(f, "the storage answered {status}"),
            Self::TimedOut => write!(f, "the storage did not answer within {MIRROR_PUT_WITHIN}"),
            Self::Unreachable => f.write_str("the storage could not be reached"),
        }
    }
}

impl core::error::Error for MirrorError {}

/// What operators are told of a copy, as the site's history keeps it and shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MirrorEvent {
    at: Timestamp,
    event: &'static str,
    target: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    by: &'static str,
}

impl MirrorEvent {
    /// What is told of a turn of a target; nothing if it is none.
    pub fn of(
        turn: MirrorTurn,
        target: &'static str,
        error: Option<&MirrorError>,
        now: Timestamp,
    ) -> Option<Self> {
        let event = match turn {
            MirrorTurn::None => return None,
            MirrorTurn::Failed => "mirror_failed",
            MirrorTurn::Recovered => "mirror_recovered",
        };
        let error = error.map(|error| error.to_string());
        Some(Self { at: now, event, target, error, by: "breakwater" })
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::vec;

    use super::*;

    const EVERY: Millis = Millis::from_secs(300);

    const fn at(s: u64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + s * 1000)
    }

    fn mirror() -> Mirror {
        Mirror { storage: None, bucket: Some("MIRROR".into()), every: EVERY }
    }

    fn complete() -> TargetProgress {
        let mut progress = TargetProgress::default();
        progress.handle_put("a", "1");
        progress.handle_put("b", "1");
        progress.handle_complete(&["a"], "f", at(0));
        progress
    }

    #[test]
    fn a_copy_is_renewed_when_the_state_changes_and_at_least_as_often_as_is_said() {
        let progress = TargetProgress::default();
        assert!(progress.is_due(&mirror(), "f", at(0)));
        let progress = complete();
        assert!(!progress.is_due(&mirror(), "f", at(60)));
        assert!(progress.is_due(&mirror(), "g", at(60)), "the state is another");
        assert!(!progress.is_due(&mirror(), "f", at(289)));
        assert!(progress.is_due(&mirror(), "f", at(290)), "the round of the fifth minute");
    }

    #[test]
    fn only_what_has_changed_is_written_and_not_too_much_at_once() {
        let progress = complete();
        assert!(!progress.wants("a", "1") && progress.wants("a", "2"));
        assert!(progress.wants("b", "1"), "what nothing leads to is forgotten");
        let files: Vec<_> = (0..100).map(|it| (format!("{it}"), String::from("1"), ())).collect();
        assert_eq!(progress.turn(&files).len(), MIRROR_PUTS_MAX);
        let known = vec![(String::from("a"), String::from("1"), ())];
        assert!(progress.turn(&known).is_empty());
    }

    #[test]
    fn a_failure_is_told_once_and_tried_again_less_and_less_often() {
        let mut progress = complete();
        assert_eq!(progress.handle_failed(at(0)), MirrorTurn::Failed);
        assert!(!progress.is_due(&mirror(), "g", at(49)));
        assert!(progress.is_due(&mirror(), "g", at(60)));
        assert_eq!(progress.handle_failed(at(60)), MirrorTurn::None);
        assert!(!progress.is_due(&mirror(), "g", at(120)));
        assert!(progress.is_due(&mirror(), "g", at(180)));
        for _ in 0..40 {
            progress.handle_failed(at(1_000));
        }
        assert!(!progress.is_due(&mirror(), "g", at(4_500)));
        assert!(progress.is_due(&mirror(), "g", at(4_600)), "an hour at most");
        assert_eq!(progress.handle_complete(&["a"], "g", at(4_600)), MirrorTurn::Recovered);
        assert_eq!(progress.handle_complete(&["a"], "g", at(4_900)), MirrorTurn::None);
        assert_eq!(progress.complete_at(), Some(at(4_900)));
    }

    #[test]
    fn a_clock_that_was_set_back_holds_nothing_up() {
        let mut progress = complete();
        progress.handle_failed(at(10_000));
        assert!(progress.is_due(&mirror(), "f", at(5_000)));
    }

    #[test]
    fn the_stored_form_is_this() {
        let mut progress = MirrorProgress::default();
        progress.of("storage").handle_put("a", "1");
        progress.of("storage").handle_failed(at(0));
        let stored = progress.to_stored();
        assert_eq!(
            stored,
            "{\"version\":1,\"mirror\":{\"targets\":{\"storage\":{\"fingerprint\":\"\",\
             \"files\":{\"a\":\"1\"},\"failures\":1,\"failed_at\":1800000000000}}}}"
        );
        assert_eq!(MirrorProgress::from_stored(&stored), Ok(progress));
    }

    #[test]
    fn the_history_has_turns_alone_and_this_is_their_stored_form() {
        let error = MirrorError::Refused(403);
        let event = |turn, error| MirrorEvent::of(turn, "storage", error, at(0));
        assert_eq!(event(MirrorTurn::None, Some(&error)), None);
        let stored = |event: Option<MirrorEvent>| serde_json::to_string(&event).unwrap();
        assert_eq!(
            stored(event(MirrorTurn::Failed, Some(&error))),
            "{\"at\":1800000000000,\"event\":\"mirror_failed\",\"target\":\"storage\",\
             \"error\":\"the storage answered 403\",\"by\":\"breakwater\"}"
        );
        assert_eq!(
            stored(event(MirrorTurn::Recovered, None)),
            "{\"at\":1800000000000,\"event\":\"mirror_recovered\",\"target\":\"storage\",\
             \"by\":\"breakwater\"}"
        );
    }
}
