//! Progress lines: what is being done, and how long it has been going on.

use std::time::Instant;

/// Prints each line with the time since the command began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    start: Instant,
}

impl Progress {
    /// Starts counting.
    pub(crate) fn new() -> Self {
        Self { start: Instant::now() }
    }

    /// Says what happens next to `subject`, on stderr.
    pub(crate) fn say(&self, subject: &str, what: &str) {
        eprintln!("{:>6.1}s  {subject}: {what}", self.start.elapsed().as_secs_f64());
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}
