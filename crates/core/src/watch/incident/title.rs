//! The titles that incidents have until a person finds better words.

use alloc::format;
use alloc::string::String;

use super::{Incident, IncidentOrigin};
use crate::watch::monitor::CheckState;

impl Incident {
    /// Its title, if a person wrote it. The titles of the machine name checks.
    pub fn written_title(&self) -> Option<&str> {
        let is_written = self.is_titled || self.origin == IncidentOrigin::Operator;
        is_written.then_some(&*self.title)
    }
}

/// What is wrong with a check, in one line, such as "`frontend` is down".
pub fn title_of(check: &str, state: CheckState) -> String {
    match state {
        CheckState::Pending => format!("`{check}` has not been observed yet"),
        CheckState::Unknown => format!("`{check}` has not been observed lately"),
        CheckState::Down => format!("`{check}` is down"),
        CheckState::Degraded => format!("`{check}` is degraded"),
        CheckState::Up => format!("`{check}` is up"),
    }
}

/// That these checks are down, in one line, such as "`frontend` and 2 more checks are down". It is
/// empty without checks.
pub fn title_of_checks<'a>(mut checks: impl Iterator<Item = &'a str>) -> String {
    let Some(first) = checks.next() else { return String::new() };
    match (checks.next(), checks.count()) {
        (None, _) => title_of(first, CheckState::Down),
        (Some(second), 0) => format!("`{first}` and `{second}` are down"),
        (Some(_), more) => format!("`{first}` and {} more checks are down", more + 1),
    }
}
