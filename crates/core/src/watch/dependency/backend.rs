//! A backend that reports its own health as JSON, in one of five shapes:
//!
//! - draft-inadarei-api-health-check-06: `{status, checks: {"database:responseTime": [{…}]}}`;
//! - terminus and Nest: `{status, details: {database: {status, …}}}`;
//! - Spring Boot: `{status, components: {db: {status, details, components}}}`, before 2.2 with
//!   `details` in place of `components`;
//! - MicroProfile (its specification, "Protocol and Wireformat"): `{status, checks: [{name,
//!   status}]}`;
//! - ASP.NET: `{status, entries: {name: {status, description, …}}}` as Xabaril's health checks
//!   write it, or `results` in place of `entries` as Microsoft's documentation does.
//!
//! The backend's own status counts for the whole, or its HTTP status code if that is worse. Its
//! parts are shown. A part that fails makes the backend warn at least. It makes the backend fail
//! only if it is marked `critical`, which only our own extension of the draft can express.

mod parts;
mod word;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Map, Value};

use self::word::Word;
use super::reading::DependencyReading;
use crate::watch::health::{Measurement, Status};

/// Parts that are named as the reason.
const NAMED_MAX: usize = 5;

pub(super) fn read(code: u16, body: &[u8]) -> DependencyReading {
    let Ok(Value::Object(document)) = serde_json::from_slice(body) else {
        return without_document(code);
    };
    let Some(word) = document.get("status").and_then(Value::as_str).map(Word::read) else {
        return without_document(code);
    };
    let parts = parts(&document);
    let status = if code >= 400 { Status::Fail } else { word.status };
    if status == Status::Pass {
        return DependencyReading { parts, ..DependencyReading::pass() };
    }
    let said = if word.status == Status::Pass {
        format!("it says that it is well, but answered {code}")
    } else {
        format!("it says {}{}", word.shown(), reasons(&parts))
    };
    DependencyReading { parts, ..DependencyReading::new(status, &said) }
}

/// It answered, but did not say how it is.
fn without_document(code: u16) -> DependencyReading {
    match code {
        401 | 403 => {
            DependencyReading::new(Status::Warn, &format!("it refuses our secret ({code})"))
        }
        429 => DependencyReading::new(Status::Warn, "it says that we ask too often (429)"),
        200..=399 => DependencyReading::new(
            Status::Warn,
            &format!("it answered {code}, but tells no health"),
        ),
        _ => DependencyReading::new(Status::Fail, &format!("it answered {code}")),
    }
}

/// Its parts, the worst first, so that what is left out of too many is well.
fn parts(document: &Map<String, Value>) -> Vec<Measurement> {
    let mut parts = match document.get("checks") {
        Some(Value::Object(checks)) => parts::of_draft(checks),
        Some(Value::Array(checks)) => parts::of_list(checks),
        _ => parts::of_components(document),
    };
    parts.sort_by_key(|part| core::cmp::Reverse(part.status));
    parts
}

/// Which parts are not well.
fn reasons(parts: &[Measurement]) -> String {
    let mut names = Vec::new();
    for part in parts.iter().filter(|part| part.status != Status::Pass) {
        let name = part.part.as_ref().map_or("", |part| part.as_str());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.truncate(NAMED_MAX);
    if names.is_empty() { String::new() } else { format!(" of {}", names.join(", ")) }
}
