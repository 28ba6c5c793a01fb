//! What an upstream's answer says in its body, where its status does not say enough.
//!
//! [`wants`] costs nothing for any web server: only the dialects of APIs read bodies, and these
//! few.

use breakwater_core::circuit::outcome::{BODY_MAX, BODY_WAIT, Body, Ended};
use breakwater_core::telemetry::log::LogEvent;
use breakwater_platform::log;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

use crate::exchange::milliseconds;
use crate::isolate::Destination;
use crate::platform;

/// The beginning of an answer's body; nothing of it where it was not read.
#[derive(Default)]
pub(crate) struct Examined {
    bytes: Vec<u8>,
    is_whole: bool,
}

impl Examined {
    /// For the dialect to judge.
    pub(crate) fn body(&self) -> Body<'_> {
        if self.is_whole { Body::whole(&self.bytes) } else { Body::beginning(&self.bytes) }
    }
}

/// Whether an answer of `target` to a request for `path` is judged by its body too.
pub(crate) fn wants(target: Destination, ended: Ended, path: &str) -> bool {
    match ended {
        Ended::Answered { status, .. } => target.upstream.dialect.wants_body(status, path),
        Ended::TimedOut
        | Ended::Disconnected
        | Ended::VisitorLeft
        | Ended::VisitorStalled
        | Ended::BrokeWhileSending
        | Ended::Interim
        | Ended::NotSent => false,
    }
}

/// Reads the beginning, which leaves the answer as it is. If that fails, the status has to do.
pub(crate) async fn read(response: &Response) -> Examined {
    let (limit, wait) = (BODY_MAX as u32, milliseconds(BODY_WAIT));
    let Ok(reading) = platform::beginning(response, limit, wait) else {
        return Examined::default();
    };
    match JsFuture::from(reading).await {
        Ok(read) => {
            let read: platform::Beginning = read.unchecked_into();
            Examined { bytes: read.bytes().to_vec(), is_whole: read.is_whole() }
        }
        Err(error) => {
            log::warn(
                LogEvent::BodyUnjudged,
                &[],
                format_args!("an answer's body cannot be judged: {error:?}"),
            );
            Examined::default()
        }
    }
}
