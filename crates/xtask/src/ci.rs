//! Whether this is continuous integration.

use std::env;

/// Whether this is a run in CI: `CI` is set, to anything but `false`. The output of such a run is
/// read only if it fails. So a step that is skipped elsewhere because a program is missing is a
/// failure in CI.
pub(crate) fn is_set() -> bool {
    env::var_os("CI").is_some_and(|ci| !ci.is_empty() && ci != "false")
}
