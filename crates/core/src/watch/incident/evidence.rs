//! What is known of the trouble, and the paragraph that it makes.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::base::cut::cut;
use crate::base::grouped::grouped;
use crate::base::rfc3339::Shown;
use crate::base::time::Timestamp;
use crate::watch::check::PLACES_MAX;
use crate::watch::incident::EdgeShares;

/// The longest paragraph, in characters. It is read on a telephone at night.
pub const SUMMARY_MAX: usize = 600;
/// Reasons that the paragraph tells.
const REASONS_TOLD: usize = 3;
/// Names of circuits and of other checks that the paragraph tells; more are counted.
const NAMES_TOLD: usize = 3;
/// Circuits that are kept.
const CIRCUITS_MAX: usize = 32;
/// Places that are kept: those of a check, and its circuit's.
const PLACES_KEPT: usize = PLACES_MAX + 1;
/// The longest text that is kept, in bytes. A longer one ends in `…`.
const EVIDENCE_TEXT_MAX: usize = 300;

/// What is known of the trouble of a check.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentEvidence {
    /// When this was known.
    pub at: Timestamp,
    /// The name of the check.
    pub check: String,
    /// The places that fail, each with the beginning of the series that made it fail.
    pub failing_places: Vec<(String, Timestamp)>,
    /// How many places the check is made from.
    pub places_total: u32,
    /// Why, as the check says.
    pub reasons: Vec<String>,
    /// What visitors got since then, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edge: Option<EdgeShares>,
    /// The names of the circuits that are open.
    pub circuits_open: Vec<String>,
    /// How many requests wait until the upstream is well, where they are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queued: Option<u64>,
    /// Whether the check fails again and again.
    pub is_flapping: bool,
}

impl IncidentEvidence {
    /// The evidence without what is more than there is room for.
    pub(super) fn bounded(mut self) -> Self {
        self.failing_places.truncate(PLACES_KEPT);
        self.reasons.truncate(REASONS_TOLD);
        self.circuits_open.truncate(CIRCUITS_MAX);
        for text in self.reasons.iter_mut().chain(&mut self.circuits_open) {
            cut(text, EVIDENCE_TEXT_MAX);
        }
        self
    }

    /// The paragraph that the evidence makes, in at most [`SUMMARY_MAX`] characters. With `end`, it
    /// is told as something that is over.
    pub fn paragraph(&self, end: Option<Timestamp>) -> String {
        self.paragraph_with(OtherChecks::None, end)
    }

    /// The paragraph for an incident that has other checks too.
    pub(super) fn paragraph_with(&self, others: OtherChecks<'_>, end: Option<Timestamp>) -> String {
        let mut paragraph = self.failure(end);
        let rest = [
            others.sentence(end.is_some()),
            self.circuits(end.is_some()),
            self.answers(end.is_some()),
            self.queue(end.is_some()),
            self.flapping(end.is_some()),
        ];
        if paragraph.chars().count() > SUMMARY_MAX {
            paragraph = paragraph.chars().take(SUMMARY_MAX - 1).collect();
            paragraph.push('…');
        }
        for sentence in rest.into_iter().flatten() {
            // A sentence that does not fit is left out whole.
            if paragraph.chars().count() + 1 + sentence.chars().count() <= SUMMARY_MAX {
                paragraph.push(' ');
                paragraph.push_str(&sentence);
            }
        }
        paragraph
    }

    /// Where and why the check fails.
    fn failure(&self, end: Option<Timestamp>) -> String {
        let Self { check, failing_places, .. } = self;
        let earliest = failing_places.iter().map(|(_, since)| *since).min();
        let Some(since) = earliest else {
            // What fails as a whole has reasons, and no places.
            return match (end, self.reasons.is_empty()) {
                (Some(end), _) => {
                    format!("`{check}` failed until {}{}.", self.time(end), self.causes())
                }
                (None, false) => format!("`{check}` fails{}.", self.causes()),
                (None, true) => format!("`{check}` fails at no place now."),
            };
        };
        let failing = failing_places.len();
        let total = (self.places_total as usize).max(failing);
        let names: Vec<&str> = failing_places.iter().map(|(place, _)| &**place).collect();
        let verb = if end.is_some() { "failed" } else { "fails" };
        let places = match (failing, total) {
            (1, 1) => format!("at its one place ({})", names.join(", ")),
            (all, total) if all == total => format!("at all {total} places ({})", names.join(", ")),
            _ => format!("at {failing} of {total} places ({})", names.join(", ")),
        };
        let span = match end {
            None => format!("since {}", self.time(since)),
            Some(end) => format!("from {} to {}", self.time(since), self.time(end)),
        };
        format!("`{check}` {verb} {places} {span}{}.", self.causes())
    }

    /// The reasons behind a colon, if there are any.
    fn causes(&self) -> String {
        let mut causes = String::new();
        for (index, reason) in self.reasons.iter().take(REASONS_TOLD).enumerate() {
            causes.push_str(if index == 0 { ": " } else { "; " });
            causes.push_str(reason);
        }
        causes
    }

    fn circuits(&self, is_over: bool) -> Option<String> {
        let (is, are) = if is_over { ("was", "were") } else { ("is", "are") };
        let names: Vec<&str> = self.circuits_open.iter().map(|name| &**name).collect();
        match &*names {
            [] => None,
            [name] => Some(format!("The circuit of `{name}` {is} open.")),
            names => Some(format!("The circuits of {} {are} open.", listed(names))),
        }
    }

    fn answers(&self, is_over: bool) -> Option<String> {
        let shares = self.edge?;
        let total = shares.total();
        let then = if is_over { "in that time" } else { "since then" };
        if total == 0 {
            return Some(format!("Visitors asked for nothing {then}."));
        }
        let parts = [
            (shares.copies, "was a copy", "were copies"),
            (shares.snapshots, "was a snapshot", "were snapshots"),
            (shares.origin, "came from the origin", "came from the origin"),
            (shares.fallbacks, "was a fallback page", "were fallback pages"),
            (shares.other, "came from elsewhere", "came from elsewhere"),
        ];
        let parts = parts.into_iter().filter(|(count, _, _)| *count > 0);
        let parts: Vec<String> =
            parts.map(|(count, one, many)| counted(count, one, many)).collect();
        let errors = counted(shares.errors, "was an error", "were errors");
        let answers = if total == 1 { "answer" } else { "answers" };
        // A colon would say that all of these were errors.
        let mark = if shares.errors == 0 { ':' } else { ';' };
        let parts = parts.join(", ");
        Some(format!("Of {} {answers} {then}, {errors}{mark} {parts}.", grouped(total)))
    }

    fn queue(&self, is_over: bool) -> Option<String> {
        let queued = self.queued.filter(|&queued| queued > 0)?;
        let (one, many) = if is_over {
            ("request was queued", "requests were queued")
        } else {
            ("request is queued", "requests are queued")
        };
        Some(format!("{}.", counted(queued, one, many)))
    }

    fn flapping(&self, is_over: bool) -> Option<String> {
        (self.is_flapping && !is_over).then(|| {
            "It comes and goes, so the incident ends only once the check has stayed well.".into()
        })
    }

    /// A time, with its date if that is not the day on which this was known.
    fn time(&self, at: Timestamp) -> String {
        let (shown, today) = (Shown(at).to_string(), Shown(self.at).to_string());
        let day = shown.get(..10).unwrap_or_default();
        let time = shown.get(11..19).unwrap_or_default();
        if today.starts_with(day) { format!("{time} UTC") } else { format!("{day} {time} UTC") }
    }
}

/// The other checks of an incident.
#[derive(Clone, Copy, Debug)]
pub(super) enum OtherChecks<'a> {
    /// There are none to be told of.
    None,
    /// These fail.
    Fail(&'a [&'a str]),
    /// These failed.
    Failed(&'a [&'a str]),
}

impl OtherChecks<'_> {
    fn sentence(self, is_first_over: bool) -> Option<String> {
        match (self, is_first_over) {
            (Self::None, _) | (Self::Fail([]) | Self::Failed([]), _) => None,
            (Self::Fail([name]), false) => Some(format!("`{name}` fails too.")),
            (Self::Fail(names), false) => Some(format!("{} fail too.", listed(names))),
            (Self::Fail([name]), true) => Some(format!("`{name}` still fails.")),
            (Self::Fail(names), true) => Some(format!("{} still fail.", listed(names))),
            (Self::Failed(names), _) => Some(format!("{} failed too.", listed(names))),
        }
    }
}

/// Names in a sentence: "`a`, `b` and 3 more".
fn listed(names: &[&str]) -> String {
    let (told, more) = names.split_at(names.len().min(NAMES_TOLD));
    let mut told: Vec<String> = told.iter().map(|name| format!("`{name}`")).collect();
    if !more.is_empty() {
        told.push(format!("{} more", more.len()));
    }
    match told.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}

/// A number with its words: "1 was a copy", "1,190 were copies".
fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}
