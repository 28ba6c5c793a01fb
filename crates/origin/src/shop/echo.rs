//! `/api/echo`: answers any method with a description of the request.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::caching::Caching;
use crate::problem::Problem;

/// Any method on `/api/echo`. The body may have any size, since it is hashed piece by piece.
pub(super) async fn echo(request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let mut headers: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for (name, value) in &parts.headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        headers.entry(name.as_str()).or_default().push(value);
    }
    let (mut digest, mut bytes) = (Sha256::new(), 0_u64);
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let Ok(piece) = piece else {
            let detail = "the body ended before its time";
            return Problem::new(StatusCode::BAD_REQUEST, detail).into_response();
        };
        digest.update(&piece);
        bytes += piece.len() as u64;
    }
    let sha256: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let view = json!({
        "method": parts.method.as_str(),
        "path": parts.uri.path(),
        "query": parts.uri.query(),
        "headers": headers,
        "body_bytes": bytes,
        "body_sha256": sha256,
    });
    Caching::MOMENT.apply(Json(view).into_response())
}
