//! The studio, where shirts are designed with the help of third-party APIs.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::json;

use super::Shop;
use super::caching::Caching;
use crate::outgoing::{Api, Call, CallError};
use crate::problem::Problem;

/// An image has at most 4 MiB.
pub(super) const MAX_IMAGE_BYTES: usize = 4 * 1024 * 1024;
/// The path of Gemini's API, which contains the model.
const EXTRACT: &str = "/v1beta/models/gemini-2.5-flash-image:generateContent";
/// The instruction to Gemini.
const PROMPT: &str = "Extract the logo from this photo, on a transparent background.";
/// The query for the 20 newest designs in Supabase.
const DESIGNS: &str = "/rest/v1/designs?select=id,title,image_url&order=id.desc&limit=20";

/// `POST /api/studio/logo`: takes an image and returns Gemini's JSON.
pub(super) async fn logo(
    State(shop): State<Arc<Shop>>,
    headers: HeaderMap,
    image: Bytes,
) -> Result<Response, Problem> {
    let mime_type = image_type(&headers)?;
    let parts = json!([
        { "text": PROMPT },
        { "inline_data": { "mime_type": mime_type, "data": STANDARD.encode(&image) } },
    ]);
    let call = Call {
        method: Method::POST,
        target: EXTRACT,
        key_fields: &[("x-goog-api-key", "")],
        content_type: Some("application/json"),
        body: json!({ "contents": [{ "parts": parts }] }).to_string().into(),
    };
    made(&shop.outgoing.gemini, call).await
}

/// `POST /api/studio/cutout`: takes an image and returns it without its background.
pub(super) async fn cutout(
    State(shop): State<Arc<Shop>>,
    headers: HeaderMap,
    image: Bytes,
) -> Result<Response, Problem> {
    image_type(&headers)?;
    let call = Call {
        method: Method::POST,
        target: "/v1.0/removebg",
        key_fields: &[("x-api-key", "")],
        content_type: Some("application/json"),
        body: json!({ "image_file_b64": STANDARD.encode(&image), "size": "auto" })
            .to_string()
            .into(),
    };
    made(&shop.outgoing.removebg, call).await
}

/// `GET /api/studio/designs`.
pub(super) async fn designs(State(shop): State<Arc<Shop>>) -> Result<Response, Problem> {
    let call = Call {
        method: Method::GET,
        target: DESIGNS,
        key_fields: &[("apikey", ""), ("authorization", "Bearer ")],
        content_type: None,
        body: Bytes::new(),
    };
    made(&shop.outgoing.supabase, call).await
}

/// The media type of an image, if the studio accepts it.
fn image_type(headers: &HeaderMap) -> Result<&'static str, Problem> {
    const TYPES: [&str; 3] = ["image/jpeg", "image/png", "image/webp"];
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    TYPES.into_iter().find(|known| given == Some(known)).ok_or_else(|| {
        let detail = format!("expected an image of type {}", TYPES.join(", "));
        Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail)
    })
}

/// The answer of the API.
async fn made(api: &Api, call: Call) -> Result<Response, Problem> {
    let answered = api.call(call).await.map_err(|error| problem(api.name(), error))?;
    let content_type = answered.headers().get(header::CONTENT_TYPE).cloned();
    let mut response = answered.into_body().into_response();
    let content_type = content_type.unwrap_or(HeaderValue::from_static("application/octet-stream"));
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    Ok(Caching::MOMENT.apply(response))
}

fn problem(name: &'static str, error: CallError) -> Problem {
    match error {
        CallError::NotConfigured { variable } => {
            let detail = format!("{name} is not configured: {variable} is not set");
            Problem::new(StatusCode::NOT_IMPLEMENTED, detail).with("upstream", name)
        }
        CallError::Rejected { state, retry_after } => {
            let detail = format!("{name} is not called, since too many calls failed");
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail)
                .with("upstream", name)
                .with("circuit", state.as_str())
                .retry_after(retry_after)
        }
        CallError::Failed { cause, status, retry_after } => {
            Problem::new(gateway_status(cause), format!("{name} failed: {cause}"))
                .with("upstream", name)
                .with("cause", cause.as_str())
                .with("upstream_status", status)
                .retry_after(retry_after)
        }
    }
}

/// The answer to the client after a failed call.
fn gateway_status(cause: breakwater_core::circuit::outcome::Cause) -> StatusCode {
    use breakwater_core::circuit::outcome::Cause;
    match cause {
        Cause::Caller => StatusCode::UNPROCESSABLE_ENTITY,
        Cause::TimedOut => StatusCode::GATEWAY_TIMEOUT,
        Cause::RateLimit
        | Cause::Quota
        | Cause::NoQuota
        | Cause::Payment
        | Cause::VisitorLimit
        | Cause::Overload
        | Cause::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Cause::Answered
        | Cause::Disconnected
        | Cause::Gateway
        | Cause::Outage
        | Cause::Unhealthy
        | Cause::Paused
        | Cause::ServerError
        | Cause::Credentials
        | Cause::Setup
        | Cause::VisitorLeft
        | Cause::VisitorStalled
        | Cause::BrokeWhileSending
        | Cause::NotSent
        | Cause::Interim
        | Cause::StatementTimeout => StatusCode::BAD_GATEWAY,
    }
}
