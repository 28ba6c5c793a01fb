//! `/api/orders`: each POST creates an order, so a request that arrived twice is visible.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Shop;
use super::caching::Caching;
use super::carts::{self, Item, Lines};
use super::json_body::JsonBody;
use super::session::Session;
use crate::lock::lock;
use crate::problem::Problem;

/// The latest 1,000 orders can be read back; older ones are only counted.
const MAX_ORDERS: usize = 1_000;

/// All orders since the start.
#[derive(Default)]
pub(super) struct Orders(Mutex<Ledger>);

#[derive(Default)]
struct Ledger {
    count: u64,
    latest: VecDeque<(String, Value)>,
}

impl Orders {
    fn place(&self, session: Option<&str>, lines: &Lines) -> (String, Value) {
        let mut ledger = lock(&self.0);
        ledger.count += 1;
        let id = format!("ord-{:06}", ledger.count);
        let (items, total) = carts::view(lines);
        let order = json!({
            "id": id,
            "number": ledger.count,
            "status": "received",
            "session": session,
            "items": items,
            "total_cents": total,
            "currency": "EUR",
        });
        if ledger.latest.len() >= MAX_ORDERS {
            ledger.latest.pop_front();
        }
        ledger.latest.push_back((id.clone(), order.clone()));
        (id, order)
    }

    fn find(&self, id: &str) -> Option<Value> {
        let ledger = lock(&self.0);
        let (_, order) = ledger.latest.iter().find(|(known, _)| known == id)?;
        Some(order.clone())
    }
}

/// An order in the form that clients send. Without items it is for the session's cart.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    items: Vec<Item>,
}

/// `POST /api/orders`.
pub(super) async fn place(
    State(shop): State<Arc<Shop>>,
    Session(session): Session,
    JsonBody(wanted): JsonBody<Wanted>,
) -> Result<Response, Problem> {
    let mut lines = Lines::new();
    for item in wanted.unwrap_or_default().items {
        let (product, quantity) = item.checked()?.line();
        lines.insert(product, quantity);
    }
    if let (true, Some(session)) = (lines.is_empty(), session.as_deref()) {
        lines = shop.carts.lines(session);
    }
    let (id, order) = shop.orders.place(session.as_deref(), &lines);
    let location = [(header::LOCATION, format!("/api/orders/{id}"))];
    let response = (StatusCode::CREATED, location, Json(order)).into_response();
    Ok(Caching::PRIVATE.apply(response))
}

/// `GET /api/orders`.
pub(super) async fn count(State(shop): State<Arc<Shop>>) -> Response {
    let count = lock(&shop.orders.0).count;
    Caching::PRIVATE.apply(Json(json!({ "count": count })).into_response())
}

/// `GET /api/orders/ID`.
pub(super) async fn order(State(shop): State<Arc<Shop>>, Path(id): Path<String>) -> Response {
    match shop.orders.find(&id) {
        Some(order) => Caching::PRIVATE.apply(Json(order).into_response()),
        None => Caching::PRIVATE.apply(
            Problem::new(StatusCode::NOT_FOUND, format!("no order has the id {id}"))
                .into_response(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_beyond_the_bound_are_still_counted() {
        let orders = Orders::default();
        for _ in 0..=MAX_ORDERS {
            orders.place(None, &Lines::new());
        }
        assert_eq!(orders.find("ord-000001"), None);
        assert_eq!(orders.find("ord-001001").unwrap()["number"], 1_001);
    }
}
