//! The parts of a request's URL, cut by hand: the platform has parsed it, and a URL parser of
//! our own would add its tables of names to the bundle.

use breakwater_core::site::wire::AddressRewrite;

/// `scheme://host/path?query`, as the platform writes it.
#[derive(Clone, Copy, Debug)]
pub struct Address<'a> {
    /// `https` or `http`.
    pub scheme: &'a str,
    /// The host, and the port if it is not the scheme's own.
    pub host: &'a str,
    /// The path, from its slash on.
    pub path: &'a str,
    /// The path, and the query with its question mark.
    pub path_and_query: &'a str,
}

impl<'a> Address<'a> {
    /// Cuts a URL.
    pub fn of(url: &'a str) -> Self {
        let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
        let (host, path_and_query) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
        let path_and_query = path_and_query.split('#').next().unwrap_or(path_and_query);
        let path = path_and_query.split('?').next().unwrap_or(path_and_query);
        Self { scheme, host, path, path_and_query }
    }

    /// The whole of it with another path.
    pub fn with_path(&self, path: &str) -> String {
        let query = self.path_and_query.strip_prefix(self.path).unwrap_or_default();
        [self.scheme, "://", self.host, path, query].concat()
    }

    /// From the upstream at `origin` to the site.
    pub const fn way_from(self, origin: &'a str) -> AddressRewrite<'a> {
        AddressRewrite { origin, scheme: self.scheme, host: self.host }
    }

    /// `scheme://host`.
    pub fn origin(&self) -> String {
        [self.scheme, "://", self.host].concat()
    }
}
