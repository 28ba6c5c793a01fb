//! The number of open things of one kind.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::sync::watch;

/// Counts open entries. Clones share the count.
#[derive(Clone)]
pub(crate) struct Gauge(Arc<watch::Sender<usize>>);

impl Gauge {
    /// Creates a gauge without open entries.
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }

    /// Counts one more entry until the returned value is dropped.
    pub(crate) fn enter(&self) -> Entry {
        self.0.send_modify(|open| *open += 1);
        Entry(Arc::clone(&self.0))
    }

    /// The number of open entries.
    pub(crate) fn open(&self) -> usize {
        *self.0.borrow()
    }

    /// Waits until at most `limit` entries are open.
    pub(crate) async fn at_most(&self, limit: usize) {
        // An error would mean that the sender is gone, but `self` holds it.
        let _ = self.0.subscribe().wait_for(|open| *open <= limit).await;
    }
}

/// An open entry.
pub(crate) struct Entry(Arc<watch::Sender<usize>>);

impl Drop for Entry {
    fn drop(&mut self) {
        self.0.send_modify(|open| *open -= 1);
    }
}

/// A body that keeps its request counted as open until its last byte was taken, or until it is
/// dropped.
pub(crate) struct CountedBody {
    inner: Body,
    _entry: Entry,
}

impl CountedBody {
    /// Keeps `entry` open as long as `inner` exists.
    pub(crate) fn new(inner: Body, entry: Entry) -> Self {
        Self { inner, _entry: entry }
    }
}

impl http_body::Body for CountedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.inner).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
