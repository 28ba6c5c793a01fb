//! `/api/stream`: a body that comes in chunks over time.

use std::convert::Infallible;
use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures_util::stream;
use serde::Deserialize;
use tokio::task::yield_now;
use tokio::time::sleep;

use super::caching::Caching;
use crate::injection::StreamedBytes;
use crate::problem::Problem;

/// An answer has at most 1,000 chunks.
const MAX_CHUNKS: u64 = 1_000;
/// The pause between two chunks lasts at most 10 s.
const MAX_EVERY_MS: u64 = 10_000;
/// A chunk is padded to at most 64 KiB.
const MAX_CHUNK_BYTES: usize = 64 * 1024;

/// The parameters of the query. Values beyond the bounds are cut to them.
#[derive(Debug, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    chunks: u64,
    every_ms: u64,
    chunk_bytes: usize,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { chunks: 5, every_ms: 100, chunk_bytes: 0 }
    }
}

/// `GET /api/stream`. The first chunk goes out at once.
pub(super) async fn stream(
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(wanted) = wanted.map_err(|error| Problem::new(error.status(), error.body_text()))?;
    let chunks = wanted.chunks.min(MAX_CHUNKS);
    let pause = Duration::from_millis(wanted.every_ms.min(MAX_EVERY_MS));
    let chunk_bytes = wanted.chunk_bytes.min(MAX_CHUNK_BYTES);
    let length = (1..=chunks).map(|number| chunk(number, chunk_bytes).len() as u64).sum();
    let body = stream::unfold(1, move |number| async move {
        if number > chunks {
            return None;
        }
        // A yield makes hyper flush its buffer, so that each chunk travels alone.
        if number > 1 && pause.is_zero() {
            yield_now().await;
        } else if number > 1 {
            sleep(pause).await;
        }
        Some((Ok::<_, Infallible>(chunk(number, chunk_bytes)), number + 1))
    });
    let content_type = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    let length = Extension(StreamedBytes(length));
    let response = (content_type, length, Body::from_stream(body)).into_response();
    Ok(Caching::MOMENT.apply(response))
}

/// The text `chunk N`, padded with dots.
fn chunk(number: u64, bytes: usize) -> Bytes {
    let mut chunk = format!("chunk {number}");
    let padding = bytes.saturating_sub(chunk.len() + 1);
    chunk.extend(std::iter::repeat_n('.', padding));
    chunk.push('\n');
    chunk.into()
}
