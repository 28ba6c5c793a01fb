//! Which pages of the site are kept as snapshots.

use crate::cache::snapshot::{SnapshotRules, SnapshotSite};
use crate::site::config::Site;

impl SnapshotSite for Site {
    fn host(&self) -> &str {
        &self.host
    }

    fn rules(&self) -> &SnapshotRules {
        &self.snapshots
    }

    fn upstream_count(&self) -> usize {
        self.upstreams.len()
    }

    fn upstream_of(&self, path: &str) -> usize {
        self.route(path).1.upstream
    }

    fn is_public(&self, path: &str) -> bool {
        !self.route(path).1.private
    }
}
