//! The public pages. They set no cookies.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::Shop;
use super::caching::Caching;
use super::catalogue::{self, CONTENT_VERSION, Product};
use super::layout;
use crate::validators::Validators;

/// The home page shows 6 products.
const FEATURED: usize = 6;

/// `GET /`.
pub(super) async fn home(State(shop): State<Arc<Shop>>, headers: HeaderMap) -> Response {
    public(&shop, &headers, "/", "T-shirts", || {
        format!(
            "<section class=\"hero\"><h1>T-shirts with a past</h1>\n\
             <p>Heavy cotton, printed to order, delivered before anyone asks.</p>\n\
             <a class=\"button\" href=\"/products\">See all shirts</a></section>\n\
             <h2>Just in</h2>\n{}",
            grid(catalogue::products().take(FEATURED))
        )
    })
}

/// `GET /products`.
pub(super) async fn products(State(shop): State<Arc<Shop>>, headers: HeaderMap) -> Response {
    public(&shop, &headers, "/products", "All shirts", || {
        format!("<h1>All shirts</h1>\n{}", grid(catalogue::products()))
    })
}

/// `GET /products/ID`.
pub(super) async fn product(
    State(shop): State<Arc<Shop>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let found = catalogue::parse_id(&id).and_then(|id| Some((id, catalogue::product(id)?)));
    let Some((id, product)) = found else {
        return missing(&shop);
    };
    let (name, price) = (product.name, product.price());
    public(&shop, &headers, &format!("/products/{id}"), name, || {
        format!(
            "<article class=\"product\">\n\
             <img src=\"/assets/tee-{id}.svg\" alt=\"{name}\" width=\"320\" height=\"320\">\n\
             <div><h1>{name}</h1>\n<p class=\"price\">{price}</p>\n\
             <p>240 g organic cotton, cut wide, printed in Lisbon.</p>\n\
             <form class=\"buy\" data-product=\"{id}\">\n\
             <label>Quantity <input name=\"quantity\" type=\"number\" min=\"1\" max=\"99\" \
             value=\"1\"></label>\n\
             <button>Add to cart</button> <output></output>\n\
             </form></div>\n</article>\n"
        )
    })
}

/// The page for an address that does not exist.
pub(super) fn missing(shop: &Shop) -> Response {
    let main = "<h1>Nothing here</h1>\n<p>Somebody must have taken it. \
                <a href=\"/products\">See what is left</a>.</p>\n";
    let mut response = layout::page(shop, "Not found", main);
    *response.status_mut() = StatusCode::NOT_FOUND;
    Caching::MOMENT.apply(response)
}

fn public(
    shop: &Shop,
    headers: &HeaderMap,
    path: &str,
    title: &str,
    main: impl FnOnce() -> String,
) -> Response {
    let validators = Validators::weak(&format!("{path} {CONTENT_VERSION}"));
    Caching::PAGE.answer(&validators, headers, || layout::page(shop, title, &main()))
}

fn grid(products: impl Iterator<Item = (u8, &'static Product)>) -> String {
    let cards: String = products
        .map(|(id, product)| {
            format!(
                "<li><a href=\"/products/{id}\"><img src=\"/assets/tee-{id}.svg\" alt=\"\" \
                 width=\"160\" height=\"160\" loading=\"lazy\"><span>{}</span> \
                 <span class=\"price\">{}</span></a></li>\n",
                product.name,
                product.price()
            )
        })
        .collect();
    format!("<ul class=\"grid\">\n{cards}</ul>\n")
}
