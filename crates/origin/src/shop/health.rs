//! `/health`: the shop's health, in `application/health+json`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use breakwater_core::watch::health::{CONTENT_TYPE, Detail, Group};

use super::Shop;
use super::caching::Caching;

/// `GET /health`: all dependencies of the shop.
pub(super) async fn aggregate(State(shop): State<Arc<Shop>>) -> Response {
    answer(&shop, Group::All, Detail::Public)
}

/// `GET /health/live`: whether the process works, so that a restart would not help.
pub(super) async fn live(State(shop): State<Arc<Shop>>) -> Response {
    answer(&shop, Group::Live, Detail::Public)
}

/// `GET /health/ready`: whether the shop takes traffic, which it does not once the shutdown has
/// begun.
pub(super) async fn ready(State(shop): State<Arc<Shop>>) -> Response {
    answer(&shop, Group::Ready, Detail::Public)
}

/// `GET /health/detailed`: all of it, and what the process knows about itself.
pub(super) async fn detailed(State(shop): State<Arc<Shop>>) -> Response {
    answer(&shop, Group::All, Detail::Operator)
}

fn answer(shop: &Shop, group: Group, detail: Detail) -> Response {
    let answer = shop.health.answer(group, detail);
    let status = StatusCode::from_u16(answer.status.http_status())
        .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let content_type = [(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE))];
    Caching::MOMENT.apply((status, content_type, answer.body).into_response())
}
