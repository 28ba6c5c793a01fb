//! Rules on who may store an answer, and for how long.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::validators::Validators;

/// The `Cache-Control` and `Vary` fields of an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caching {
    control: &'static str,
    vary: Option<&'static str>,
}

impl Caching {
    /// Public pages. They have neither `must-revalidate` nor `no-cache`, so a cache may serve a
    /// stale response while the shop is down.
    pub(super) const PAGE: Self = Self { control: "public, max-age=60", vary: None };
    /// The catalogue of the API.
    pub(super) const CATALOGUE: Self =
        Self { control: "public, max-age=30", vary: Some("Accept-Encoding") };
    /// Assets, whose content never changes under one name.
    pub(super) const ASSET: Self =
        Self { control: "public, max-age=31536000, immutable", vary: None };
    /// Personal data of a visitor who is known by a cookie.
    pub(super) const PRIVATE: Self = Self { control: "private, no-store", vary: Some("Cookie") };
    /// Personal data of a visitor who is known by a cookie or a bearer token.
    pub(super) const IDENTITY: Self =
        Self { control: "private, no-store", vary: Some("Cookie, Authorization") };
    /// Data that is valid only at the moment.
    pub(super) const MOMENT: Self = Self { control: "no-store", vary: None };

    /// Adds the fields to a response.
    pub(super) fn apply(self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(self.control));
        if let Some(vary) = self.vary {
            headers.insert(header::VARY, HeaderValue::from_static(vary));
        }
        response
    }

    /// Returns the answer of `render`, or 304 if the client has the current version.
    pub(super) fn answer(
        self,
        validators: &Validators,
        request: &HeaderMap,
        render: impl FnOnce() -> Response,
    ) -> Response {
        let mut response = if validators.unchanged(request) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            render()
        };
        validators.apply(response.headers_mut());
        self.apply(response)
    }
}
