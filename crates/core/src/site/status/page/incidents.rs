//! Incidents and maintenance as pages show them.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::figures::span;
use super::frame::Frame;
use super::moment::Moment;
use super::phrase::{mark_of, name_of, part_title, progress, title_of};
use super::texts::StatusTexts;
use super::written::{Paragraph, WrittenPart, paragraphs};
use crate::site::status::{
    ComponentState, PublicIncident, PublicMaintenance, PublicText, PublicUpdate, StatusView,
};

/// An incident.
#[derive(Clone, Debug)]
pub(super) struct IncidentCard<'a> {
    /// Its place on the page, by its id.
    pub(super) id: &'a str,
    /// Where it has a page of its own.
    pub(super) href: String,
    /// Its title.
    pub(super) title: String,
    /// Whose mark stands beside the title.
    pub(super) mark: ComponentState,
    /// How far people are.
    pub(super) progress: &'a str,
    /// When it began.
    pub(super) since: Moment,
    /// When it ended, and how long it lasted.
    pub(super) ended: Option<(Moment, String)>,
    /// The parts that it hits, with what it means for them.
    pub(super) parts: Vec<(&'a str, ComponentState, &'a str)>,
    /// What was told of it, the latest first.
    pub(super) updates: Vec<UpdateEntry<'a>>,
    /// What people found out afterwards.
    pub(super) postmortem: Vec<Paragraph<'a>>,
}

/// What was told at one time.
#[derive(Clone, Debug)]
pub(super) struct UpdateEntry<'a> {
    /// Its number within the incident.
    pub(super) number: u32,
    /// How far people were.
    pub(super) progress: &'a str,
    /// When it was so.
    pub(super) at: Moment,
    /// When its text was changed.
    pub(super) edited: Option<Moment>,
    /// What was told.
    pub(super) text: Vec<Paragraph<'a>>,
}

impl<'a> IncidentCard<'a> {
    pub(super) fn of(
        frame: &Frame<'a>,
        view: StatusView<'a>,
        incident: &'a PublicIncident,
    ) -> Self {
        let texts = frame.t;
        let ended = incident.resolved_at.map(|end| {
            (Moment::end(texts, incident.since, end), span(texts, end.since(incident.since)))
        });
        let parts = incident.components.iter().map(|part| {
            let state = ComponentState::from(part.impact);
            (part_title(view, &part.name), state, name_of(texts, state))
        });
        Self {
            id: &incident.id,
            href: frame.link(&format!("/incidents/{}", incident.id)),
            title: title_of(texts, view, incident),
            mark: mark_of(incident.impact),
            progress: progress(texts, incident.state),
            since: Moment::of(texts, incident.since),
            ended,
            parts: parts.collect(),
            updates: incident.updates.iter().rev().map(|it| UpdateEntry::of(texts, it)).collect(),
            postmortem: incident.postmortem.as_deref().map(paragraphs).unwrap_or_default(),
        }
    }
}

impl<'a> UpdateEntry<'a> {
    fn of(texts: &StatusTexts<'a>, update: &'a PublicUpdate) -> Self {
        Self {
            number: update.number,
            progress: progress(texts, update.state),
            at: Moment::of(texts, update.at),
            edited: update.edited_at.map(|at| Moment::of(texts, at)),
            text: match &update.text {
                PublicText::Written(text) => paragraphs(text),
                PublicText::Found => said(texts.incident_found),
                PublicText::Recovered => said(texts.incident_recovered),
                PublicText::Closed => said(texts.incident_closed),
            },
        }
    }
}

/// A text of our own as the one paragraph that it is.
fn said(text: &str) -> Vec<Paragraph<'_>> {
    [[WrittenPart::Text(text)].into()].into()
}

/// A time of maintenance.
#[derive(Clone, Debug)]
pub(super) struct MaintenanceCard<'a> {
    /// Its place on the page, by its id.
    pub(super) id: &'a str,
    /// What is closed.
    pub(super) title: &'a str,
    /// Its first moment.
    pub(super) start: Moment,
    /// The first moment after it.
    pub(super) end: Moment,
    /// How long it lasts.
    pub(super) duration: String,
    /// Whether it is one of several times by a rule.
    pub(super) is_recurring: bool,
    /// Whether its time was changed.
    pub(super) was_moved: bool,
    /// What operators say about it.
    pub(super) message: Vec<Paragraph<'a>>,
}

impl<'a> MaintenanceCard<'a> {
    pub(super) fn of(texts: &StatusTexts<'a>, time: &'a PublicMaintenance) -> Self {
        let title =
            if time.is_whole_site { texts.maintenance_whole } else { texts.maintenance_parts };
        Self {
            id: &time.id,
            title,
            start: Moment::of(texts, time.start),
            end: Moment::end(texts, time.start, time.end),
            duration: span(texts, time.end.since(time.start)),
            is_recurring: time.is_recurring,
            was_moved: time.revision > 0,
            message: time.message.as_deref().map(paragraphs).unwrap_or_default(),
        }
    }
}
