//! What may be told of a visitor's request. Whatever is not listed here is left out.
//!
//! Secrets stand in fields, in queries, in cookies, in bodies and even in paths (links that reset a
//! password). So the route's pattern stands for the path, there is no query, no cookie and no body,
//! and of the fields only those that are listed, each with a form that no secret fits into.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde_json::{Map, Value, json};

use super::field::VALUE_MAX;
use super::text::ReportTexts;
use crate::base::fields::Fields;

/// The methods that are told. Any other word may be anything.
const METHODS: [&str; 9] =
    ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "QUERY", "CONNECT"];
/// What stands for any other method (opentelemetry.io/docs/specs/semconv/http/http-spans).
const OTHER_METHOD: &str = "_OTHER";
/// The longest number of a content length, in digits.
const LENGTH_DIGITS_MAX: usize = 15;

/// Returns what is told of a field's value.
type FieldReader = fn(&str) -> Option<String>;
/// The fields that are told.
const FIELDS: [(&str, FieldReader); 6] = [
    ("content-type", media_type),
    ("content-length", length),
    ("cf-ray", ray),
    ("sec-fetch-dest", fetch_word),
    ("sec-fetch-mode", fetch_word),
    ("sec-fetch-site", fetch_word),
];

/// Types of content that are told (RFC 9110 §8.3.1), without parameters.
const MEDIA_TYPES: [&str; 12] = [
    "application/json",
    "application/octet-stream",
    "application/problem+json",
    "application/x-www-form-urlencoded",
    "application/xml",
    "image/jpeg",
    "image/png",
    "multipart/form-data",
    "text/css",
    "text/html",
    "text/plain",
    "text/xml",
];
/// Words of the fields `Sec-Fetch-*` (w3.org/TR/fetch-metadata).
const FETCH_WORDS: [&str; 19] = [
    "audio",
    "cors",
    "cross-site",
    "document",
    "embed",
    "empty",
    "font",
    "iframe",
    "image",
    "manifest",
    "navigate",
    "no-cors",
    "none",
    "same-origin",
    "same-site",
    "script",
    "style",
    "websocket",
    "worker",
];

/// A visitor's request, as far as it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScrubbedRequest {
    method: &'static str,
    /// The site's host and the route's pattern.
    url: String,
    fields: Vec<(&'static str, String)>,
}

impl ScrubbedRequest {
    /// Takes what may be told of a request. `host` and `route`, the route's pattern, are those of
    /// the site file.
    pub fn new(host: &str, route: &str, method: &str, fields: Fields<'_>) -> Self {
        let known = METHODS.into_iter().find(|known| *known == method);
        let shown = FIELDS.into_iter().filter_map(|(name, shown)| {
            let value = fields.get(name).and_then(|value| shown(value.trim()))?;
            Some((name, value))
        });
        Self {
            method: known.unwrap_or(OTHER_METHOD),
            url: format!("https://{host}{route}"),
            fields: shown.collect(),
        }
    }

    pub(super) fn payload(&self, texts: ReportTexts<'_>) -> Value {
        let fields = self.fields.iter();
        let fields: Map<String, Value> = fields
            .map(|(name, value)| ((*name).to_string(), texts.line(value, VALUE_MAX).into()))
            .collect();
        json!({
            "method": self.method,
            "url": texts.line(&self.url, VALUE_MAX),
            "headers": fields,
        })
    }
}

fn media_type(value: &str) -> Option<String> {
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    MEDIA_TYPES.contains(&essence.as_str()).then_some(essence)
}

fn length(value: &str) -> Option<String> {
    let is_length =
        (1..=LENGTH_DIGITS_MAX).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_digit());
    is_length.then(|| value.into())
}

/// `8f1c2d3e4f5a6b7c-FRA`: the platform sets it, so that it names the request to its support.
fn ray(value: &str) -> Option<String> {
    let (id, colo) = value.split_once('-')?;
    let is_ray = id.len() == 16
        && id.bytes().all(|b| b.is_ascii_hexdigit())
        && colo.len() == 3
        && colo.bytes().all(|b| b.is_ascii_uppercase());
    is_ray.then(|| value.into())
}

fn fetch_word(value: &str) -> Option<String> {
    FETCH_WORDS.contains(&value).then(|| value.into())
}
