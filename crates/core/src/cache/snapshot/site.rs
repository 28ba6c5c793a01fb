//! The site, as the keeper of its snapshots sees it.

use super::SnapshotRules;

/// What the [`Keeper`](super::Keeper) must know of a site. Paths are normalised and without query.
pub trait SnapshotSite {
    /// The site's host, bare and in lower case.
    fn host(&self) -> &str;

    /// Which paths are to be kept, and how.
    fn rules(&self) -> &SnapshotRules;

    /// How many upstreams there are.
    fn upstream_count(&self) -> usize;

    /// The index of the upstream that answers for a path, less than
    /// [`upstream_count`](Self::upstream_count).
    fn upstream_of(&self, path: &str) -> usize;

    /// Whether the answers of a path's route are the same for all visitors.
    fn is_public(&self, path: &str) -> bool;
}
