//! What the site file says is watched, and whom to tell.

use std::sync::LazyLock;

use breakwater_core::site::config::WatchRules;
use breakwater_platform::site;

/// Read when it is first needed.
static RULES: LazyLock<WatchRules> = LazyLock::new(|| {
    let rules = include_str!(env!("BREAKWATER_WATCH_JSON"));
    match WatchRules::embedded(rules, include_str!(env!("BREAKWATER_CHECKS_JSON")), site()) {
        Ok(rules) => rules,
        // The build wrote it.
        Err(error) => panic!("embedded rules of the watch: {error}"),
    }
});

/// What is watched, and whom to tell.
pub(crate) fn rules() -> &'static WatchRules {
    &RULES
}
