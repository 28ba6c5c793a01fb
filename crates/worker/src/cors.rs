//! Scripts of other origins, and what this isolate has seen upstreams let them do.

use std::cell::RefCell;

use breakwater_core::base::fields::Fields;
use breakwater_core::base::time::Timestamp;
use breakwater_core::cache::freshness::ResponseHead;
use breakwater_core::site::cors::{self, Granted, Preflight, Script};
use web_sys::Response;

use crate::exchange::Exchange;
use crate::platform;

thread_local! {
    static GRANTED: RefCell<Granted> = RefCell::default();
}

/// Takes note of what an upstream answered to a script of another origin.
pub(crate) fn learn(visit: &Exchange, response: &Response, now: Timestamp) {
    with_script(visit, |script| {
        let fields = platform::fields(response);
        let answered = ResponseHead { status: response.status(), fields: Fields::new(&fields) };
        GRANTED.with_borrow_mut(|granted| granted.learn(script, answered, now));
    });
}

/// The fields of the answer to a preflight, if the upstream has allowed the same before.
pub(crate) fn preflight(visit: &Exchange, now: Timestamp) -> Option<String> {
    with_script(visit, |script| GRANTED.with_borrow(|granted| granted.answer(script, now)))?
}

/// Lets a script of another origin read an answer of ours.
pub(crate) fn let_read(visit: &Exchange, lines: &mut String) {
    with_script(visit, |script| {
        let has_credentials = GRANTED.with_borrow(|granted| granted.lets_credentials_in(script));
        cors::let_read(lines, script.origin, has_credentials);
    });
}

/// Whether a script of another origin may read a stored response with these fields; everybody else
/// may.
pub(crate) fn may_read(visit: &Exchange, request: Fields<'_>, copy: &str) -> bool {
    let origin = visit.origin.as_deref();
    origin.is_none_or(|origin| cors::may_read(origin, request.has("cookie"), Fields::new(copy)))
}

fn with_script<T>(visit: &Exchange, work: impl FnOnce(Script<'_>) -> T) -> Option<T> {
    let origin = visit.origin.as_deref()?;
    // Only what could be a preflight is looked at any further.
    let is_asking = visit.method == "OPTIONS";
    let fields = if is_asking { platform::fields(&visit.request) } else { String::new() };
    let preflight = Preflight::of(&visit.method, Fields::new(&fields));
    let (circuit, url) = (visit.target.circuit.index(), &*visit.url);
    Some(work(Script { origin, circuit, url, preflight }))
}
