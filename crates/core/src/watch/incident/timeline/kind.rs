//! What an entry of a timeline tells.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::base::cut;
use crate::base::time::Timestamp;
use crate::circuit::breaker::State;
use crate::watch::incident::IncidentState;
use crate::watch::monitor::{CheckResult, CheckState};

/// Reasons of an observation that the timeline keeps.
const REASONS_KEPT: usize = 3;
/// The longest text of the machine in a timeline, in bytes. A longer one ends in `…`.
const MACHINE_TEXT_MAX: usize = 300;
/// Sources of answers that an entry counts.
const SHARES_MAX: usize = 12;

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimelineKind {
    /// The incident was opened.
    Opened {
        /// The person who did that, if it was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
    },
    /// Another check became part of it.
    Joined {
        /// The check.
        check: String,
    },
    /// A check is well again.
    CheckResolved {
        /// The check.
        check: String,
    },
    /// The incident ended.
    Resolved {
        /// The person who says so, if it was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
        /// Of a person who wrote nothing, whether people were told. What a person wrote is the
        /// update that follows, and says that itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        told: Option<bool>,
    },
    /// A person says that it is not over.
    Reopened {
        /// Who.
        by: String,
    },
    /// A check found something else at a place than before.
    Observed {
        /// The check.
        check: String,
        /// The place.
        place: String,
        /// What it found.
        result: CheckResult,
        /// Why.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        reasons: Vec<String>,
    },
    /// What the observations of a check add up to changed.
    CheckTurned {
        /// The check.
        check: String,
        /// The state before.
        from: CheckState,
        /// The state after.
        to: CheckState,
    },
    /// A circuit changed its state.
    Circuit {
        /// The circuit.
        name: String,
        /// The state before.
        from: State,
        /// The state after.
        to: State,
    },
    /// What visitors were answered with.
    Visitors {
        /// The number of answers by their source.
        shares: Vec<(String, u64)>,
    },
    /// An operator ordered something.
    Order {
        /// Who.
        by: String,
        /// What, and why.
        text: String,
    },
    /// A message was given to the outbox.
    AlertQueued {
        /// The channel.
        channel: String,
        /// The id of the message.
        message: String,
    },
    /// A message has arrived.
    AlertDelivered {
        /// The channel.
        channel: String,
        /// The id of the message.
        message: String,
    },
    /// A message has not arrived, and is sent again.
    AlertFailed {
        /// The channel.
        channel: String,
        /// The id of the message.
        message: String,
        /// Why.
        error: String,
    },
    /// A message has not arrived, and is not sent again.
    AlertDead {
        /// The channel.
        channel: String,
        /// The id of the message.
        message: String,
        /// Why.
        error: String,
    },
    /// Another incident explains it, and people are not told of it meanwhile.
    Inhibited {
        /// The id of the other incident.
        by: String,
    },
    /// No other incident explains it any more.
    Released {
        /// The id of the one that did.
        by: String,
    },
    /// A person has taken it on.
    Acknowledged {
        /// Who.
        by: String,
    },
    /// A person told what is new.
    Update {
        /// Who.
        by: String,
        /// How far people were then.
        state: IncidentState,
        /// What is new.
        text: String,
        /// Whether people were told.
        notify: bool,
        /// Who replaced the text last.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        edited: Option<TextEdit>,
    },
    /// A person wrote something down for other operators.
    Note {
        /// Who.
        by: String,
        /// The text.
        text: String,
        /// Who replaced the text last.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        edited: Option<TextEdit>,
    },
    /// A person wrote down what was found out.
    Postmortem {
        /// Who.
        by: String,
    },
}

/// That a text was replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextEdit {
    /// Who replaced it.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

impl TimelineKind {
    /// Whether a person made it.
    pub const fn is_of_people(&self) -> bool {
        matches!(
            self,
            Self::Reopened { .. }
                | Self::Acknowledged { .. }
                | Self::Update { .. }
                | Self::Note { .. }
                | Self::Postmortem { .. }
        )
    }

    /// Whether it is for operators only: it says more of them, of channels or of the upstreams than
    /// visitors should read.
    pub const fn is_internal(&self) -> bool {
        matches!(
            self,
            Self::Note { .. }
                | Self::Order { .. }
                | Self::Acknowledged { .. }
                | Self::AlertQueued { .. }
                | Self::AlertDelivered { .. }
                | Self::AlertFailed { .. }
                | Self::AlertDead { .. }
                | Self::Inhibited { .. }
                | Self::Released { .. }
        )
    }

    /// Whether it is never dropped.
    pub(super) const fn is_kept(&self) -> bool {
        self.is_of_people() || matches!(self, Self::Opened { .. } | Self::Resolved { .. })
    }

    pub(super) const fn is_order(&self) -> bool {
        matches!(self, Self::Order { .. })
    }

    /// Whether what a person wrote before may no longer be true after it.
    pub(in crate::watch::incident) const fn is_turn(&self) -> bool {
        matches!(
            self,
            Self::Opened { .. }
                | Self::Joined { .. }
                | Self::CheckResolved { .. }
                | Self::Resolved { .. }
                | Self::Reopened { .. }
                | Self::Update { .. }
        )
    }

    /// The text of an update or a note, which a person wrote.
    pub fn words(&self) -> Option<&str> {
        if let Self::Update { text, .. } | Self::Note { text, .. } = self {
            return Some(text);
        }
        None
    }

    /// The text that a person wrote, with who replaced it last.
    pub(in crate::watch::incident) fn words_mut(
        &mut self,
    ) -> Option<(&mut String, &mut Option<TextEdit>)> {
        if let Self::Update { text, edited, .. } | Self::Note { text, edited, .. } = self {
            return Some((text, edited));
        }
        None
    }

    /// What this check found at this place, if that is what the entry tells.
    pub(super) fn observed(&self, of: &str, at: &str) -> Option<CheckResult> {
        if let Self::Observed { check, place, result, .. } = self
            && check == of
            && place == at
        {
            return Some(*result);
        }
        None
    }

    /// The entry with the machine's texts cut, so that an incident fits where it is stored. What
    /// people write is bounded before it comes here.
    pub(super) fn bounded(mut self) -> Self {
        let cut = |text: &mut String| cut::cut(text, MACHINE_TEXT_MAX);
        match &mut self {
            Self::Observed { reasons, .. } => {
                reasons.truncate(REASONS_KEPT);
                reasons.iter_mut().for_each(cut);
            }
            Self::Circuit { name, .. } => cut(name),
            Self::Visitors { shares } => {
                shares.truncate(SHARES_MAX);
                shares.iter_mut().for_each(|(source, _)| cut(source));
            }
            Self::Order { by, text } => [by, text].into_iter().for_each(cut),
            Self::AlertFailed { error, .. } | Self::AlertDead { error, .. } => cut(error),
            Self::Opened { .. }
            | Self::Joined { .. }
            | Self::CheckResolved { .. }
            | Self::Resolved { .. }
            | Self::Reopened { .. }
            | Self::CheckTurned { .. }
            | Self::AlertQueued { .. }
            | Self::AlertDelivered { .. }
            | Self::Inhibited { .. }
            | Self::Released { .. }
            | Self::Acknowledged { .. }
            | Self::Update { .. }
            | Self::Note { .. }
            | Self::Postmortem { .. } => {}
        }
        self
    }
}
