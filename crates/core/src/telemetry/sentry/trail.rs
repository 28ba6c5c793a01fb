//! What the log said before an event, which the event has as breadcrumbs
//! (develop.sentry.dev/sdk/foundations/data-model/event-payloads/breadcrumbs).

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::event::{BREADCRUMBS_MAX, SentryBreadcrumb, SentryEvent, SentryLevel};
use super::field::ReportField;
use super::log_item::SentryLog;
use crate::base::time::Millis;
use crate::telemetry::log::LogSeverity;

/// The longest time from a line of the log to an event that has it as a breadcrumb, in
/// milliseconds. What is older hardly has to do with it.
const TRAIL_LASTS: Millis = Millis::from_secs(300);

/// The latest lines of the log.
#[derive(Clone, Debug, Default)]
pub struct Trail(VecDeque<SentryLog>);

impl Trail {
    /// Returns a trail without lines.
    pub const fn new() -> Self {
        Self(VecDeque::new())
    }

    /// Adds a line, and forgets the oldest if there are more than an event takes.
    pub fn note(&mut self, line: &SentryLog) {
        if self.0.len() >= BREADCRUMBS_MAX {
            self.0.pop_front();
        }
        self.0.push_back(line.clone());
    }

    /// Gives an event the lines that may have to do with it: those of its own trace, and those that
    /// belong to no request. A line of another visitor's request is none of them.
    pub fn lead_to(&self, event: &mut SentryEvent) {
        let trace = event.trace.map(|trace| trace.trace_id);
        let is_part = |line: &&SentryLog| {
            let is_before =
                event.at.is_none_or(|at| line.at <= at && at.since(line.at) <= TRAIL_LASTS);
            is_before && (!is_of_request(line) || Some(line.trace_id) == trace)
        };
        let mut lines: Vec<&SentryLog> = self.0.iter().filter(is_part).collect();
        lines.sort_by_key(|line| line.at);
        event.breadcrumbs = lines.into_iter().map(breadcrumb).collect();
    }
}

/// Whether a line belongs to a request. Where there are no traces, it has no span.
fn is_of_request(line: &SentryLog) -> bool {
    let has_id = line.attributes.iter().any(|(field, _)| *field == ReportField::RequestId);
    line.span_id.is_some() || has_id
}

fn breadcrumb(line: &SentryLog) -> SentryBreadcrumb {
    let level = match line.level {
        LogSeverity::Debug | LogSeverity::Info => SentryLevel::Info,
        LogSeverity::Warn => SentryLevel::Warning,
        LogSeverity::Error => SentryLevel::Error,
        LogSeverity::Fatal => SentryLevel::Fatal,
    };
    SentryBreadcrumb {
        at: line.at,
        category: "log",
        level,
        message: line.body.clone(),
        data: line.attributes.clone(),
    }
}
