//! `/assets/*`: files that never change under their name.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;

use super::caching::Caching;
use super::catalogue::{Product, products};
use super::{Shop, pages};
use crate::ranges::Requested;
use crate::validators::Validators;

/// The size of `lookbook.bin`, a file too large for a proxy to read into memory.
const LOOKBOOK_BYTES: usize = 512 * 1024;

/// All files by name.
pub(super) struct Assets(BTreeMap<String, Asset>);

struct Asset {
    content_type: &'static str,
    body: Bytes,
    validators: Validators,
}

impl Assets {
    /// Reads and renders all files.
    pub(super) fn new() -> Self {
        let style: &[u8] = include_bytes!("../../assets/style.css");
        let app: &[u8] = include_bytes!("../../assets/app.js");
        let logo: &[u8] = include_bytes!("../../assets/logo.svg");
        let lookbook: Vec<u8> = (0..LOOKBOOK_BYTES).map(|place| (place % 251) as u8).collect();
        let mut assets = BTreeMap::from([
            ("style.css".to_owned(), Asset::new("text/css; charset=utf-8", style.into())),
            ("app.js".to_owned(), Asset::new("text/javascript; charset=utf-8", app.into())),
            ("logo.svg".to_owned(), Asset::new("image/svg+xml", logo.into())),
            ("lookbook.bin".to_owned(), Asset::new("application/octet-stream", lookbook.into())),
        ]);
        for (id, product) in products() {
            let drawing = Asset::new("image/svg+xml", drawing(product).into());
            assets.insert(format!("tee-{id}.svg"), drawing);
        }
        Self(assets)
    }
}

impl Asset {
    fn new(content_type: &'static str, body: Bytes) -> Self {
        let validators = Validators::strong(&body);
        Self { content_type, body, validators }
    }

    fn answer(&self, method: &Method, headers: &HeaderMap) -> Response {
        let length = self.body.len();
        let range = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
        // Ranges are defined for GET alone.
        let range =
            range.filter(|_| *method == Method::GET && self.validators.allow_range(headers));
        let content_type = [(header::CONTENT_TYPE, self.content_type)];
        match range.map_or(Requested::Whole, |range| Requested::parse(range, length)) {
            Requested::Whole => (content_type, self.body.clone()).into_response(),
            Requested::Part(part) => {
                let place = format!("bytes {}-{}/{length}", part.start, part.end - 1);
                let place = [(header::CONTENT_RANGE, place)];
                (StatusCode::PARTIAL_CONTENT, content_type, place, self.body.slice(part))
                    .into_response()
            }
            Requested::Unsatisfiable => {
                let place = [(header::CONTENT_RANGE, format!("bytes */{length}"))];
                (StatusCode::RANGE_NOT_SATISFIABLE, place).into_response()
            }
        }
    }
}

/// `GET /assets/NAME`.
pub(super) async fn asset(
    State(shop): State<Arc<Shop>>,
    Path(name): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let Some(asset) = shop.assets.0.get(&name) else {
        return pages::missing(&shop);
    };
    let ranges = [(header::ACCEPT_RANGES, "bytes")];
    let answer = || (ranges, asset.answer(&method, &headers)).into_response();
    Caching::ASSET.answer(&asset.validators, &headers, answer)
}

fn drawing(product: &Product) -> String {
    let Product { name, cloth, print, .. } = product;
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" role="img">
<title>{name}</title>
<path fill="{cloth}" stroke="#0002" d="M34 14 12 26l8 18 9-4v46h42V40l9 4 8-18-22-12
c-3 8-9 11-16 11s-13-3-16-11z"/>
<circle cx="50" cy="50" r="11" fill="{print}"/>
<path fill="{print}" d="M36 70h28v4H36z"/>
</svg>
"##
    )
}
