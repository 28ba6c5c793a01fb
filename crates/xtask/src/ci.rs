//! Whether this is continuous integration.

use std::env;

/// Whether nobody reads what a run says unless it fails: `CI` is set, to anything but `false`. What
/// is left out elsewhere, because something is missing, is a failure there.
pub(crate) fn is_set() -> bool {
    env::var_os("CI").is_some_and(|ci| !ci.is_empty() && ci != "false")
}
