//! Envelopes: what is sent in one request (develop.sentry.dev/sdk/foundations/transport/envelopes).
//!
//! The first line is about the envelope, then each item has a line about itself and its payload.
//! An envelope has one kind of content, so that an event and a transaction, or two check-ins, never
//! meet in one, which Sentry would refuse.

use alloc::string::{String, ToString as _};

use serde_json::{Map, Value, json};

use super::ids::EventId;
use crate::base::rfc3339::Rfc3339;
use crate::base::time::Timestamp;

/// What an envelope is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EnvelopeContent<'a> {
    Event(EventId, &'a str),
    Transaction(EventId, &'a str),
    CheckIn(&'a str),
    /// Lines of the log, each an object.
    Logs(&'a [String]),
    /// Only what was discarded.
    Discards,
}

/// Writes an envelope piece by piece. `report` is the payload of a client report that travels
/// along. `sent_at` is the time of sending, which is written once: with two, Sentry refuses all.
pub(super) fn write(
    content: EnvelopeContent<'_>,
    report: Option<&str>,
    sent_at: Timestamp,
    sink: &mut dyn FnMut(&[u8]),
) {
    let mut head = Map::new();
    if let EnvelopeContent::Event(id, _) | EnvelopeContent::Transaction(id, _) = content {
        head.insert("event_id".into(), id.to_string().into());
    }
    head.insert("sent_at".into(), json!(Rfc3339(sent_at)));
    head.insert(
        "sdk".into(),
        json!({ "name": "breakwater", "version": env!("CARGO_PKG_VERSION") }),
    );
    line(&head.into(), sink);
    match content {
        EnvelopeContent::Event(_, payload) => item("event", payload, sink),
        EnvelopeContent::Transaction(_, payload) => item("transaction", payload, sink),
        EnvelopeContent::CheckIn(payload) => item("check_in", payload, sink),
        EnvelopeContent::Logs(lines) => logs(lines, sink),
        EnvelopeContent::Discards => {}
    }
    if let Some(report) = report {
        item("client_report", report, sink);
    }
}

/// Writes an item.
fn item(kind: &str, payload: &str, sink: &mut dyn FnMut(&[u8])) {
    // The length of a text is that of its bytes, as Sentry counts.
    line(&json!({ "type": kind, "length": payload.len() }), sink);
    sink(payload.as_bytes());
    sink(b"\n");
}

/// Writes lines of the log as the one item that holds them all.
fn logs(lines: &[String], sink: &mut dyn FnMut(&[u8])) {
    const BEGIN: &str = "{\"items\":[";
    const END: &str = "]}";
    let commas = lines.len().saturating_sub(1);
    let length = BEGIN.len() + commas + END.len() + lines.iter().map(String::len).sum::<usize>();
    let head = json!({
        "type": "log",
        "item_count": lines.len(),
        "content_type": "application/vnd.sentry.items.log+json",
        "length": length,
    });
    line(&head, sink);
    sink(BEGIN.as_bytes());
    for (index, line) in lines.iter().enumerate() {
        if index > 0 {
            sink(b",");
        }
        sink(line.as_bytes());
    }
    sink(END.as_bytes());
    sink(b"\n");
}

/// Writes a value in one line: JSON escapes the line breaks in texts.
fn line(value: &Value, sink: &mut dyn FnMut(&[u8])) {
    sink(value.to_string().as_bytes());
    sink(b"\n");
}
