//! What the isolates of one colo leave for each other in the colo's cache.

use breakwater_core::base::time::Millis;
use breakwater_core::circuit::fleet::{ColoEntries, ColoSuspicion, ColoVerdict, Note};
use breakwater_platform::colo::{KEY_PREFIX, put, read};
use futures::future;

/// What the cache holds of a circuit. An entry that cannot be read counts as absent, since entries
/// only save asking.
pub(crate) async fn look(circuit: &str) -> ColoEntries {
    let (verdict, note, suspicion) = future::join3(
        read(&verdict_key(circuit)),
        read(&note_key(circuit)),
        read(&suspicion_key(circuit)),
    )
    .await;
    ColoEntries { verdict, note, suspicion }
}

/// Shares a verdict with the colo's other isolates.
pub(crate) async fn share(circuit: &str, verdict: &ColoVerdict, lasts: Millis) {
    put(&verdict_key(circuit), verdict, lasts).await;
}

/// Tells the colo's other isolates that this one asks.
pub(crate) async fn leave(circuit: &str, note: &Note) {
    put(&note_key(circuit), note, Millis::new(note.lasts_ms)).await;
}

/// Tells the colo's other isolates that calls of this one take long.
pub(crate) async fn tell(circuit: &str, suspicion: &ColoSuspicion, lasts: Millis) {
    put(&suspicion_key(circuit), suspicion, lasts).await;
}

fn verdict_key(circuit: &str) -> String {
    key(circuit, "kept")
}

fn note_key(circuit: &str) -> String {
    key(circuit, "note")
}

fn suspicion_key(circuit: &str) -> String {
    key(circuit, "suspect")
}

fn key(circuit: &str, what: &str) -> String {
    format!("{KEY_PREFIX}/{}/{what}", String::from(js_sys::encode_uri_component(circuit)))
}
