//! Absolute addresses, which machine-readable forms have in place of links within a page.

use alloc::string::String;

use super::StatusPlace;
use crate::base::percent;

impl<'a> StatusPlace<'a> {
    /// The host of the site, without a port: what its calendar entries and feeds are named after.
    pub(super) fn host(&self) -> &'a str {
        let (_, rest) = self.site_url.split_once("://").unwrap_or(("", self.site_url));
        rest.split([':', '/']).next().unwrap_or_default()
    }

    /// The page of an incident.
    pub(super) fn incident_url(&self, id: &str) -> String {
        let mut url = [self.url, "/incidents/"].concat();
        percent::push(&mut url, id);
        url
    }

    /// The place of an update on the page of its incident.
    pub(super) fn update_url(&self, incident: &str, update: &str) -> String {
        let mut url = self.incident_url(incident) + "#";
        percent::push(&mut url, update);
        url
    }

    /// The place of a time of maintenance on the page.
    pub(super) fn maintenance_url(&self, id: &str) -> String {
        // Readers write the empty path of a host as a slash (RFC 3986 §6.2.3).
        let is_host = self.url.split_once("://").is_some_and(|(_, rest)| !rest.contains('/'));
        let mut url = [self.url, if is_host { "/#" } else { "#" }].concat();
        percent::push(&mut url, id);
        url
    }
}

#[cfg(test)]
mod tests {
    use super::StatusPlace;

    #[test]
    fn the_host_has_neither_scheme_nor_port() {
        for (site_url, host) in
            [("https://shop.example", "shop.example"), ("http://localhost:8787", "localhost")]
        {
            let place = StatusPlace { site_name: "Shop", site_url, url: "", base: "" };
            assert_eq!(place.host(), host);
        }
    }
}
