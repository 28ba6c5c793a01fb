//! Where the public status is served.

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
