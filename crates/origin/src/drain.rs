//! Reads a request's body to its end and discards it.

use axum::body::Body;
use futures_util::StreamExt as _;

/// Reads `body` to its end, holding one piece at a time. A client that disconnects ends it too.
///
/// If an answer leaves a body unread, the kernel resets the connection, and the client may never
/// see the answer.
pub(crate) async fn drain(body: Body) {
    let mut pieces = body.into_data_stream();
    while let Some(Ok(_)) = pieces.next().await {}
}
