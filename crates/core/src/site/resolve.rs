//! Which part of Breakwater or which route answers for a path, and in which spelling the path is
//! sent on.

use alloc::borrow::Cow;

use crate::base::path::{self, EscapedSlashes};
use crate::site::config::Site;
use crate::site::guard::Refused;
use crate::site::health::HealthEndpoint;
use crate::site::operator;

/// Who answers for a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Breakwater, for operators.
    Operators,
    /// Breakwater, about the site's health.
    Health(HealthEndpoint),
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
    /// Whose a path is that is matched as it stands. Paths come normalised; matching another
    /// spelling shows what a server would do that does not normalise.
    pub fn owner(&self, path: &str) -> Owner {
        if operator::owns(path) {
            return Owner::Operators;
        }
        HealthEndpoint::of(self, path)
            .map_or_else(|| Owner::Route(self.route(path).0), Owner::Health)
    }

    /// Whose a path is, as the platform would send it: percent-encoded, without query.
    ///
    /// The normalised path decides. It is also what is sent where the path as it was written would
    /// belong to another owner, since an upstream may read it that way; else what is sent is what
    /// was written, so that an upstream to which `//` means something gets it.
    ///
    /// # Errors
    /// [`Refused`] for a control character, and for an escaped slash where the route takes none.
    pub fn resolve<'a>(&self, written: &'a str) -> Result<Resolved<'a>, Refused> {
        if path::has_control_character(written) {
            return Err(Refused::ControlCharacter);
        }
        let normalised = path::normalise(written);
        let owner = self.owner(&normalised);
        if let Some(decoded) = path::with_decoded_slashes(written) {
            let decoded_owner = self.owner(&decoded);
            // A server may as well resolve dot segments first, and decode then.
            let later = path::with_decoded_slashes(&normalised);
            let later_owner = later.map_or(owner, |decoded| self.owner(&decoded));
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
            Owner::Route(_) => self.owner(written) == owner,
            Owner::Operators | Owner::Health(_) => false,
        };
        let path = if is_sent_as_written { Cow::Borrowed(written) } else { normalised };
        Ok(Resolved { owner, path })
    }

    fn escaped_slashes(&self, owner: Owner) -> EscapedSlashes {
        match owner {
            Owner::Route(index) => {
                self.routes.get(index).map(|route| route.escaped_slashes).unwrap_or_default()
            }
            Owner::Operators | Owner::Health(_) => EscapedSlashes::Auto,
        }
    }
}
