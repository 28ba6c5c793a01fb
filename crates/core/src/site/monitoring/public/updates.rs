//! What is told of an incident, out of its timeline.

use alloc::vec::Vec;

use crate::base::time::Timestamp;
use crate::site::status::{PublicText, PublicUpdate};
use crate::watch::incident::{
    Incident, IncidentState, TextEdit, Timeline, TimelineEntry, TimelineKind,
};

/// The updates in the order of their times, and when the latest change of any was made.
///
/// Their numbers are those of the order in which they were made. No entry is ever dropped that is
/// told, so that a number stays, and they say nothing of how many entries are not told.
pub(super) fn public_updates(incident: &Incident) -> (Vec<PublicUpdate>, Timestamp) {
    let timeline = incident.timeline();
    let told = timeline.entries().iter().filter_map(|entry| Some((entry, told(timeline, entry)?)));
    let told: Vec<(&TimelineEntry, Told<'_>)> = told.collect();
    let number_of = |entry: &TimelineEntry| {
        1 + told.iter().filter(|(other, _)| other.number < entry.number).count() as u32
    };
    let updates = told.iter().map(|(entry, told)| PublicUpdate {
        number: number_of(entry),
        at: entry.at,
        edited_at: told.edited.map(|edit| edit.at),
        state: told.state,
        text: told.text.clone(),
        notify: told.notify,
    });
    let is_postmortem = |kind: &TimelineKind| matches!(kind, TimelineKind::Postmortem { .. });
    let entries = timeline.entries().iter();
    let postmortem = entries.filter(|it| is_postmortem(&it.kind)).map(|it| it.recorded_at);
    let changes = told.iter().flat_map(|(entry, told)| {
        [Some(entry.recorded_at), told.edited.map(|edit| edit.at)].into_iter().flatten()
    });
    (updates.collect(), changes.chain(postmortem).max().unwrap_or_default())
}

/// What an entry tells strangers.
struct Told<'a> {
    state: IncidentState,
    text: PublicText,
    notify: bool,
    edited: Option<&'a TextEdit>,
}

fn told<'a>(timeline: &Timeline, entry: &'a TimelineEntry) -> Option<Told<'a>> {
    match &entry.kind {
        TimelineKind::Opened { by: None } => {
            Some(Told::by_machine(IncidentState::Investigating, PublicText::Found))
        }
        TimelineKind::Resolved { by: None, .. } => {
            Some(Told::by_machine(IncidentState::Resolved, PublicText::Recovered))
        }
        TimelineKind::Resolved { by: Some(_), told } => {
            let has_words = told.is_none() && is_followed_by_words(timeline, entry);
            (!has_words).then(|| Told {
                notify: told.unwrap_or(true),
                ..Told::by_machine(IncidentState::Resolved, PublicText::Closed)
            })
        }
        TimelineKind::Update { state, text, notify, edited, .. } => Some(Told {
            state: *state,
            text: PublicText::Written(text.clone()),
            notify: *notify,
            edited: edited.as_ref(),
        }),
        // A person's opening and re-opening come with an update. The rest is for operators.
        TimelineKind::Opened { by: Some(_) }
        | TimelineKind::Joined { .. }
        | TimelineKind::CheckResolved { .. }
        | TimelineKind::Reopened { .. }
        | TimelineKind::Observed { .. }
        | TimelineKind::CheckTurned { .. }
        | TimelineKind::Circuit { .. }
        | TimelineKind::Visitors { .. }
        | TimelineKind::Order { .. }
        | TimelineKind::AlertQueued { .. }
        | TimelineKind::AlertDelivered { .. }
        | TimelineKind::AlertFailed { .. }
        | TimelineKind::AlertDead { .. }
        | TimelineKind::Inhibited { .. }
        | TimelineKind::Released { .. }
        | TimelineKind::Acknowledged { .. }
        | TimelineKind::Note { .. }
        | TimelineKind::Postmortem { .. } => None,
    }
}

impl Told<'_> {
    const fn by_machine(state: IncidentState, text: PublicText) -> Self {
        Self { state, text, notify: true, edited: None }
    }
}

/// Whether a person who ended the incident wrote something: that is the next entry that was made,
/// of the same time.
fn is_followed_by_words(timeline: &Timeline, end: &TimelineEntry) -> bool {
    timeline
        .entry(end.number + 1)
        .is_some_and(|next| next.at == end.at && matches!(next.kind, TimelineKind::Update { .. }))
}
