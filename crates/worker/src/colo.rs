//! What the isolates of one colo tell each other about a circuit, through the colo's cache.

use breakwater_core::base::time::Millis;
use breakwater_core::circuit::fleet::{Kept, Note};
use breakwater_platform::colo::{KEY_PREFIX, put, read};
use futures::future;

/// What the cache holds. What cannot be read is not there: it only saves asking.
pub(crate) async fn look(circuit: &str) -> (Option<Kept>, Option<Note>) {
    future::join(read(&kept_key(circuit)), read(&note_key(circuit))).await
}

/// Keeps a verdict for the colo's other isolates.
pub(crate) async fn keep(circuit: &str, kept: &Kept, lasts: Millis) {
    put(&kept_key(circuit), kept, lasts).await;
}

/// Tells the colo's other isolates that this one asks.
pub(crate) async fn leave(circuit: &str, note: &Note) {
    put(&note_key(circuit), note, Millis::new(note.lasts_ms)).await;
}

fn kept_key(circuit: &str) -> String {
    key(circuit, "kept")
}

fn note_key(circuit: &str) -> String {
    key(circuit, "note")
}

fn key(circuit: &str, what: &str) -> String {
    format!("{KEY_PREFIX}/{}/{what}", String::from(js_sys::encode_uri_component(circuit)))
}
