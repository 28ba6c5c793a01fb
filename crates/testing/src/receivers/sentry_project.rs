//! A project at Sentry, as its intake is documented: what it takes, what it refuses, and how it
//! asks to be left alone.
//!
//! develop.sentry.dev/sdk/foundations/transport (authentication, envelopes, rate-limiting) and
//! /sdk/data-model (event payloads). Nothing here is shared with what makes the envelopes.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use serde_json::{Value, json};

use super::Fault;
use crate::scripted::{Reply, Scripted, Seen};

/// The project's number.
const PROJECT: &str = "42";
/// The largest payloads by the type of their item, in bytes ("Size Limits").
const SIZES: [(&str, usize); 5] = [
    ("event", 1024 * 1024),
    ("transaction", 1024 * 1024),
    ("log", 1024 * 1024),
    ("check_in", 100 * 1024),
    ("client_report", 4 * 1024),
];
/// What an item of an SDK for browsers may be, whose payload is taken as it is.
const OF_BROWSERS: [&str; 4] = ["session", "sessions", "span", "attachment"];
/// The largest envelope, in bytes, of which this one is taken: the intake takes 200 MiB.
const ENVELOPE_MAX: usize = 16 * 1024 * 1024;

/// An envelope that came.
#[derive(Clone, Debug)]
pub struct ReceivedEnvelope {
    /// The request.
    pub seen: Seen,
    /// The types of its items, with their payloads where they are JSON; or why it was refused.
    pub items: Result<Vec<(String, Value)>, Fault>,
}

impl ReceivedEnvelope {
    /// The body as a text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.seen.body).into_owned()
    }
}

#[derive(Debug, Default)]
struct ProjectState {
    received: Vec<ReceivedEnvelope>,
    answers: VecDeque<(u16, Vec<(&'static str, String)>)>,
}

/// A server that takes envelopes as Sentry does. It ends with the test.
#[derive(Debug)]
pub struct SentryProject {
    server: Scripted,
    key: String,
    state: Arc<Mutex<ProjectState>>,
}

impl SentryProject {
    /// Starts a project on a free port. `key` is what its senders know it by.
    ///
    /// # Errors
    /// If there is no free port.
    pub fn start(key: &str) -> Result<Self> {
        let state: Arc<Mutex<ProjectState>> = Arc::default();
        let (shared, known) = (Arc::clone(&state), key.to_owned());
        let server = Scripted::listen(move |seen| take(&known, &shared, seen))?;
        Ok(Self { server, key: key.into(), state })
    }

    /// The DSN.
    pub fn dsn(&self) -> String {
        self.server.url().replacen("://", &format!("://{}@", self.key), 1) + "/" + PROJECT
    }

    /// Answers the next envelope with this status and these fields, without looking at it.
    pub fn answer_next(&self, status: u16, fields: &[(&'static str, &str)]) {
        let fields = fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        lock(&self.state).answers.push_back((status, fields));
    }

    /// What came, in the order in which it came.
    pub fn received(&self) -> Vec<ReceivedEnvelope> {
        lock(&self.state).received.clone()
    }

    /// The payloads of all items of this type that were taken.
    pub fn items(&self, kind: &str) -> Vec<Value> {
        let taken = self.received().into_iter().filter_map(|it| it.items.ok()).flatten();
        taken.filter(|(own, _)| own == kind).map(|(_, payload)| payload).collect()
    }
}

fn lock(state: &Mutex<ProjectState>) -> MutexGuard<'_, ProjectState> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn take(key: &str, state: &Mutex<ProjectState>, seen: &Seen) -> Reply {
    let items = check(key, seen);
    let mut state = lock(state);
    let scripted = state.answers.pop_front();
    let reply = match (&items, scripted) {
        (_, Some((status, fields))) => Reply::Answer { status, fields, body: String::new() },
        (Ok(_), None) => Reply::json(200, json!({ "id": "a" }).to_string()),
        (Err(fault), None) => {
            Reply::json(fault.status, json!({ "detail": fault.what }).to_string())
        }
    };
    state.received.push(ReceivedEnvelope { seen: seen.clone(), items });
    reply
}

fn bad(what: impl Into<String>) -> Fault {
    Fault::new(400, what)
}

/// Takes an envelope, or says why it is refused.
fn check(key: &str, seen: &Seen) -> Result<Vec<(String, Value)>, Fault> {
    if seen.method != "POST" {
        return Err(Fault::new(405, "the method is not POST"));
    }
    if seen.path != format!("/api/{PROJECT}/envelope/") {
        return Err(Fault::new(404, "no such project"));
    }
    let auth = seen.field("x-sentry-auth");
    let has = |pair: &str| auth.trim_start_matches("Sentry ").split(", ").any(|it| it == pair);
    if !auth.starts_with("Sentry ")
        || !has("sentry_version=7")
        || !has(&format!("sentry_key={key}"))
        || !auth.contains("sentry_client=")
    {
        return Err(Fault::new(403, "unauthorized"));
    }
    if seen.field("content-type") != "application/x-sentry-envelope" {
        return Err(bad("the content type is not an envelope's"));
    }
    if seen.body.len() > ENVELOPE_MAX {
        return Err(Fault::new(413, "the envelope is too large"));
    }
    let (head, mut rest) = line(&seen.body);
    let head_text = String::from_utf8_lossy(head);
    if head_text.matches("\"sent_at\"").count() > 1 {
        return Err(bad("sent_at is there twice"));
    }
    let head = json_of(head)?;
    if let Some(sent_at) = head.get("sent_at") {
        time(sent_at)?;
    }
    let mut items = Vec::new();
    while let Some(left) = rest.filter(|left| !left.is_empty()) {
        let (item, behind) = item(left)?;
        items.push(item);
        rest = behind;
    }
    check_mix(&head, &items)?;
    for (kind, payload) in &items {
        match kind.as_str() {
            "event" => check_event(&head, payload)?,
            "check_in" => check_check_in(payload)?,
            _ => {}
        }
    }
    Ok(items)
}

/// The first line, and what follows it.
fn line(bytes: &[u8]) -> (&[u8], Option<&[u8]>) {
    match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&bytes[..end], Some(&bytes[end + 1..])),
        None => (bytes, None),
    }
}

/// The type of an item, and its payload.
type EnvelopeItem = (String, Value);

/// The first item, and what follows it.
fn item(bytes: &[u8]) -> Result<(EnvelopeItem, Option<&[u8]>), Fault> {
    let (head, payload) = line(bytes);
    let head = json_of(head)?;
    let payload = payload.ok_or_else(|| bad("an item without a payload"))?;
    let kind = head["type"].as_str().ok_or_else(|| bad("an item without a type"))?.to_owned();
    let (payload, rest) = match head.get("length") {
        None => line(payload),
        Some(length) => {
            let length = length.as_u64().and_then(|length| usize::try_from(length).ok());
            let split = length.and_then(|length| payload.split_at_checked(length));
            match split.ok_or_else(|| bad("a length is not right"))? {
                (payload, []) => (payload, None),
                (payload, [b'\n', rest @ ..]) => (payload, Some(rest)),
                _ => return Err(bad("a payload does not end with its length")),
            }
        }
    };
    let known = SIZES.iter().find(|(name, _)| *name == kind);
    match known {
        Some((_, most)) if payload.len() > *most => {
            return Err(Fault::new(413, format!("the {kind} is too large")));
        }
        None if !OF_BROWSERS.contains(&kind.as_str()) => {
            return Err(bad(format!("no item is a {kind}")));
        }
        _ => {}
    }
    let value = match kind.as_str() {
        "attachment" => Value::Null,
        _ => json_of(payload)?,
    };
    Ok(((kind, value), rest))
}

/// Which items may be in one envelope ("Envelope Items").
fn check_mix(head: &Value, items: &[(String, Value)]) -> Result<(), Fault> {
    let count = |kind: &str| items.iter().filter(|(own, _)| own == kind).count();
    if count("event") + count("transaction") > 1 || count("check_in") > 1 {
        return Err(bad("too many items of a kind that is there once"));
    }
    let has_id = head["event_id"].is_string();
    if count("event") + count("transaction") > 0 && !has_id {
        return Err(bad("an event without an id in the head"));
    }
    Ok(())
}

fn check_event(head: &Value, event: &Value) -> Result<(), Fault> {
    let id = event["event_id"].as_str().unwrap_or_default();
    if id.len() != 32 || !id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return Err(bad("event_id is not 32 hexadecimal digits"));
    }
    // The intake reads UUIDs in either form, and Sentry's own crate for Rust writes both.
    if head["event_id"].as_str().is_none_or(|of_head| of_head.replace('-', "") != id) {
        return Err(bad("the ids differ"));
    }
    if !event["timestamp"].is_number() {
        time(&event["timestamp"])?;
    }
    short(event, "release", 250)?;
    short(event, "environment", 64)?;
    if let Some(tags) = event["tags"].as_object() {
        for (name, value) in tags {
            let value = value.as_str().ok_or_else(|| bad(format!("the tag {name} is no text")))?;
            let is_name = |b: u8| b.is_ascii_alphanumeric() || b"_.:-".contains(&b);
            if name.len() > 200
                || !name.bytes().all(is_name)
                || value.contains('\n')
                || value.chars().count() > 200
            {
                return Err(bad(format!("the tag {name} is not allowed")));
            }
        }
    }
    let exceptions = event["exception"]["values"].as_array();
    if exceptions.is_none() && event["message"].is_null() && event["logentry"].is_null() {
        return Err(bad("the event says nothing"));
    }
    Ok(())
}

fn check_check_in(check_in: &Value) -> Result<(), Fault> {
    let slug = check_in["monitor_slug"].as_str().unwrap_or_default();
    let is_slug = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b);
    if !(1..=50).contains(&slug.len()) || !slug.bytes().all(is_slug) {
        return Err(bad("monitor_slug is no slug"));
    }
    match check_in["status"].as_str() {
        Some("in_progress" | "ok" | "error") => Ok(()),
        _ => Err(bad("status is none of a check-in")),
    }
}

fn short(event: &Value, name: &str, most: usize) -> Result<(), Fault> {
    let Some(text) = event[name].as_str() else { return Ok(()) };
    match (1..=most).contains(&text.len()) && !text.contains(['\n', '\t', '/', '\\']) {
        true => Ok(()),
        false => Err(bad(format!("{name} is not allowed: {text}"))),
    }
}

fn json_of(bytes: &[u8]) -> Result<Value, Fault> {
    serde_json::from_slice(bytes).map_err(|_| bad("no JSON"))
}

/// An RFC 3339 time in UTC.
fn time(value: &Value) -> Result<(), Fault> {
    super::form::time(value, "a time")
}
