//! The body of a request.

use breakwater_core::site::operator::{
    BODY_MAX, BODY_PAUSE_MAX, CHECK_TEST_BODY_MAX, CheckTest, HEARTBEAT_BODY_MAX,
    INCIDENT_BODY_MAX, MCP_BODY_MAX, OrderError,
};
use breakwater_platform::bindings::{Caught, Read, is_timeout, read_whole};
use breakwater_platform::problem::ProblemDetails;
use breakwater_platform::site;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Request;

use crate::watch_rules::rules;

/// Reads a request's body, and what it says.
///
/// # Errors
/// The problem for the client.
pub(super) async fn read<T>(
    request: &Request,
    parse: impl FnOnce(&[u8]) -> Result<T, OrderError>,
) -> Result<T, ProblemDetails> {
    read_within(request, BODY_MAX, parse).await
}

/// Reads what a person writes about an incident.
///
/// # Errors
/// The problem for the client.
pub(super) async fn read_incident<T>(
    request: &Request,
    parse: impl FnOnce(&[u8]) -> Result<T, OrderError>,
) -> Result<T, ProblemDetails> {
    read_within(request, INCIDENT_BODY_MAX, parse).await
}

/// Reads a check that is tried. Returns the text too, which each place reads again.
///
/// # Errors
/// The problem for the client.
pub(super) async fn read_check_test(
    request: &Request,
) -> Result<(CheckTest, String), ProblemDetails> {
    let refused = |detail| ProblemDetails::new(400, "Bad Request", detail);
    let body = whole(request, CHECK_TEST_BODY_MAX).await?;
    let test = CheckTest::parse(&body, site(), rules());
    let test = test.map_err(|error| refused(error.to_string()))?;
    let text = String::from_utf8(body).map_err(|_| refused("the body is not UTF-8".into()))?;
    Ok((test, text))
}

/// Reads what a job wrote; nothing, if that cannot be read: that the job has reported counts all
/// the same.
pub(super) async fn read_report(request: &Request) -> Vec<u8> {
    whole(request, HEARTBEAT_BODY_MAX).await.unwrap_or_default()
}

/// Reads a message of the MCP endpoint.
///
/// # Errors
/// The problem for the client.
pub(super) async fn read_message(request: &Request) -> Result<Vec<u8>, ProblemDetails> {
    whole(request, MCP_BODY_MAX).await
}

async fn read_within<T>(
    request: &Request,
    limit: usize,
    parse: impl FnOnce(&[u8]) -> Result<T, OrderError>,
) -> Result<T, ProblemDetails> {
    let body = whole(request, limit).await?;
    parse(&body).map_err(|error| ProblemDetails::new(400, "Bad Request", error.to_string()))
}

/// Reads a body whole, of at most `limit` bytes.
///
/// # Errors
/// The problem for the client.
pub(crate) async fn whole(request: &Request, limit: usize) -> Result<Vec<u8>, ProblemDetails> {
    let pause = BODY_PAUSE_MAX.get() as u32;
    let broken = || ProblemDetails::new(400, "Bad Request", "the body broke off".into());
    let reading = read_whole(request, limit as u32, pause).caught().map_err(|_| broken())?;
    let read = match JsFuture::from(reading.result()).await {
        Ok(read) => read.unchecked_into::<Read>(),
        Err(error) if is_timeout(&error) => {
            let detail = format!("the body did not come within {BODY_PAUSE_MAX}");
            return Err(ProblemDetails::new(408, "Request Timeout", detail));
        }
        Err(_) => return Err(broken()),
    };
    match read.whole() {
        Some(whole) => Ok(whole.to_vec()),
        None => {
            let detail = format!("the body is too long, expected at most {limit} bytes");
            Err(ProblemDetails::new(413, "Content Too Large", detail))
        }
    }
}
