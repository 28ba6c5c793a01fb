//! Applies a fault to a request.

use std::convert::Infallible;
use std::future::pending;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Request, Response, StatusCode, header};
use axum::response::{Html, IntoResponse as _};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http_body::Body as _;
use tokio::time::sleep;
use tower::ServiceExt as _;

use crate::drain::drain;
use crate::faults::{Hit, Kind};
use crate::handle::{Ending, Handle};
use crate::problem::Problem;
use crate::shop::serves_machines;

/// A slow body sends 128 bytes between two pauses.
const PIECE_BYTES: usize = 128;

/// The full length of a body that is sent without `Content-Length`. It is stored in the extensions
/// of the response, so that half of the length can be known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StreamedBytes(pub(crate) u64);

/// Answers `request` with the effect of the fault. The answer names the fault in `X-Fault`.
pub(crate) async fn inject(
    mut hit: Hit,
    request: Request<Body>,
    shop: Router,
    handle: &Handle,
) -> Result<Response<Body>, Infallible> {
    let delay = hit.fault.delay;
    let mut response = match hit.fault.kind {
        Kind::Status { status, retry_after } => {
            let machine = serves_machines(request.uri().path());
            tokio::join!(sleep(delay), drain(request.into_body()));
            status_answer(status, retry_after, machine)
        }
        Kind::Latency => {
            sleep(delay).await;
            shop.oneshot(request).await?
        }
        Kind::Hang => {
            tokio::select! {
                () = hit.deleted() => handle.end(Ending::Close),
                // hyper learns from further reads that the client has gone away.
                () = async { drain(request.into_body()).await; pending().await } => {}
            }
            pending().await
        }
        Kind::Reset => {
            sleep(delay).await;
            handle.end(Ending::Reset);
            pending().await
        }
        Kind::Garbage => {
            tokio::join!(sleep(delay), drain(request.into_body()));
            handle.end(Ending::Garbage);
            pending().await
        }
        Kind::Truncate => {
            sleep(delay).await;
            truncated(shop.oneshot(request).await?, handle.clone())
        }
        Kind::SlowBody => slowed(shop.oneshot(request).await?, delay),
    };
    response.headers_mut().insert("x-fault", HeaderValue::from(hit.id));
    Ok(response)
}

fn status_answer(status: StatusCode, retry_after: Option<u64>, machine: bool) -> Response<Body> {
    let reason = status.canonical_reason().unwrap_or("fault");
    let mut response = if machine {
        Problem::new(status, "this answer is an injected fault").into_response()
    } else {
        let page = format!("<!doctype html><title>{status}</title><h1>{reason}</h1>\n");
        (status, [(header::CACHE_CONTROL, "no-store")], Html(page)).into_response()
    };
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Half of the body, followed by the end of the connection. An empty body has no half to cut off.
fn truncated(response: Response<Body>, handle: Handle) -> Response<Body> {
    let streamed = response.extensions().get::<StreamedBytes>().map(|bytes| bytes.0);
    response.map(|body| {
        let Some(length) = body.size_hint().exact().or(streamed) else {
            return cut(body, 1, handle);
        };
        if body.is_end_stream() { body } else { cut(body, length / 2, handle) }
    })
}

fn cut(body: Body, keep: u64, handle: Handle) -> Body {
    let state = (body.into_data_stream(), keep, handle);
    Body::from_stream(stream::unfold(state, |(mut pieces, keep, handle)| async move {
        if keep == 0 {
            handle.cut_when_flushed();
            return pending().await;
        }
        let mut piece = match pieces.next().await? {
            Ok(piece) => piece,
            Err(error) => return Some((Err(error), (pieces, keep, handle))),
        };
        piece.truncate(usize::try_from(keep).unwrap_or(usize::MAX));
        let keep = keep - piece.len() as u64;
        Some((Ok(piece), (pieces, keep, handle)))
    }))
}

/// The body in pieces of [`PIECE_BYTES`], `pause` apart.
fn slowed(response: Response<Body>, pause: Duration) -> Response<Body> {
    response.map(|body| {
        if body.is_end_stream() {
            return body;
        }
        let state = (body.into_data_stream(), Bytes::new(), Duration::ZERO);
        Body::from_stream(stream::unfold(state, move |(mut pieces, mut rest, wait)| async move {
            while rest.is_empty() {
                rest = match pieces.next().await? {
                    Ok(piece) => piece,
                    Err(error) => return Some((Err(error), (pieces, rest, wait))),
                };
            }
            sleep(wait).await;
            let piece = rest.split_to(rest.len().min(PIECE_BYTES));
            Some((Ok(piece), (pieces, rest, pause)))
        }))
    })
}
