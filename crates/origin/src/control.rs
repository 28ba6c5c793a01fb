//! `/__*`: the routes that inject faults and report counts.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::faults::{Fault, FaultError, MAX_FAULTS, TooManyFaults};
use crate::problem::Problem;
use crate::server::Site;

/// The body of a fault has at most 16 KiB; a complete one takes a few hundred.
const MAX_FAULT_BYTES: usize = 16 * 1024;

/// Whether a path belongs to the control routes, which are neither faulted nor counted.
pub(crate) fn is_control(path: &str) -> bool {
    path.starts_with("/__")
}

/// The control routes.
pub(crate) fn router(site: Arc<Site>) -> Router {
    Router::new()
        .route("/__faults", get(list_faults).post(add_fault).delete(clear_faults))
        .route("/__faults/{id}", delete(remove_fault))
        .route("/__requests", get(counts).delete(reset_counts))
        .route("/__open", get(open))
        .route("/__panic", post(panic))
        .fallback(|| async { Problem::new(StatusCode::NOT_FOUND, "no such control path") })
        .layer(DefaultBodyLimit::max(MAX_FAULT_BYTES))
        .with_state(site)
}

async fn add_fault(
    State(site): State<Arc<Site>>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let body = body.map_err(|error| Problem::new(error.status(), error.body_text()))?;
    let value: Value = serde_json::from_slice(&body)
        .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, format!("no JSON: {error}")))?;
    let (id, view) = site.faults.add(Fault::try_from(value)?)?;
    let location = format!("/__faults/{id}");
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], uncached(view)).into_response())
}

async fn list_faults(State(site): State<Arc<Site>>) -> Response {
    uncached(json!({ "faults": site.faults.list() }))
}

async fn clear_faults(State(site): State<Arc<Site>>) -> StatusCode {
    site.faults.clear();
    StatusCode::NO_CONTENT
}

async fn remove_fault(State(site): State<Arc<Site>>, Path(id): Path<String>) -> Response {
    if id.parse().is_ok_and(|id| site.faults.remove(id)) {
        StatusCode::NO_CONTENT.into_response()
    } else {
        Problem::new(StatusCode::NOT_FOUND, format!("no fault has the id {id}")).into_response()
    }
}

async fn counts(State(site): State<Arc<Site>>) -> Response {
    uncached(json!(site.requests.counts()))
}

async fn reset_counts(State(site): State<Arc<Site>>) -> StatusCode {
    site.requests.reset();
    StatusCode::NO_CONTENT
}

async fn open(State(site): State<Arc<Site>>) -> Response {
    // The connection that asks is open too, and does not count.
    let connections = site.connections.open().saturating_sub(1);
    uncached(json!({ "connections": connections, "requests": site.in_flight.open() }))
}

/// Panics as a mistake in the program would: the caller gets no answer, and the process ends.
async fn panic() -> StatusCode {
    panic!("somebody asked for it")
}

fn uncached(value: Value) -> Response<Body> {
    let mut response = Json(value).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

impl From<FaultError> for Problem {
    fn from(error: FaultError) -> Self {
        let (key, value, allowed) = error.members();
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string())
            .with("key", key)
            .with("value", value.cloned())
            .with("allowed", allowed)
    }
}

impl From<TooManyFaults> for Problem {
    fn from(_: TooManyFaults) -> Self {
        let detail = format!("{MAX_FAULTS} faults exist already; delete some");
        Self::new(StatusCode::CONFLICT, detail)
    }
}
