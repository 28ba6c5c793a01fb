//! `/sitemap.xml` (sitemaps.org/protocol.html): all public pages of the shop.

use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};

use super::caching::Caching;
use super::catalogue;

/// `GET /sitemap.xml`. The addresses are those that visitors use, which are the proxy's if one
/// stands in front of the shop.
pub(super) async fn sitemap(headers: HeaderMap) -> Response {
    let field = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let host = field("x-forwarded-host").or(field(header::HOST.as_str())).unwrap_or("localhost");
    let scheme = field("x-forwarded-proto").unwrap_or("http");
    let products = catalogue::products().map(|(id, _)| format!("/products/{id}"));
    let urls: String = ["/".to_owned(), "/products".to_owned()]
        .into_iter()
        .chain(products)
        .map(|path| format!("<url><loc>{scheme}://{host}{path}</loc></url>\n"))
        .collect();
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n{urls}</urlset>\n"
    );
    Caching::CATALOGUE.apply(([(header::CONTENT_TYPE, "application/xml")], xml).into_response())
}
