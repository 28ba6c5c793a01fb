//! Where the public status is served, and of which site.

use alloc::string::String;

use crate::site::config::Site;
use crate::site::operator_path::{PREFIX, owns};
use crate::site::resolve::SiteHost;

/// Where the public status is served, and of which site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusPlace<'a> {
    /// The site's name, for people.
    pub site_name: &'a str,
    /// The site's own address, `https://HOST`, without a slash at its end.
    pub site_url: &'a str,
    /// The absolute address below which all is served, such as `https://shop.example/status` or
    /// `https://status.shop.example`, without a slash at its end.
    pub url: &'a str,
    /// The same as a path for links within the page: `/status`, or empty on a host of its own.
    pub base: &'a str,
}

/// The addresses of a site and of its public status, which places borrow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusAddresses {
    site_url: String,
    url: String,
}

impl StatusAddresses {
    /// The place as links of a page lead to it that was asked for at this host.
    pub fn place<'a>(&'a self, site: &'a Site, host: SiteHost) -> StatusPlace<'a> {
        let base = match host {
            SiteHost::Site => site.status.as_deref().unwrap_or_default(),
            SiteHost::Status => "",
        };
        self.place_with_base(site, base)
    }

    /// The absolute address below which all is served, without a slash at its end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The place with another base of links, as a copy of the pages elsewhere has it.
    pub fn place_with_base<'a>(&'a self, site: &'a Site, base: &'a str) -> StatusPlace<'a> {
        StatusPlace { site_name: &site.name, site_url: &self.site_url, url: &self.url, base }
    }
}

impl Site {
    /// The addresses of the site and of its public status. It is `None` if that is served nowhere.
    /// Where it is served on both hosts, absolute links lead to its own.
    pub fn status_addresses(&self) -> Option<StatusAddresses> {
        let site_url = ["https://", &self.host].concat();
        let url = match (&self.status_host, &self.status) {
            (Some(host), _) => ["https://", host].concat(),
            (None, Some(path)) => [&site_url, path.as_str()].concat(),
            (None, None) => return None,
        };
        Some(StatusAddresses { site_url, url })
    }

    /// Where links on the site's own pages lead to for the public status: its own host, or a path
    /// of the site. It is `None` if it is served nowhere.
    pub fn status_link(&self) -> Option<String> {
        match &self.status_host {
            Some(host) => Some(["https://", host, "/"].concat()),
            None => self.status.clone(),
        }
    }

    /// The URL below which incidents are shown, without a slash at its end. Where the public status
    /// is served nowhere, operators are led to their own view.
    pub fn incidents_url(&self) -> String {
        match self.status_addresses() {
            Some(addresses) => [&addresses.url, "/incidents"].concat(),
            None => ["https://", &self.host, PREFIX, "/incidents"].concat(),
        }
    }

    /// What follows the base of the public status in a normalised path of a host: empty, or from a
    /// slash on. It is `None` if the path is none of the public status.
    pub fn status_path<'a>(&self, host: SiteHost, path: &'a str) -> Option<&'a str> {
        match host {
            SiteHost::Status => Some(path).filter(|path| !owns(path)),
            SiteHost::Site => {
                let rest = path.strip_prefix(self.status.as_deref()?)?;
                (rest.is_empty() || rest.starts_with('/')).then_some(rest)
            }
        }
    }
}
