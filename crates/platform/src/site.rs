//! The site that the bundle was built for.

use std::sync::LazyLock;

use breakwater_core::base::json;
use breakwater_core::site::config::Site;

/// The site that the bundle was built for, read when it is first needed.
pub static SITE: LazyLock<Site> = LazyLock::new(|| {
    match json::read(include_str!(concat!(env!("OUT_DIR"), "/site.json"))) {
        Ok(site) => site,
        // The build wrote it. Should it ever not read back, the entry fails open.
        Err(error) => panic!("embedded site: {error}"),
    }
});

/// The site that the bundle was built for.
pub fn site() -> &'static Site {
    &SITE
}
