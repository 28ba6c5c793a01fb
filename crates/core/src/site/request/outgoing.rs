//! The phase CALL: how the first call of a request on the ladder is sent.

use crate::base::fields::Fields;
use crate::cache::freshness::Validators;
use crate::site::config::Route;

/// How a visitor's request is sent to the upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape<'a> {
    /// As it came, and once.
    Once,
    /// As it came; a short body is held, so that it can be sent again.
    Repeatable,
    /// With other fields, as a cache asks. It has no body.
    Changed {
        /// The names of the fields that are left out, each after a space.
        shed: &'a str,
        /// What asks whether the stored response still holds, in place of the visitor's own
        /// conditions.
        validators: Option<Validators<'a>>,
    },
}

impl<'a> Shape<'a> {
    /// The shape of a request with these fields. `shed` names the fields that a cache does not ask
    /// with, and `stored` are the fields of the stored response that was found.
    ///
    /// A visitor who sends a cookie may be answered otherwise than those for whom the response was
    /// stored, and makes no stored response: such a request goes as it came.
    pub fn of(
        route: &Route,
        method: &str,
        request: Fields<'_>,
        shed: &'a str,
        stored: Option<Fields<'a>>,
    ) -> Self {
        if !request.has("cookie") {
            let validators = stored.and_then(|stored| Validators::for_request(request, stored));
            if validators.is_some() || !shed.is_empty() {
                return Self::Changed { shed, validators };
            }
        }
        if route.may_repeat(method) { Self::Repeatable } else { Self::Once }
    }
}
