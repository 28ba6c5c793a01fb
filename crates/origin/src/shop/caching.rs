//! How long an answer may be kept, and by whom.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::validators::Validators;

/// `Cache-Control` and `Vary` of an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caching {
    control: &'static str,
    vary: Option<&'static str>,
}

impl Caching {
    /// Public pages. Neither `must-revalidate` nor `no-cache`: a stale copy is allowed to serve
    /// while the shop is down.
    pub(super) const PAGE: Self = Self { control: "public, max-age=60", vary: None };
    /// The catalogue of the API.
    pub(super) const CATALOGUE: Self =
        Self { control: "public, max-age=30", vary: Some("Accept-Encoding") };
    /// Assets, whose content never changes under one name.
    pub(super) const ASSET: Self =
        Self { control: "public, max-age=31536000, immutable", vary: None };
    /// What belongs to one visitor, known by cookie.
    pub(super) const PRIVATE: Self = Self { control: "private, no-store", vary: Some("Cookie") };
    /// What belongs to one visitor, known by cookie or bearer.
    pub(super) const IDENTITY: Self =
        Self { control: "private, no-store", vary: Some("Cookie, Authorization") };
    /// What is true only now.
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

    /// Answers with what `render` returns, or 304 if the client has it.
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
