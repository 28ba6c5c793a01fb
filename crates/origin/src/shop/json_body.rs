//! Request bodies as JSON; errors become problems.

use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use bytes::Bytes;
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// A JSON body of any `Content-Type`, or `None` if it is empty.
pub(super) struct JsonBody<T>(pub(super) Option<T>);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|error| Problem::new(error.status(), error.body_text()))?;
        if body.is_empty() {
            return Ok(Self(None));
        }
        serde_json::from_slice(&body).map(|value| Self(Some(value))).map_err(|error| {
            Problem::new(StatusCode::BAD_REQUEST, format!("the body does not fit: {error}"))
        })
    }
}
