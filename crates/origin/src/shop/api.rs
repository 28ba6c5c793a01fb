//! The catalogue as JSON, and the payment provider's webhook.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::Shop;
use super::caching::Caching;
use super::catalogue::{self, CONTENT_VERSION};
use super::layout::RENDER_HEADER;
use crate::drain::drain;
use crate::problem::Problem;
use crate::validators::Validators;

/// `GET /api/products`.
pub(super) async fn products(State(shop): State<Arc<Shop>>, headers: HeaderMap) -> Response {
    catalogue_answer(&shop, &headers, "/api/products", || {
        let products: Vec<_> =
            catalogue::products().map(|(id, product)| product.view(id)).collect();
        json!({ "count": products.len(), "products": products })
    })
}

/// `GET /api/products/ID`.
pub(super) async fn product(
    State(shop): State<Arc<Shop>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let path = format!("/api/products/{id}");
    match catalogue::parse_id(&id).and_then(|id| Some((id, catalogue::product(id)?))) {
        Some((id, product)) => catalogue_answer(&shop, &headers, &path, || product.view(id)),
        None => missing(&path).into_response(),
    }
}

/// `POST /webhooks/payments`. Any payload is accepted; the counts of requests show that it arrived.
pub(super) async fn payment(body: Body) -> Response {
    drain(body).await;
    Caching::MOMENT.apply(Json(json!({ "received": true })).into_response())
}

/// The answer to a program that asks for a path that does not exist.
pub(super) fn missing(path: &str) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, format!("there is nothing at {path}"))
}

fn catalogue_answer(
    shop: &Shop,
    headers: &HeaderMap,
    path: &str,
    view: impl FnOnce() -> Value,
) -> Response {
    let validators = Validators::weak(&format!("{path} {CONTENT_VERSION}"));
    Caching::CATALOGUE.answer(&validators, headers, || {
        let rendering = shop.next_rendering().to_string();
        ([(RENDER_HEADER, rendering)], Json(view())).into_response()
    })
}
