//! What a backend tells of its parts.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Map, Value};

use super::word::Word;
use crate::health::{MEASUREMENTS_MAX, Measurement, Status};

/// Components inside of components that are looked at: Spring nests data sources one deep.
const DEPTH_MAX: usize = 3;
/// The name of a measurement that has none.
const STATUS: &str = "status";

/// `"component:measurement": [{status, observedValue, observedUnit, output}]`.
pub(super) fn of_draft(checks: &Map<String, Value>) -> Vec<Measurement> {
    let mut parts = Vec::new();
    for (key, value) in checks {
        let (part, name) = key.split_once(':').unwrap_or((key, STATUS));
        // Some write a single check without its list.
        let list = value.as_array().map_or(core::slice::from_ref(value), Vec::as_slice);
        for check in list.iter().filter_map(Value::as_object) {
            if parts.len() < MEASUREMENTS_MAX {
                parts.push(check_of_draft(part, name, check));
            }
        }
    }
    parts
}

fn check_of_draft(part: &str, name: &str, check: &Map<String, Value>) -> Measurement {
    let text = |key| check.get(key).and_then(Value::as_str);
    // It is optional there, and a check that says nothing is no reason to worry.
    let status = text("status").map_or(Status::Pass, |word| Word::read(word).status);
    let mut measured = Measurement::new(name, status).of_part(part);
    measured = match check.get("observedValue") {
        Some(Value::Number(value)) => {
            measured.with_number(value.clone(), text("observedUnit").unwrap_or_default())
        }
        Some(Value::String(state)) => measured.with_state(state),
        _ => measured,
    };
    measured = text("output").into_iter().fold(measured, Measurement::because);
    let is_critical = check.get("critical").and_then(Value::as_bool) == Some(true);
    if is_critical { measured } else { measured.optional() }
}

/// `components: {name: {status, …}}`, and the same under `details`.
pub(super) fn of_components(document: &Map<String, Value>) -> Vec<Measurement> {
    let mut parts = Vec::new();
    walk(document, "", DEPTH_MAX, &mut parts);
    parts
}

fn walk(parent: &Map<String, Value>, path: &str, depth: usize, parts: &mut Vec<Measurement>) {
    let Some(deeper) = depth.checked_sub(1) else { return };
    let lists =
        ["components", "details"].into_iter().filter_map(|key| parent.get(key)?.as_object());
    for (name, value) in lists.flatten() {
        // Spring tells facts beside components, such as a disk's free space.
        let Some(component) = value.as_object() else { continue };
        let Some(word) = component.get(STATUS).and_then(Value::as_str) else { continue };
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        if parts.len() < MEASUREMENTS_MAX {
            parts.push(component_as_part(&path, word, component));
        }
        walk(component, &path, deeper, parts);
    }
}

fn component_as_part(path: &str, word: &str, component: &Map<String, Value>) -> Measurement {
    let measured =
        Measurement::new(STATUS, Word::read(word).status).of_part(path).with_state(word).optional();
    let message = component.get("message").and_then(Value::as_str);
    message.into_iter().fold(measured, Measurement::because)
}
