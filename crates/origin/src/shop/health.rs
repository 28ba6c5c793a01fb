//! `/health`: how the shop says it is, in `application/health+json`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::Shop;
use super::caching::Caching;
use super::catalogue::products;
use crate::server::Phase;

/// `GET /health`.
pub(super) async fn aggregate(State(shop): State<Arc<Shop>>) -> Response {
    let rendered = shop.renderings.load(std::sync::atomic::Ordering::Relaxed);
    answer(
        StatusCode::OK,
        json!({
            "status": "pass",
            "serviceId": "stolentee-shop",
            "version": env!("CARGO_PKG_VERSION"),
            "checks": {
                "catalogue:products": [{
                    "componentType": "datastore",
                    "status": "pass",
                    "observedValue": products().count(),
                    "observedUnit": "products",
                }],
                "pages:rendered": [{
                    "componentType": "component",
                    "status": "pass",
                    "observedValue": rendered,
                    "observedUnit": "pages",
                }],
            },
        }),
    )
}

/// `GET /health/live`.
pub(super) async fn live() -> Response {
    answer(StatusCode::OK, json!({ "status": "pass" }))
}

/// `GET /health/ready`: fails once the shutdown began.
pub(super) async fn ready(State(shop): State<Arc<Shop>>) -> Response {
    if *shop.phase.borrow() == Phase::Serving {
        answer(StatusCode::OK, json!({ "status": "pass" }))
    } else {
        let view = json!({ "status": "fail", "output": "shutting down" });
        answer(StatusCode::SERVICE_UNAVAILABLE, view)
    }
}

fn answer(status: StatusCode, view: Value) -> Response {
    let mut response = (status, Json(view)).into_response();
    let content_type = HeaderValue::from_static("application/health+json");
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    Caching::MOMENT.apply(response)
}
