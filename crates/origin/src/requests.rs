//! Counts the requests that reached the backend.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::Method;
use serde::Serialize;

use crate::lock::lock;

/// At most 1,000 paths are counted by name, so that a crawler that invents paths cannot fill the
/// memory.
const MAX_PATHS: usize = 1_000;
/// At most 64 methods are counted by name, which is more than all registered ones.
const MAX_METHODS: usize = 64;
/// A path or method of more than 512 bytes is not counted by name.
const MAX_NAME_BYTES: usize = 512;
/// Everything beyond the bounds is counted under this name.
const OTHER: &str = "(other)";

/// The requests that arrived since the start or the last reset.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Counts {
    total: u64,
    by_path: BTreeMap<String, u64>,
    by_method: BTreeMap<String, u64>,
}

/// Counts requests when they arrive, including those that meet a fault.
#[derive(Default)]
pub(crate) struct Requests {
    counts: Mutex<Counts>,
    /// The number since the start, regardless of resets.
    received: AtomicU64,
}

impl Requests {
    /// Counts one request.
    pub(crate) fn record(&self, method: &Method, path: &str) {
        self.received.fetch_add(1, Ordering::Relaxed);
        let mut counts = lock(&self.counts);
        counts.total += 1;
        increment(&mut counts.by_path, path, MAX_PATHS);
        increment(&mut counts.by_method, method.as_str(), MAX_METHODS);
    }

    /// The number of requests since the start.
    pub(crate) fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// The current counts.
    pub(crate) fn counts(&self) -> Counts {
        lock(&self.counts).clone()
    }

    /// Resets the counts to zero.
    pub(crate) fn reset(&self) {
        *lock(&self.counts) = Counts::default();
    }
}

fn increment(counts: &mut BTreeMap<String, u64>, name: &str, max_names: usize) {
    if let Some(count) = counts.get_mut(name) {
        *count += 1;
        return;
    }
    let counted_by_name = counts.len() < max_names && name.len() <= MAX_NAME_BYTES;
    let name = if counted_by_name { name } else { OTHER };
    *counts.entry(name.to_owned()).or_default() += 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_beyond_the_bound_are_counted_together() {
        let requests = Requests::default();
        for n in 0..MAX_PATHS + 7 {
            requests.record(&Method::GET, &format!("/{n}"));
        }
        requests.record(&Method::GET, "/0");
        let counts = requests.counts();
        assert_eq!(counts.total, MAX_PATHS as u64 + 8);
        assert_eq!(counts.by_path.len(), MAX_PATHS + 1);
        assert_eq!(counts.by_path[OTHER], 7);
        assert_eq!(counts.by_path["/0"], 2);
    }
}
