//! What the site file says is watched, and whom to tell.

use std::sync::LazyLock;

use breakwater_core::site::compiled::SitePart;
use breakwater_core::site::config::WatchRules;
use breakwater_platform::site;
use breakwater_platform::site::site_part;

/// Read when it is first needed.
static RULES: LazyLock<WatchRules> = LazyLock::new(|| {
    let [rules, checks] = [SitePart::Watch, SitePart::Checks].map(site_part);
    match WatchRules::embedded(&rules, &checks, site()) {
        Ok(rules) => rules,
        // The same version wrote them.
        Err(error) => panic!("the rules of the watch in site.js: {error}"),
    }
});

/// What is watched, and whom to tell.
pub(crate) fn rules() -> &'static WatchRules {
    &RULES
}
