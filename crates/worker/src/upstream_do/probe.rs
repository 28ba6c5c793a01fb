//! A probe of ours: one request to the path that says whether an upstream works.

use std::time::Duration;

use breakwater_core::base::time::Millis;
use breakwater_core::circuit::outcome::Dialect;
use breakwater_core::circuit::policy::Count;
use breakwater_core::watch::health;
use futures::future::{self, Either};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Headers, Request, RequestInit, RequestRedirect, Response};
use worker::Delay;

use crate::api::ProbeResult;
use crate::{clock, platform};

/// A probe that takes longer fails.
const TIMEOUT: Millis = Millis::from_secs(10);
/// By this an upstream can tell our probes from visitors.
const USER_AGENT: &str = "Breakwater-Probe";

pub(crate) async fn run(origin: &str, path: &str, dialect: Dialect, count: Count) -> ProbeResult {
    let at = clock::now();
    let answered = ask(&[origin, path].concat()).await;
    let took_ms = clock::now().since(at).get();
    match answered {
        Ok(Some(status)) => {
            let passed = health::probe_passes(dialect, count, status);
            ProbeResult { at, passed, took_ms, status: Some(status), error: None }
        }
        Ok(None) => {
            let error = Some(format!("no answer within {TIMEOUT}"));
            ProbeResult { at, passed: false, took_ms, status: None, error }
        }
        Err(error) => {
            let message = error.dyn_ref::<js_sys::Error>().map(|error| error.message().into());
            let error = Some(message.unwrap_or_else(|| "the request failed".into()));
            ProbeResult { at, passed: false, took_ms, status: None, error }
        }
    }
}

/// The status of the answer; none if it did not come in time.
async fn ask(url: &str) -> Result<Option<u16>, JsValue> {
    let headers = Headers::new()?;
    headers.set("user-agent", USER_AGENT)?;
    headers.set("cache-control", "no-cache")?;
    let abort = AbortController::new()?;
    let init = RequestInit::new();
    init.set_headers(&headers);
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(Some(&abort.signal()));
    let request = Request::new_with_str(url)?;
    let call = JsFuture::from(platform::fetch(&request, &init));
    let limit = Delay::from(Duration::from_millis(TIMEOUT.get()));
    let answered = future::select(call, limit).await;
    let status = match answered {
        Either::Left((response, _)) => Some(response?.unchecked_into::<Response>().status()),
        Either::Right(((), _)) => None,
    };
    // What is left of the body, or the call itself, is not waited for.
    abort.abort();
    Ok(status)
}
