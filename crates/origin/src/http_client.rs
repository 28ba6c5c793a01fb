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

/// The client keeps up to 4 idle connections to one host for later requests.
const MAX_IDLE_PER_HOST: usize = 4;
/// An idle connection is kept for 30 s.
const IDLE: Duration = Duration::from_secs(30);

/// A client of other services, with or without TLS. Clones share their connections.
#[derive(Clone, Debug)]
pub(crate) struct HttpClient(Client<HttpsConnector<HttpConnector>, Body>);

/// The reason why a request got no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// The request took too long.
    TimedOut,
    /// There was no connection, or the connection broke.
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

    /// Sends a request, and reads at most `max_bytes` of the answer's body. Redirects are not
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
