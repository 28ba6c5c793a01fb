//! Waiting.

use std::time::Duration;

use breakwater_core::base::time::Millis;
use futures::future::{self, Either};
use worker::Delay;

/// Waits for this long.
pub async fn sleep(span: Millis) {
    Delay::from(Duration::from_millis(span.get())).await;
}

/// Returns the output of `work`, unless it takes longer than `limit`.
pub async fn within<F: Future + Unpin>(work: F, limit: Millis) -> Option<F::Output> {
    let limit = Delay::from(Duration::from_millis(limit.get()));
    match future::select(work, limit).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
}

/// Returns a span for a timer of JavaScript: the longest that such a timer takes for a longer one.
pub fn milliseconds(span: Millis) -> u32 {
    u32::try_from(span.get()).unwrap_or(i32::MAX as u32)
}
