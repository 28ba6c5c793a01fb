//! The release that reports name where the site file names none.

use alloc::format;
use alloc::string::String;

/// How much of a commit a release has, in bytes: enough for any repository, and short on a page.
const COMMIT_SHOWN: usize = 12;

/// Returns the release of a build: `package@version+build`, as Sentry reads releases
/// (docs.sentry.io/product/releases/naming-releases). What stands behind `+` tells builds of one
/// version apart and says nothing of their order. It is the beginning of the commit, and `-dirty`
/// if files have changed since.
///
/// ```
/// use breakwater_core::telemetry::sentry::release_of_build;
///
/// let commit = "0e8fd3ec4bf92f3577b34da6a3ce929d0e0e4736-dirty";
/// assert_eq!(release_of_build("0.1.0", commit), "breakwater@0.1.0+0e8fd3ec4bf9-dirty");
/// assert_eq!(release_of_build("0.1.0", ""), "breakwater@0.1.0");
/// ```
pub fn release_of_build(version: &str, commit: &str) -> String {
    let (hash, changed) = commit.split_at(commit.find('-').unwrap_or(commit.len()));
    match hash.get(..COMMIT_SHOWN).unwrap_or(hash) {
        "" => format!("breakwater@{version}"),
        hash => format!("breakwater@{version}+{hash}{changed}"),
    }
}
