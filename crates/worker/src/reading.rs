//! The reading of an answer's body to its end. It may begin on the straight path, and end on the
//! ladder.

use std::rc::Rc;

use breakwater_core::base::fields::Fields;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::cache::stored::{self, WHOLE_MAX};
use web_sys::Response;

use crate::exchange::{Exchange, milliseconds};
use crate::holding::BodyShare;
use crate::platform::{self, Caught as _, Reading};

/// A body that is being read, and the room that was taken for it.
pub(crate) struct BodyReading {
    pub(crate) reading: Reading,
    pub(crate) share: Rc<BodyShare>,
}

impl BodyReading {
    /// Begins to read the body of an answer with these fields, if there is room for it.
    pub(crate) fn begin(
        visit: &Exchange,
        response: &Response,
        fields: &str,
        now: Timestamp,
    ) -> Option<Self> {
        let length = Fields::new(fields).get("content-length");
        let share = Rc::new(stored::room_for(length).and_then(BodyShare::take)?);
        let route = visit.target.route;
        let left = |span: Millis| milliseconds((visit.arrived + span).since(now));
        let (idle, longest) = (milliseconds(route.idle), left(route.deadline));
        // What is fetched for visitors is never decoded on the way.
        let (patience, is_raw) = (left(route.patience), true);
        let reading =
            platform::read_whole_within(response, WHOLE_MAX, idle, longest, patience, is_raw);
        let reading = reading.caught().ok()?;
        Some(Self { reading, share })
    }
}
