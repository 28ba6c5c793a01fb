//! The answer as the visitor gets it: the upstream's, or ours, with what Breakwater adds.

use std::fmt::Write as _;

use breakwater_core::base::time::Millis;
use breakwater_core::cache::cache_status::CacheStatus;
use breakwater_core::circuit::breaker::State;
use breakwater_core::site::degrade::Source;
use wasm_bindgen::JsValue;
use web_sys::Response;

use crate::address::Address;
use crate::platform::{self, Caught as _};

/// What Breakwater says about an answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Label<'a> {
    pub(crate) upstream: &'a str,
    pub(crate) circuit: State,
    pub(crate) source: Source,
    pub(crate) request_id: &'a str,
    /// From the request's arrival until now.
    pub(crate) total: Millis,
    /// What of it was spent waiting for the upstream, if it was asked.
    pub(crate) origin: Option<Millis>,
    /// What copies had to do with it.
    pub(crate) cache: Option<CacheStatus>,
}

impl Label<'_> {
    /// As [`platform::pass_on`] takes it, but for the way. The field `Breakwater` is a dictionary
    /// of tokens (RFC 9651 §3.2), `Server-Timing` (w3.org/TR/server-timing) in milliseconds.
    fn lines(&self) -> String {
        let (circuit, source) = (self.circuit.as_str(), self.source.as_str());
        let Self { upstream, request_id, .. } = self;
        let origin = self.origin.unwrap_or(Millis::ZERO);
        let ours = self.total.get().saturating_sub(origin.get());
        let mut text = String::with_capacity(192);
        // Writing to a string cannot fail.
        if let Some(cache) = &self.cache {
            let _ = write!(text, "{cache}");
        }
        let _ = write!(
            text,
            "\nupstream={upstream}, circuit={circuit}, source={source}\n{request_id}\n\
             breakwater;dur={ours}"
        );
        if self.origin.is_some() {
            let _ = write!(text, ", origin;dur={}", origin.get());
        }
        text
    }
}

/// An upstream's answer, labelled, with its own body or with this one; as it is if its status is
/// none that an answer can be made with. What it says of the upstream's own address (`origin`)
/// leads to the site.
pub(crate) fn passed_on(
    response: &Response,
    body: Option<&JsValue>,
    origin: &str,
    site: Address<'_>,
    label: Label<'_>,
) -> Result<Response, JsValue> {
    let lines = [&*label.lines(), "\n", origin, "\n", &site.origin()].concat();
    platform::pass_on(response, body.unwrap_or(&JsValue::UNDEFINED), &lines).caught()
}

/// An answer of ours: `fields` as `breakwater_core::base::fields` reads them.
pub(crate) fn made(
    status: u16,
    fields: &str,
    body: &JsValue,
    label: Label<'_>,
) -> Result<Response, JsValue> {
    platform::answer(status, fields, body, &label.lines(), None).caught()
}

/// An answer of a copy, in the coding that its fields name. `beside`: the upstream's answer that
/// confirmed it, whose cookies are the visitor's, with where the upstream and the site are.
pub(crate) fn of_copy(
    status: u16,
    fields: &str,
    body: &JsValue,
    label: Label<'_>,
    beside: Option<(&Response, &str, &str)>,
) -> Result<Response, JsValue> {
    let mut lines = label.lines();
    if let Some((_, origin, site)) = beside {
        lines = [&*lines, "\n", origin, "\n", site].concat();
    }
    platform::answer(status, fields, body, &lines, beside.map(|(answer, ..)| answer)).caught()
}
