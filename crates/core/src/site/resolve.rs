//! Which part of Breakwater or which route answers for a path of a host, and in which spelling the
//! path is sent on.

use alloc::borrow::Cow;

use crate::base::path::{self, EscapedSlashes};
use crate::site::config::Site;
use crate::site::guard::Refused;
use crate::site::health::HealthEndpoint;
use crate::site::operator_path;

/// The host that a request names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SiteHost {
    /// The site's own. Any name but the status page's counts as it.
    #[default]
    Site,
    /// The status page's, all of whose paths are the page's, but for those of operators.
    Status,
}

/// Who answers for a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Breakwater, for operators.
    Operators,
    /// Breakwater, about the site's health.
    Health(HealthEndpoint),
    /// Breakwater, with the public status.
    Status,
    /// The upstream of the route with this index.
    Route(usize),
}

/// What was decided about a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved<'a> {
    /// Who answers for it.
    pub owner: Owner,
    /// The path that is sent, and by which everything else decides; normalised where Breakwater
    /// itself answers.
    pub path: Cow<'a, str>,
}

impl Site {
    /// The host that is meant by the authority of a request's URL: a name, with a port behind it if
    /// that is not the scheme's own. A name may end in a dot (RFC 3986 §3.2.2), and its case means
    /// nothing.
    pub fn host_named(&self, authority: &str) -> SiteHost {
        let name = authority.rsplit_once(':').map_or(authority, |(name, _)| name);
        let name = name.strip_suffix('.').unwrap_or(name);
        let is_status =
            self.status_host.as_ref().is_some_and(|host| host.eq_ignore_ascii_case(name));
        if is_status { SiteHost::Status } else { SiteHost::Site }
    }

    /// Whose a path of a host is that is matched as it stands. Paths come normalised; matching
    /// another spelling shows what a server would do that does not normalise.
    pub fn owner(&self, host: SiteHost, path: &str) -> Owner {
        if operator_path::owns(path) {
            return Owner::Operators;
        }
        if host == SiteHost::Site
            && let Some(endpoint) = HealthEndpoint::of(self, path)
        {
            return Owner::Health(endpoint);
        }
        match self.status_path(host, path) {
            Some(_) => Owner::Status,
            None => Owner::Route(self.route(path).0),
        }
    }

    /// Whose a path of a host is, as the platform would send it: percent-encoded, without query.
    ///
    /// The normalised path decides. It is also what is sent where the path as it was written would
    /// belong to another owner, since an upstream may read it that way; else what is sent is what
    /// was written, so that an upstream to which `//` means something gets it.
    ///
    /// # Errors
    /// [`Refused`] for a control character, and for an escaped slash where the route takes none.
    pub fn resolve<'a>(&self, host: SiteHost, written: &'a str) -> Result<Resolved<'a>, Refused> {
        if path::has_control_character(written) {
            return Err(Refused::ControlCharacter);
        }
        let normalised = path::normalise(written);
        let owner = self.owner(host, &normalised);
        if let Some(decoded) = path::with_decoded_slashes(written) {
            let decoded_owner = self.owner(host, &decoded);
            // A server may as well resolve dot segments first, and decode then.
            let later = path::with_decoded_slashes(&normalised);
            let later_owner = later.map_or(owner, |decoded| self.owner(host, &decoded));
            match self.escaped_slashes(owner) {
                EscapedSlashes::Refuse => return Err(Refused::EscapedSlash),
                EscapedSlashes::Auto if (decoded_owner, later_owner) != (owner, owner) => {
                    return Err(Refused::EscapedSlash);
                }
                EscapedSlashes::Decode => {
                    return Ok(Resolved { owner: decoded_owner, path: Cow::Owned(decoded) });
                }
                EscapedSlashes::Auto | EscapedSlashes::Keep => {}
            }
        }
        let is_sent_as_written = match owner {
            Owner::Route(_) => self.owner(host, written) == owner,
            Owner::Operators | Owner::Health(_) | Owner::Status => false,
        };
        let path = if is_sent_as_written { Cow::Borrowed(written) } else { normalised };
        Ok(Resolved { owner, path })
    }

    fn escaped_slashes(&self, owner: Owner) -> EscapedSlashes {
        match owner {
            Owner::Route(index) => {
                self.routes.get(index).map(|route| route.escaped_slashes).unwrap_or_default()
            }
            Owner::Operators | Owner::Health(_) | Owner::Status => EscapedSlashes::Auto,
        }
    }
}
