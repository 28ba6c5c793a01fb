//! Requests to other services.

use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::http::{Request, Response};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::ClientConfig;
use tokio::time::timeout;

/// Connections to one host that are kept for the next request.
const MAX_IDLE_PER_HOST: usize = 4;
/// How long they are kept.
const IDLE: Duration = Duration::from_secs(30);

/// A client of other services, over TLS or without. Clones share their connections.
#[derive(Clone, Debug)]
pub(crate) struct HttpClient(Client<HttpsConnector<HttpConnector>, Body>);

/// A request that came to no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// It took too long.
    TimedOut,
    /// There was no connection, or it broke.
    Disconnected,
}

impl HttpClient {
    pub(crate) fn new(tls: ClientConfig) -> Self {
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .build();
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(MAX_IDLE_PER_HOST)
            .build(connector);
        Self(client)
    }

    /// Sends a request, and reads `max_bytes` of the answer's body at most. Redirects are not
    /// followed.
    ///
    /// # Errors
    /// [`NoAnswer`] if the whole answer is not there within `limit`.
    pub(crate) async fn send(
        &self,
        request: Request<Body>,
        max_bytes: usize,
        limit: Duration,
    ) -> Result<Response<Bytes>, NoAnswer> {
        let answered = async {
            let response = self.0.request(request).await.map_err(|_| NoAnswer::Disconnected)?;
            let (head, body) = response.into_parts();
            let body = beginning(Body::new(body), max_bytes).await?;
            Ok(Response::from_parts(head, body))
        };
        timeout(limit, answered).await.unwrap_or(Err(NoAnswer::TimedOut))
    }
}

async fn beginning(body: Body, max_bytes: usize) -> Result<Bytes, NoAnswer> {
    let expected = usize::try_from(body.size_hint().lower()).unwrap_or(max_bytes);
    let mut read = BytesMut::with_capacity(expected.min(max_bytes));
    let mut pieces = body.into_data_stream();
    while read.len() < max_bytes
        && let Some(piece) = pieces.next().await
    {
        let piece = piece.map_err(|_| NoAnswer::Disconnected)?;
        read.extend_from_slice(&piece[..piece.len().min(max_bytes - read.len())]);
    }
    Ok(read.freeze())
}
