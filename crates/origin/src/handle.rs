//! The control that a request has over its connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::mpsc;

/// The way in which a connection ends early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The connection is closed in order (FIN), wherever the answer stands.
    Close,
    /// The connection is reset (RST), and bytes that were not sent yet are discarded.
    Reset,
    /// Bytes that are not HTTP are sent, then the connection is closed in order.
    Garbage,
}

/// Ends a connection from inside one of its requests.
#[derive(Clone)]
pub(crate) struct Handle {
    ending: mpsc::Sender<Ending>,
    cut: Arc<AtomicBool>,
}

impl Handle {
    /// Creates a handle, and the receiver by which the connection's task learns of the end.
    pub(crate) fn new() -> (Self, mpsc::Receiver<Ending>) {
        let (ending, endings) = mpsc::channel(1);
        (Self { ending, cut: Arc::new(AtomicBool::new(false)) }, endings)
    }

    /// Ends the connection at once. The first call decides how.
    pub(crate) fn end(&self, ending: Ending) {
        let _ = self.ending.try_send(ending);
    }

    /// Closes the connection as soon as everything that was sent so far is on the wire.
    pub(crate) fn cut_when_flushed(&self) {
        self.cut.store(true, Ordering::Release);
    }

    /// Tells the handle that everything that was sent so far is on the wire.
    pub(crate) fn handle_flush(&self) {
        if self.cut.load(Ordering::Acquire) {
            self.end(Ending::Close);
        }
    }
}
