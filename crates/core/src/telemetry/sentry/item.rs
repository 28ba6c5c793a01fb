//! What is reported, and what all reports say about us.

use alloc::boxed::Box;
use alloc::string::{String, ToString as _};

use serde_json::{Map, Value, json};

use super::category::DataCategory;
use super::check_in::SentryCheckIn;
use super::event::{SentryEvent, TAG_MAX};
use super::ids::EventId;
use super::log_item::SentryLog;
use super::schedule::ReportSchedule;
use super::settings::{ReportClass, SentrySettings};
use super::text::ReportTexts;
use super::transaction::SentryTransaction;
use crate::base::redaction::Redactor;
use crate::base::time::Timestamp;

/// Who reports, which reports are wanted, and which values are secrets.
#[derive(Clone, Copy)]
pub struct Reporting<'a> {
    /// What the site file says.
    pub settings: &'a SentrySettings,
    /// The version of the build, such as `breakwater@0.1.0`. The file may name another release.
    pub build: &'a str,
    /// What must not be in any text.
    pub redactor: &'a Redactor,
}

/// Something that is reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SentryItem {
    /// Something went wrong.
    Event(Box<SentryEvent>),
    /// A request was answered.
    Transaction(Box<SentryTransaction>),
    /// The work of a schedule has begun or ended.
    CheckIn(Box<SentryCheckIn>),
    /// A line of the log.
    Log(SentryLog),
}

impl SentryItem {
    /// Returns the category that it counts in first.
    pub const fn category(&self) -> DataCategory {
        match self {
            Self::Event(_) => DataCategory::Error,
            Self::Transaction(_) => DataCategory::Transaction,
            Self::CheckIn(_) => DataCategory::Monitor,
            Self::Log(_) => DataCategory::LogItem,
        }
    }

    /// Returns the class that rules ignore it by.
    pub fn class(&self) -> ReportClass {
        match self {
            Self::Event(event) => event.class,
            Self::Transaction(_) => ReportClass::Transaction,
            Self::CheckIn(_) => ReportClass::CheckIn,
            Self::Log(_) => ReportClass::Log,
        }
    }

    /// Returns the pattern of the route that it is about.
    pub fn route(&self) -> Option<&str> {
        match self {
            Self::Event(event) => event.route.as_deref(),
            Self::Transaction(transaction) => Some(&transaction.route),
            Self::CheckIn(_) | Self::Log(_) => None,
        }
    }

    /// Returns the schedule that it is about.
    pub(super) fn schedule(&self) -> Option<ReportSchedule> {
        match self {
            Self::CheckIn(check_in) => ReportSchedule::of_slug(&check_in.slug),
            Self::Event(_) | Self::Transaction(_) | Self::Log(_) => None,
        }
    }

    /// Encodes it as it is sent.
    pub(super) fn encode(&self, reporting: Reporting<'_>, now: Timestamp) -> EncodedItem {
        let (kind, payload) = match self {
            Self::Event(event) => (EncodedKind::Event(event.id), event.payload(reporting, now)),
            Self::Transaction(transaction) => {
                let (id, spans) = (transaction.id, transaction.span_count());
                (EncodedKind::Transaction(id, spans), transaction.payload(reporting))
            }
            Self::CheckIn(check_in) => (EncodedKind::CheckIn, check_in.payload(reporting)),
            Self::Log(line) => (EncodedKind::Log, line.payload(reporting)),
        };
        EncodedItem { kind, payload: payload.to_string() }
    }
}

/// An item as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EncodedItem {
    pub(super) kind: EncodedKind,
    pub(super) payload: String,
}

/// What an encoded item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EncodedKind {
    Event(EventId),
    /// With the number of spans that are lost with it.
    Transaction(EventId, u32),
    CheckIn,
    Log,
}

impl EncodedItem {
    /// Returns what is lost, by category, if it is not sent.
    pub(super) fn losses(&self) -> [(DataCategory, u32); 2] {
        const NO_MORE: (DataCategory, u32) = (DataCategory::Span, 0);
        match self.kind {
            EncodedKind::Event(_) => [(DataCategory::Error, 1), NO_MORE],
            EncodedKind::Transaction(_, spans) => {
                [(DataCategory::Transaction, 1), (DataCategory::Span, spans)]
            }
            EncodedKind::CheckIn => [(DataCategory::Monitor, 1), NO_MORE],
            EncodedKind::Log => {
                let bytes = u32::try_from(self.payload.len()).unwrap_or(u32::MAX);
                [(DataCategory::LogItem, 1), (DataCategory::LogByte, bytes)]
            }
        }
    }
}

impl<'a> Reporting<'a> {
    pub(super) const fn texts(self) -> ReportTexts<'a> {
        ReportTexts(self.redactor)
    }

    /// Returns what every event and transaction says.
    pub(super) fn common(self) -> Map<String, Value> {
        let mut common: Map<String, Value> = self.release_and_environment().collect();
        common.insert("platform".into(), "other".into());
        let version = env!("CARGO_PKG_VERSION");
        // Without the setting Sentry takes the address that the report comes from for a visitor's.
        let sdk = json!({
            "name": "breakwater", "version": version, "settings": { "infer_ip": "never" },
        });
        common.insert("sdk".into(), sdk);
        common
    }

    pub(super) fn release_and_environment(self) -> impl Iterator<Item = (String, Value)> {
        let release = self.settings.release_or(self.build);
        let environment = self.settings.environment.as_deref();
        let known = [("release", Some(release)), ("environment", environment)];
        let texts = self.texts();
        known.into_iter().filter_map(move |(name, text)| {
            let text = text.filter(|text| !text.is_empty())?;
            Some((name.to_string(), texts.line(text, TAG_MAX).into()))
        })
    }
}
