//! Operators' orders to incidents, read from JSON.

use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;

use super::OrderError;
use super::fields::OrderBody;
use crate::base::time::{Millis, Timestamp};
use crate::watch::incident::{
    COMPONENT_NAME_MAX, COMPONENTS_MAX, ComponentImpact, EARLIEST, INCIDENT_TEXT_MAX,
    INCIDENT_TITLE_MAX, Impact, IncidentChange, IncidentOpening, IncidentState,
};
use crate::watch::severity::Severity;

/// Bytes of such a body that are read at most: 128 KiB. The longest text, title and components fit,
/// with each character escaped.
pub const INCIDENT_BODY_MAX: usize = 128 * 1024;

// A character beyond the basic plane is escaped as twelve bytes (RFC 8259 §7); the rest is syntax.
const _: () = assert!(
    12 * (INCIDENT_TEXT_MAX + INCIDENT_TITLE_MAX + COMPONENTS_MAX * (COMPONENT_NAME_MAX + 4))
        < INCIDENT_BODY_MAX
);

/// The span by which an operator's clock may be ahead: 10 s.
const AHEAD_OF_US_MAX: Millis = Millis::from_secs(10);

const OPEN_KEYS: &[&str] =
    &["title", "severity", "components", "text", "since", "resolved_at", "notify"];
const UPDATE_KEYS: &[&str] = &["state", "severity", "title", "text", "components", "at", "notify"];
const EDIT_KEYS: &[&str] = &["entry", "text"];
const RESOLVE_KEYS: &[&str] = &["text", "at", "notify"];
const REOPEN_KEYS: &[&str] = &["text", "notify"];
const TEXT_KEYS: &[&str] = &["text"];
const NO_KEYS: &[&str] = &[];

const TITLE_ALLOWED: &str = "1 to 120 characters in one line";
const TEXT_ALLOWED: &str = "1 to 5000 characters";
const SEVERITY_ALLOWED: &str = "one of `P0`, `P1`, `P2`, `P3`";
const STATE_ALLOWED: &str = "one of `investigating`, `identified`, `monitoring`";
const NOTIFY_ALLOWED: &str = "`true` or `false`: whether people are told";
const ENTRY_ALLOWED: &str = "the number of an entry in the timeline";
const TIME_ALLOWED: &str =
    "a time since 2020 that is not in the future, such as `2026-12-24T20:00:00Z`";
const END_ALLOWED: &str =
    "a time after `since` that is not in the future, such as `2026-12-24T20:00:00Z`";
const COMPONENTS_ALLOWED: &str = "an object of at most 32 components, each with one of \
     `operational`, `degraded_performance`, `partial_outage`, `major_outage`";

impl IncidentOpening {
    /// Reads an incident that an operator opens by hand.
    ///
    /// # Errors
    /// [`OrderError`] for the first thing that is wrong.
    pub fn parse(body: &[u8], now: Timestamp) -> Result<Self, OrderError> {
        let mut fields = OrderBody::read(body, OPEN_KEYS)?;
        let title = fields.title()?;
        let severity = fields.severity()?;
        let text = fields.text()?;
        let components = fields.components()?;
        let since = fields.past("since", EARLIEST, TIME_ALLOWED, now)?;
        let from = since.unwrap_or(EARLIEST);
        let allowed = if since.is_some() { END_ALLOWED } else { TIME_ALLOWED };
        let resolved_at = fields.past("resolved_at", from, allowed, now)?;
        let notify = fields.notify()?;
        Ok(Self { title, severity, components, text, since, resolved_at, notify })
    }
}

impl IncidentChange {
    /// Reads an update.
    ///
    /// # Errors
    /// [`OrderError`] for the first thing that is wrong.
    pub fn parse_update(body: &[u8], now: Timestamp) -> Result<Self, OrderError> {
        let mut fields = OrderBody::read(body, UPDATE_KEYS)?;
        Ok(Self::Update {
            state: if fields.has("state") { Some(fields.state()?) } else { None },
            severity: if fields.has("severity") { Some(fields.severity()?) } else { None },
            title: if fields.has("title") { Some(fields.title()?) } else { None },
            text: fields.text()?,
            components: fields.components()?,
            at: fields.past("at", EARLIEST, TIME_ALLOWED, now)?,
            notify: fields.notify()?,
        })
    }

    /// Reads another text for an entry.
    ///
    /// # Errors
    /// [`OrderError`] for the first thing that is wrong.
    pub fn parse_edit(body: &[u8]) -> Result<Self, OrderError> {
        let mut fields = OrderBody::read(body, EDIT_KEYS)?;
        let value = fields.required("entry", ENTRY_ALLOWED)?;
        let entry = value.as_u64().and_then(|number| u32::try_from(number).ok());
        let entry = entry.ok_or_else(|| OrderError::refused("entry", &value, ENTRY_ALLOWED))?;
        Ok(Self::Edit { entry, text: fields.text()? })
    }

    /// Reads the end of an incident.
    ///
    /// # Errors
    /// [`OrderError`] for the first thing that is wrong.
    pub fn parse_resolve(body: &[u8], now: Timestamp) -> Result<Self, OrderError> {
        let mut fields = OrderBody::read(body, RESOLVE_KEYS)?;
        Ok(Self::Resolve {
            text: if fields.has("text") { Some(fields.text()?) } else { None },
            at: fields.past("at", EARLIEST, TIME_ALLOWED, now)?,
            notify: fields.notify()?,
        })
    }

    /// Reads that an incident is not over.
    ///
    /// # Errors
    /// [`OrderError`] for the first thing that is wrong.
    pub fn parse_reopen(body: &[u8]) -> Result<Self, OrderError> {
        let mut fields = OrderBody::read(body, REOPEN_KEYS)?;
        Ok(Self::Reopen { text: fields.text()?, notify: fields.notify()? })
    }

    /// Reads that an operator takes an incident on; the body may be empty.
    ///
    /// # Errors
    /// [`OrderError`] for the first thing that is wrong.
    pub fn parse_acknowledge(body: &[u8]) -> Result<Self, OrderError> {
        if !body.is_empty() {
            OrderBody::read(body, NO_KEYS)?;
        }
        Ok(Self::Acknowledge)
    }

    /// Reads what was found out about an incident.
    ///
    /// # Errors
    /// [`OrderError`] for the first thing that is wrong.
    pub fn parse_postmortem(body: &[u8]) -> Result<Self, OrderError> {
        Ok(Self::Postmortem { text: OrderBody::read(body, TEXT_KEYS)?.text()? })
    }

    /// Reads a note for other operators.
    ///
    /// # Errors
    /// [`OrderError`] for the first thing that is wrong.
    pub fn parse_note(body: &[u8]) -> Result<Self, OrderError> {
        Ok(Self::Note { text: OrderBody::read(body, TEXT_KEYS)?.text()? })
    }
}

impl OrderBody {
    fn title(&mut self) -> Result<String, OrderError> {
        const { assert!(INCIDENT_TITLE_MAX == 120) };
        let value = self.required("title", TITLE_ALLOWED)?;
        let title = value.as_str().filter(|title| is_line(title, INCIDENT_TITLE_MAX));
        title.map(String::from).ok_or_else(|| OrderError::refused("title", &value, TITLE_ALLOWED))
    }

    /// A text may have several lines, and no other control characters.
    fn text(&mut self) -> Result<String, OrderError> {
        const { assert!(INCIDENT_TEXT_MAX == 5_000) };
        let value = self.required("text", TEXT_ALLOWED)?;
        let text = value.as_str().filter(|text| {
            let is_control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
            let has_length = text.chars().take(INCIDENT_TEXT_MAX + 1).count() <= INCIDENT_TEXT_MAX;
            has_length && !text.trim().is_empty() && !text.contains(is_control)
        });
        text.map(String::from).ok_or_else(|| OrderError::refused("text", &value, TEXT_ALLOWED))
    }

    fn severity(&mut self) -> Result<Severity, OrderError> {
        let value = self.required("severity", SEVERITY_ALLOWED)?;
        let severity = Severity::ALL.into_iter().find(|it| value.as_str() == Some(it.as_str()));
        severity.ok_or_else(|| OrderError::refused("severity", &value, SEVERITY_ALLOWED))
    }

    fn state(&mut self) -> Result<IncidentState, OrderError> {
        let value = self.required("state", STATE_ALLOWED)?;
        let state = IncidentState::OPEN.into_iter().find(|it| value.as_str() == Some(it.as_str()));
        state.ok_or_else(|| OrderError::refused("state", &value, STATE_ALLOWED))
    }

    fn notify(&mut self) -> Result<bool, OrderError> {
        let value = self.required("notify", NOTIFY_ALLOWED)?;
        value.as_bool().ok_or_else(|| OrderError::refused("notify", &value, NOTIFY_ALLOWED))
    }

    /// A time from `from` to `now`, if the key is there. What a fast clock says counts as now.
    fn past(
        &mut self,
        key: &'static str,
        from: Timestamp,
        allowed: &'static str,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, OrderError> {
        if !self.has(key) {
            return Ok(None);
        }
        let time = self.time_within(key, from, now + AHEAD_OF_US_MAX, allowed)?;
        Ok(Some(time.min(now)))
    }

    /// The components in the order of their names; none, if the key is not there.
    fn components(&mut self) -> Result<Vec<ComponentImpact>, OrderError> {
        const { assert!(COMPONENTS_MAX == 32) };
        if !self.has("components") {
            return Ok(Vec::new());
        }
        let value = self.required("components", COMPONENTS_ALLOWED)?;
        let members = value.as_object().filter(|members| members.len() <= COMPONENTS_MAX);
        let components = members.and_then(|members| members.iter().map(component).collect());
        components.ok_or_else(|| OrderError::refused("components", &value, COMPONENTS_ALLOWED))
    }
}

fn component((name, impact): (&String, &Value)) -> Option<ComponentImpact> {
    let impact = Impact::ALL.into_iter().find(|it| impact.as_str() == Some(it.as_str()))?;
    is_line(name, COMPONENT_NAME_MAX).then(|| ComponentImpact { name: name.clone(), impact })
}

/// Whether a text is one line that says something, in at most `longest` characters.
fn is_line(text: &str, longest: usize) -> bool {
    let has_length = text.chars().take(longest + 1).count() <= longest;
    has_length && !text.trim().is_empty() && !text.contains(char::is_control)
}

#[cfg(test)]
mod tests;
