//! The injected faults, and the choice of the fault that a request meets.

use std::sync::Mutex;

use axum::http::Method;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::lock::lock;

mod fault;
mod pattern;
mod share;

pub(crate) use fault::{Fault, FaultError, Kind};
use share::Share;

/// At most 64 faults exist at once; each request is matched against all of them.
pub(crate) const MAX_FAULTS: usize = 64;

/// All faults, oldest first.
#[derive(Default)]
pub(crate) struct Faults(Mutex<Registry>);

#[derive(Default)]
struct Registry {
    last_id: u64,
    entries: Vec<Entry>,
}

struct Entry {
    id: u64,
    fault: Fault,
    share: Share,
    hits: u64,
    /// The sender is dropped with the fault, which tells hung requests that the fault has ended.
    alive: watch::Sender<()>,
}

/// The fault that a request met.
pub(crate) struct Hit {
    /// The fault's id.
    pub(crate) id: u64,
    /// The fault, as it was injected.
    pub(crate) fault: Fault,
    alive: watch::Receiver<()>,
}

impl Hit {
    /// Waits until the fault is deleted.
    pub(crate) async fn deleted(&mut self) {
        while self.alive.changed().await.is_ok() {}
    }
}

/// The error for a fault beyond the first [`MAX_FAULTS`].
#[derive(Debug)]
pub(crate) struct TooManyFaults;

impl Faults {
    /// Injects a fault, and returns its id and its JSON form.
    pub(crate) fn add(&self, fault: Fault) -> Result<(u64, Value), TooManyFaults> {
        let mut registry = lock(&self.0);
        if registry.entries.len() >= MAX_FAULTS {
            return Err(TooManyFaults);
        }
        registry.last_id += 1;
        let id = registry.last_id;
        let share = Share::new(fault.share);
        let entry = Entry { id, fault, share, hits: 0, alive: watch::Sender::new(()) };
        let view = entry.view();
        registry.entries.push(entry);
        Ok((id, view))
    }

    /// The JSON forms of all faults, oldest first.
    pub(crate) fn list(&self) -> Vec<Value> {
        lock(&self.0).entries.iter().map(Entry::view).collect()
    }

    /// Deletes a fault. Returns `false` if there is none with this id.
    pub(crate) fn remove(&self, id: u64) -> bool {
        let mut registry = lock(&self.0);
        let before = registry.entries.len();
        registry.entries.retain(|entry| entry.id != id);
        registry.entries.len() < before
    }

    /// Deletes all faults.
    pub(crate) fn clear(&self) {
        lock(&self.0).entries.clear();
    }

    /// Returns the fault that this request meets. The newest fault that matches decides alone: a
    /// request outside of its share is answered as if there were no faults.
    pub(crate) fn handle_request(&self, method: &Method, path: &str) -> Option<Hit> {
        let mut registry = lock(&self.0);
        let entry =
            registry.entries.iter_mut().rev().find(|entry| entry.fault.matches(method, path))?;
        if !entry.share.admits() {
            return None;
        }
        entry.hits += 1;
        Some(Hit { id: entry.id, fault: entry.fault.clone(), alive: entry.alive.subscribe() })
    }
}

impl Entry {
    fn view(&self) -> Value {
        let mut view = self.fault.view();
        view["id"] = json!(self.id);
        view["hits"] = json!(self.hits);
        view
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(value: Value) -> Fault {
        Fault::try_from(value).unwrap()
    }

    #[test]
    fn newest_match_decides_alone() {
        let faults = Faults::default();
        faults.add(fault(json!({"match": "/api/*", "kind": "status"}))).unwrap();
        faults.add(fault(json!({"match": "/api/me", "kind": "reset", "share": 0.5}))).unwrap();
        let ids: Vec<_> = (0..4)
            .map(|_| faults.handle_request(&Method::GET, "/api/me").map(|hit| hit.id))
            .collect();
        assert_eq!(ids, [None, Some(2), None, Some(2)]);
        assert_eq!(faults.handle_request(&Method::GET, "/api").unwrap().id, 1);
        assert!(faults.handle_request(&Method::GET, "/").is_none());
    }

    #[test]
    fn faults_are_bounded_and_ids_are_never_reused() {
        let faults = Faults::default();
        for _ in 0..MAX_FAULTS {
            faults.add(fault(json!({"match": "/*", "kind": "reset"}))).unwrap();
        }
        assert!(faults.add(fault(json!({"match": "/*", "kind": "reset"}))).is_err());
        assert!(faults.remove(3));
        assert!(!faults.remove(3));
        let (id, _) = faults.add(fault(json!({"match": "/*", "kind": "reset"}))).unwrap();
        assert_eq!(id, MAX_FAULTS as u64 + 1);
    }
}
