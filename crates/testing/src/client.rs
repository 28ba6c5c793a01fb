//! A plain HTTP client: it follows no redirects, decodes no bodies, never retries, and opens a
//! connection per call.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1;
use hyper::{HeaderMap, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// No answer of the system under test takes longer than 30 s, unless the system hangs.
const LIMIT: Duration = Duration::from_secs(30);

/// A request being built.
pub type Request = hyper::Request<Full<Bytes>>;

/// Sends requests to one address.
#[derive(Clone, Debug)]
pub struct Client {
    authority: String,
}

/// An answer whose body was read to its end.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The fields.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// The time from sending the request to the end of the body.
    pub took: Duration,
}

impl Client {
    /// Creates a client for `http://host:port`.
    pub fn new(url: &str) -> Self {
        Self { authority: url.trim_start_matches("http://").to_owned() }
    }

    /// Gets a path without any fields.
    pub async fn get(&self, path: &str) -> Result<Answer> {
        self.get_with(path, &[]).await
    }

    /// Gets a path with these fields.
    pub async fn get_with(&self, path: &str, fields: &[(&str, &str)]) -> Result<Answer> {
        self.send("GET", path, fields, Bytes::new()).await
    }

    /// Sends a request and reads the answer to its end. `Host` is the address, unless `fields`
    /// contain another.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        fields: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Result<Answer> {
        let mut request = hyper::Request::builder().method(method).uri(path);
        if !fields.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", &self.authority);
        }
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body.into()))?;
        let start = Instant::now();
        let response = self.exchange(request).await?;
        let (head, body) = response.into_parts();
        let body =
            tokio::time::timeout(LIMIT, body.collect()).await.context("the body hangs")??;
        Ok(Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body: body.to_bytes(),
            took: start.elapsed(),
        })
    }

    /// Sends a request; the caller reads the body of the answer as it arrives. A request without a
    /// body has no `Content-Length`.
    pub async fn exchange<B>(&self, request: hyper::Request<B>) -> Result<Response<Incoming>>
    where
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let socket = TcpStream::connect(&self.authority).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(socket)).await?;
        // The connection ends with the exchange, which reports any error itself.
        tokio::spawn(connection);
        tokio::time::timeout(LIMIT, sender.send_request(request))
            .await
            .context("no answer")?
            .context("the exchange broke")
    }

    /// `host:port`.
    pub fn authority(&self) -> &str {
        &self.authority
    }
}

impl Answer {
    /// The value of a field, or the first of its values; empty if there is none.
    pub fn field(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// A member of the field `Breakwater`.
    pub fn told(&self, key: &str) -> &str {
        self.field("breakwater")
            .split(", ")
            .find_map(|member| member.strip_prefix(key)?.strip_prefix('='))
            .unwrap_or_default()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; null if it is not JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The number of the backend's rendering in the body: a stored response has an old one.
    pub fn rendering(&self) -> u64 {
        self.field("x-render").parse().unwrap_or_default()
    }
}
