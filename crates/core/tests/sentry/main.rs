//! What is sent to Sentry: its form, what it keeps, what it must not hold, and when it is not sent.

mod arbitrary;
mod canary;
mod dsn;
mod faults;
mod formats;
mod limits;
mod queue;
mod recording;
mod sampling;
mod trail;
mod tunnel;

use breakwater_core::base::redaction::Redactor;
use breakwater_core::base::secret_name::SecretName;
use breakwater_core::base::share::Share;
use breakwater_core::base::time::Timestamp;
use breakwater_core::telemetry::sentry::{
    OutgoingEnvelope, Reporting, SentryItem, SentryQueue, SentrySettings,
};
use serde_json::Value;

/// 2026-11-23, 08:00 in UTC.
const NOW: Timestamp = Timestamp::from_millis(1_795_420_800_123);

fn settings() -> SentrySettings {
    SentrySettings {
        dsn: SecretName::parse("SENTRY_DSN").expect("a name"),
        environment: Some("production".into()),
        release: None,
        traces_sample_rate: Share::from_basis_points(1_000),
        ignore: Vec::new(),
        tunnel: None,
    }
}

fn push_at(queue: &mut SentryQueue, item: &SentryItem, now: Timestamp) -> bool {
    let (settings, redactor) = (settings(), Redactor::default());
    let build = "breakwater@0.1.0";
    queue.push(item, Reporting { settings: &settings, build, redactor: &redactor }, now)
}

/// Sends one item through a queue.
fn sent(item: &SentryItem) -> OutgoingEnvelope {
    let mut queue = SentryQueue::default();
    assert!(push_at(&mut queue, item, NOW));
    let envelope = queue.poll_envelope(NOW).expect("an envelope");
    assert_eq!(queue.poll_envelope(NOW), None);
    envelope
}

/// The first line of an envelope, and its items: each one's line and its payload.
fn framed(body: &[u8]) -> (Value, Vec<(Value, Value)>) {
    let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).expect("JSON");
    let line = |bytes: &[u8]| bytes.iter().position(|b| *b == b'\n').expect("a line");
    let end = line(body);
    let head = json(&body[..end]);
    let (mut rest, mut items) = (&body[end + 1..], Vec::new());
    while !rest.is_empty() {
        let end = line(rest);
        let item = json(&rest[..end]);
        rest = &rest[end + 1..];
        let length = item["length"].as_u64().expect("a length") as usize;
        items.push((item, json(&rest[..length])));
        assert_eq!(rest[length], b'\n', "the length is that of the payload");
        rest = &rest[length + 1..];
    }
    (head, items)
}

/// The payload of the only item of an envelope.
fn payload(envelope: &OutgoingEnvelope) -> Value {
    let (_, mut items) = framed(&envelope.body);
    assert_eq!(items.len(), 1);
    items.remove(0).1
}
