//! Reads a request's body to its end and throws it away.

use axum::body::Body;
use futures_util::StreamExt as _;

/// Reads `body` to its end, holding one piece at a time. A client that breaks off ends it too.
///
/// An answer that leaves a body unread makes the kernel reset the connection, and the client may
/// never see the answer.
pub(crate) async fn drain(body: Body) {
    let mut pieces = body.into_data_stream();
    while let Some(Ok(_)) = pieces.next().await {}
}
