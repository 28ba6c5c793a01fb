//! Personal data of one visitor: `/account` and `/api/me`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use super::Shop;
use super::caching::Caching;
use super::layout;
use super::session::{Session, bearer};
use crate::problem::Problem;

/// `GET /account`.
pub(super) async fn page(State(shop): State<Arc<Shop>>, Session(session): Session) -> Response {
    let name = session.as_deref().unwrap_or("guest");
    let main = format!(
        "<h1>Your account</h1>\n\
         <p>Signed in as <strong id=\"session\">{name}</strong>.</p>\n\
         <p>Your orders and addresses are seen by you alone.</p>\n"
    );
    Caching::PRIVATE.apply(layout::page(&shop, "Your account", &main))
}

/// `GET /api/me`.
pub(super) async fn me(Session(session): Session, headers: HeaderMap) -> Response {
    let identity = match bearer(&headers) {
        Some(name) => Some((name, "bearer")),
        None => session.map(|name| (name, "cookie")),
    };
    let response = match identity {
        Some((name, by)) => Json(json!({ "session": name, "by": by })).into_response(),
        None => {
            let detail = "neither the cookie session nor a bearer token names a visitor";
            let mut response = Problem::new(StatusCode::UNAUTHORIZED, detail).into_response();
            let challenge = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
            response
        }
    };
    Caching::IDENTITY.apply(response)
}
