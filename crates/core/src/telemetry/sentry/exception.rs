//! An exception of an event, and where it happened.

use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Map, Value, json};

use super::event::MESSAGE_MAX;
use super::text::ReportTexts;

/// The largest number of exceptions of an event: one, and what caused it.
pub const EXCEPTIONS_MAX: usize = 4;
/// The largest number of frames of an exception; Sentry keeps 50
/// (develop.sentry.dev/sdk/foundations/data-model/event-payloads).
pub const FRAMES_MAX: usize = 50;
/// The longest class of an exception, in bytes.
const CLASS_MAX: usize = 128;
/// The longest name of a file or function, in bytes.
const NAME_MAX: usize = 200;

/// What went wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SentryException {
    /// The class, such as `Panic`. Sentry shows it as the title of the issue.
    pub class: String,
    /// What is said of it.
    pub value: String,
    /// Whether the code dealt with it. Sentry marks an unhandled one.
    pub is_handled: bool,
    /// Where it happened; the innermost frame comes last.
    pub frames: Vec<SentryFrame>,
}

/// A place in the code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SentryFrame {
    /// The file.
    pub file: String,
    /// The function, if it is known.
    pub function: Option<String>,
    /// The line, counted from 1.
    pub line: u32,
    /// The column, counted from 1, if it is known.
    pub column: Option<u32>,
}

impl SentryFrame {
    /// Reads `FILE:LINE:COLUMN`, which is how Rust shows the place of a panic.
    pub fn parse(place: &str) -> Option<Self> {
        let (rest, column) = place.rsplit_once(':')?;
        let (file, line) = rest.rsplit_once(':')?;
        let (line, column) = (line.parse().ok()?, column.parse().ok()?);
        Some(Self { file: file.into(), function: None, line, column: Some(column) })
    }

    fn payload(&self, texts: ReportTexts<'_>) -> Value {
        let mut frame = Map::new();
        frame.insert("filename".into(), texts.line(&self.file, NAME_MAX).into());
        frame.insert("lineno".into(), self.line.into());
        frame.insert("in_app".into(), true.into());
        if let Some(function) = &self.function {
            frame.insert("function".into(), texts.line(function, NAME_MAX).into());
        }
        if let Some(column) = self.column {
            frame.insert("colno".into(), column.into());
        }
        frame.into()
    }
}

impl SentryException {
    pub(super) fn payload(&self, texts: ReportTexts<'_>) -> Value {
        let mut exception = json!({
            "type": texts.line(&self.class, CLASS_MAX),
            "value": texts.text(&self.value, MESSAGE_MAX),
            "mechanism": { "type": "breakwater", "handled": self.is_handled },
        });
        if !self.frames.is_empty() {
            // The innermost say most, and they come last.
            let left_out = self.frames.len().saturating_sub(FRAMES_MAX);
            let frames = self.frames.iter().skip(left_out);
            let frames: Vec<Value> = frames.map(|frame| frame.payload(texts)).collect();
            exception["stacktrace"] = json!({ "frames": frames });
        }
        exception
    }
}
