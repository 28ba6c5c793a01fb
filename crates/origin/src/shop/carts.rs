//! `/api/cart`: the cart of each session.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Shop;
use super::caching::Caching;
use super::catalogue::product;
use super::json_body::JsonBody;
use super::session::Session;
use crate::lock::lock;
use crate::problem::Problem;

/// At most 1,000 sessions have a cart; beyond it the oldest cart is forgotten.
const MAX_CARTS: usize = 1_000;
/// A cart holds at most 99 shirts of one kind.
const MAX_QUANTITY: u8 = 99;

/// Quantities by product id.
pub(super) type Lines = BTreeMap<u8, u8>;

/// The carts of all sessions, oldest first.
#[derive(Default)]
pub(super) struct Carts(Mutex<VecDeque<(String, Lines)>>);

impl Carts {
    /// The contents of a session's cart.
    pub(super) fn lines(&self, session: &str) -> Lines {
        let carts = lock(&self.0);
        let cart = carts.iter().find(|(owner, _)| owner == session);
        cart.map(|(_, lines)| lines.clone()).unwrap_or_default()
    }

    fn add(&self, session: &str, item: &Item) -> Lines {
        let mut carts = lock(&self.0);
        let place = carts.iter().position(|(owner, _)| owner == session).unwrap_or_else(|| {
            if carts.len() >= MAX_CARTS {
                carts.pop_front();
            }
            carts.push_back((session.to_owned(), Lines::new()));
            carts.len() - 1
        });
        let lines = &mut carts[place].1;
        let quantity = lines.entry(item.product).or_default();
        *quantity = quantity.saturating_add(item.quantity).min(MAX_QUANTITY);
        lines.clone()
    }
}

/// One product in a cart or an order, as clients send it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Item {
    product: u8,
    #[serde(default = "one")]
    quantity: u8,
}

fn one() -> u8 {
    1
}

impl Item {
    /// The item, if the product exists and the quantity is allowed.
    pub(super) fn checked(self) -> Result<Self, Problem> {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        if product(self.product).is_none() {
            return Err(Problem::new(status, format!("no product has the id {}", self.product)));
        }
        if !(1..=MAX_QUANTITY).contains(&self.quantity) {
            let detail = format!("quantity cannot be {}; it is 1 to {MAX_QUANTITY}", self.quantity);
            return Err(Problem::new(status, detail));
        }
        Ok(self)
    }

    /// The item as a cart's line.
    pub(super) fn line(&self) -> (u8, u8) {
        (self.product, self.quantity)
    }
}

/// `GET /api/cart`.
pub(super) async fn cart(State(shop): State<Arc<Shop>>, Session(session): Session) -> Response {
    let lines = session.as_deref().map(|name| shop.carts.lines(name)).unwrap_or_default();
    answer(session.as_deref(), &lines)
}

/// `POST /api/cart`.
pub(super) async fn add(
    State(shop): State<Arc<Shop>>,
    Session(session): Session,
    JsonBody(item): JsonBody<Item>,
) -> Result<Response, Problem> {
    let no_session = || Problem::new(StatusCode::UNAUTHORIZED, "a cart needs the cookie session");
    let session = session.ok_or_else(no_session)?;
    let no_item = || Problem::new(StatusCode::BAD_REQUEST, "the body names no product");
    let item = item.ok_or_else(no_item)?.checked()?;
    let lines = shop.carts.add(&session, &item);
    Ok(answer(Some(&session), &lines))
}

/// The lines as JSON, with their sum.
pub(super) fn view(lines: &Lines) -> (Value, u32) {
    let mut total = 0;
    let mut items = Vec::new();
    for (&id, &quantity) in lines {
        if let Some(product) = product(id) {
            total += product.cents * u32::from(quantity);
            items.push(json!({ "product": id, "name": product.name, "quantity": quantity }));
        }
    }
    (items.into(), total)
}

fn answer(session: Option<&str>, lines: &Lines) -> Response {
    let (items, total) = view(lines);
    let cart =
        json!({ "session": session, "items": items, "total_cents": total, "currency": "EUR" });
    Caching::PRIVATE.apply(Json(cart).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oldest_cart_is_forgotten_first() {
        let carts = Carts::default();
        let item = Item { product: 3, quantity: 60 };
        for n in 0..=MAX_CARTS {
            carts.add(&format!("s{n}"), &item);
        }
        assert!(carts.lines("s0").is_empty());
        assert_eq!(carts.lines("s1"), Lines::from([(3, 60)]));
        assert_eq!(carts.add("s1", &item), Lines::from([(3, MAX_QUANTITY)]));
    }
}
