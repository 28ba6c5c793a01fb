//! The parts that a backend reports.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Map, Value};

use super::word::Word;
use crate::watch::health::{MEASUREMENTS_MAX, Measurement, Status};

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

/// MicroProfile's `[{name, status, data}]`.
pub(super) fn of_list(checks: &[Value]) -> Vec<Measurement> {
    let mut parts = Vec::new();
    for check in checks.iter().filter_map(Value::as_object) {
        let text = |key| check.get(key).and_then(Value::as_str);
        if let (Some(name), Some(word)) = (text("name"), text(STATUS))
            && parts.len() < MEASUREMENTS_MAX
        {
            parts.push(component_as_part(name, word, check));
        }
    }
    parts
}

/// Where frameworks keep their parts, each a map of `{name: {status, …}}`: Spring, terminus and
/// Spring before 2.2, ASP.NET as its user interface writes it, ASP.NET as its documentation does.
const MAPS: [&str; 4] = ["components", "details", "entries", "results"];
/// Where terminus keeps the same parts by how they are, should it not tell all of them at once.
const HALVES: [&str; 2] = ["info", "error"];

/// Maps of components by name.
pub(super) fn of_components(document: &Map<String, Value>) -> Vec<Measurement> {
    let mut parts = Vec::new();
    walk(document, &MAPS, "", DEPTH_MAX, &mut parts);
    if parts.is_empty() {
        walk(document, &HALVES, "", DEPTH_MAX, &mut parts);
    }
    parts
}

fn walk(
    parent: &Map<String, Value>,
    keys: &[&str],
    path: &str,
    depth: usize,
    parts: &mut Vec<Measurement>,
) {
    let Some(deeper) = depth.checked_sub(1) else { return };
    let maps = keys.iter().filter_map(|&key| parent.get(key)?.as_object());
    for (name, value) in maps.flatten() {
        // Spring tells facts beside components, such as a disk's free space.
        let Some(component) = value.as_object() else { continue };
        let Some(word) = component.get(STATUS).and_then(Value::as_str) else { continue };
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        if parts.len() < MEASUREMENTS_MAX {
            parts.push(component_as_part(&path, word, component));
        }
        walk(component, &MAPS, &path, deeper, parts);
    }
}

fn component_as_part(path: &str, word: &str, component: &Map<String, Value>) -> Measurement {
    let measured =
        Measurement::new(STATUS, Word::read(word).status).of_part(path).with_state(word).optional();
    // Terminus says why in a message, ASP.NET in a description.
    let text = |key| component.get(key).and_then(Value::as_str);
    let why = text("message").or_else(|| text("description"));
    why.into_iter().fold(measured, Measurement::because)
}
