//! What a request may do to the connection that it came on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::mpsc;

/// How a connection ends before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Closed in order (FIN), wherever the answer stands.
    Close,
    /// Reset (RST); what was not sent yet is thrown away.
    Reset,
    /// Bytes that are not HTTP, then closed in order.
    Garbage,
}

/// Ends the connection from inside one of its requests.
#[derive(Clone)]
pub(crate) struct Handle {
    ending: mpsc::Sender<Ending>,
    cut: Arc<AtomicBool>,
}

impl Handle {
    /// A handle, and where the connection's task learns of the ending.
    pub(crate) fn new() -> (Self, mpsc::Receiver<Ending>) {
        let (ending, endings) = mpsc::channel(1);
        (Self { ending, cut: Arc::new(AtomicBool::new(false)) }, endings)
    }

    /// Ends the connection at once. The first ending wins.
    pub(crate) fn end(&self, ending: Ending) {
        let _ = self.ending.try_send(ending);
    }

    /// Closes the connection as soon as everything sent so far is on the wire.
    pub(crate) fn cut_when_flushed(&self) {
        self.cut.store(true, Ordering::Release);
    }

    /// Tells the handle that everything sent so far is on the wire.
    pub(crate) fn handle_flush(&self) {
        if self.cut.load(Ordering::Acquire) {
            self.end(Ending::Close);
        }
    }
}
