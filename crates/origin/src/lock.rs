//! A lock that outlives a panic in another request.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks `mutex`, even after a holder panicked: every holder in this crate leaves the value in a
/// consistent state.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
