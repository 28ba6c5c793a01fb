//! A window of the site file that operators have lifted: the file itself cannot be changed.

use serde::{Deserialize, Serialize};

use crate::base::pattern::Pattern;
use crate::base::time::Timestamp;
use crate::watch::maintenance::Window;

/// Names the window by its paths and its times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lifted(Pattern, Timestamp, Timestamp);

impl Lifted {
    pub(super) fn of(window: &Window) -> Self {
        Self(window.pattern.clone(), window.start, window.end)
    }

    pub(super) fn is(&self, window: &Window) -> bool {
        (&self.0, self.1, self.2) == (&window.pattern, window.start, window.end)
    }

    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        self.2 <= now
    }
}
