//! The body of a request.

use breakwater_core::site::operator::{BODY_MAX, BODY_PAUSE_MAX, OrderError};
use breakwater_platform::bindings::{Caught, Read, is_timeout, read_whole};
use breakwater_platform::problem::ProblemDetails;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Request;

/// Reads a request's body, and what it says.
///
/// # Errors
/// The problem for the client.
pub(super) async fn read<T>(
    request: &Request,
    parse: impl FnOnce(&[u8]) -> Result<T, OrderError>,
) -> Result<T, ProblemDetails> {
    let body = whole(request).await?;
    parse(&body).map_err(|error| ProblemDetails::new(400, "Bad Request", error.to_string()))
}

async fn whole(request: &Request) -> Result<Vec<u8>, ProblemDetails> {
    let (limit, pause) = (BODY_MAX as u32, BODY_PAUSE_MAX.get() as u32);
    let broken = || ProblemDetails::new(400, "Bad Request", "the body broke off".into());
    let reading = read_whole(request, limit, pause).caught().map_err(|_| broken())?;
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
            let detail = format!("the body is too long, expected at most {BODY_MAX} bytes");
            Err(ProblemDetails::new(413, "Content Too Large", detail))
        }
    }
}
