//! The shop: all pages and endpoints for visitors, clients and machines.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::Uri;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get, post};
use breakwater_core::watch::health::{ComponentKind, Group, Measurement, Status};
use tokio::sync::watch;

use crate::health::Health;
use crate::outgoing::Outgoing;
use crate::server::Phase;

mod account;
mod api;
mod assets;
mod caching;
mod carts;
mod catalogue;
mod echo;
mod health;
mod json_body;
mod layout;
mod orders;
mod pages;
mod session;
mod sitemap;
mod stream;
mod studio;
mod websocket;

use assets::Assets;
use carts::Carts;
use orders::Orders;

/// A request's body that is held in memory has at most 64 KiB.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// The state of the shop.
struct Shop {
    renderings: AtomicU64,
    assets: Assets,
    carts: Carts,
    orders: Orders,
    health: Arc<Health>,
    outgoing: Outgoing,
    phase: watch::Receiver<Phase>,
}

impl Shop {
    /// The number of the next rendering, from 1.
    fn next_rendering(&self) -> u64 {
        self.renderings.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// The shop's routes.
pub(crate) fn router(
    phase: watch::Receiver<Phase>,
    health: Arc<Health>,
    outgoing: Outgoing,
) -> Router {
    let shop = Shop {
        renderings: AtomicU64::new(0),
        assets: Assets::new(),
        carts: Carts::default(),
        orders: Orders::default(),
        health,
        outgoing,
        phase,
    };
    Router::new()
        .route("/", get(pages::home))
        .route("/products", get(pages::products))
        .route("/products/{id}", get(pages::product))
        .route("/sitemap.xml", get(sitemap::sitemap))
        .route("/account", get(account::page))
        .route("/assets/{name}", get(assets::asset))
        .route("/api/products", get(api::products))
        .route("/api/products/{id}", get(api::product))
        .route("/api/me", get(account::me))
        .route("/api/session", post(session::log_in).delete(session::log_out))
        .route("/api/cart", get(carts::cart).post(carts::add))
        .route("/api/orders", get(orders::count).post(orders::place))
        .route("/api/orders/{id}", get(orders::order))
        .route("/api/echo", any(echo::echo))
        .route("/api/stream", get(stream::stream))
        .route("/ws", get(websocket::echo))
        .route("/webhooks/payments", post(api::payment))
        .route("/api/studio/logo", post(studio::logo).layer(image_limit()))
        .route("/api/studio/cutout", post(studio::cutout).layer(image_limit()))
        .route("/api/studio/designs", get(studio::designs))
        .route("/health", get(health::aggregate))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/health/detailed", get(health::detailed))
        .fallback(missing)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(Arc::new(shop))
}

/// Adds what the shop itself needs to the health report.
pub(crate) fn show_in(health: &mut Health) {
    health.tell("catalogue", ComponentKind::Datastore, Group::All, || {
        let count = catalogue::products().count() as u64;
        vec![Measurement::new("products", Status::Pass).with_number(count, "products")]
    });
}

fn image_limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(studio::MAX_IMAGE_BYTES)
}

/// Whether a path is for programs, which get errors as JSON, and not for browsers.
pub(crate) fn serves_machines(path: &str) -> bool {
    ["/api", "/webhooks", "/health"].iter().any(|area| {
        path.strip_prefix(area).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

async fn missing(State(shop): State<Arc<Shop>>, uri: Uri) -> Response {
    if serves_machines(uri.path()) {
        api::missing(uri.path()).into_response()
    } else {
        pages::missing(&shop)
    }
}
