//! Which build this is.

use std::sync::LazyLock;

use breakwater_core::telemetry::sentry::release_of_build;

/// Its version.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Its commit, which `cargo xtask` names in a build for deployment. Others have none.
pub(crate) const COMMIT: &str = match option_env!("BREAKWATER_COMMIT") {
    Some(commit) => commit,
    None => "",
};

static NAME: LazyLock<String> = LazyLock::new(|| release_of_build(VERSION, COMMIT));

/// What the build calls itself where the site file names no release.
pub(crate) fn name() -> &'static str {
    &NAME
}
