//! An upstream that answers as a test says: what the reference backend, a well-behaved shop, never
//! would.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use anyhow::Result;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// A request that reached it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The method.
    pub method: String,
    /// The path and the query.
    pub path: String,
    /// The fields.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Seen {
    /// A field's only or first value, empty if there is none.
    pub fn field(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// What it answers.
#[derive(Clone, Debug)]
pub enum Reply {
    /// An answer.
    Answer {
        /// The status.
        status: u16,
        /// The fields.
        fields: Vec<(&'static str, String)>,
        /// The body.
        body: String,
    },
    /// None: the connection is closed.
    Disconnect,
}

impl Reply {
    /// 200 with these fields and this body.
    pub fn ok(fields: &[(&'static str, &str)], body: impl Into<String>) -> Self {
        Self::status(200, fields, body)
    }

    /// The same with another status.
    pub fn status(status: u16, fields: &[(&'static str, &str)], body: impl Into<String>) -> Self {
        let fields = fields.iter().map(|&(name, value)| (name, value.to_owned())).collect();
        Self::Answer { status, fields, body: body.into() }
    }
}

/// The upstream. It ends with the test.
#[derive(Debug)]
pub struct Scripted {
    url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Scripted {
    /// Starts it on a free port.
    pub async fn start(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, answer) = (Arc::clone(&seen), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                let service = service_fn(move |request| {
                    let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                    async move { respond(request, &log, &*answer).await }
                });
                // A connection that breaks is the Worker's to tell of.
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(socket), service));
            }
        });
        Ok(Self { url, seen })
    }

    /// `http://host:port`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What has reached it so far for a path, its query included.
    pub fn seen(&self, path: &str) -> Vec<Seen> {
        let seen = self.seen.lock().map(|seen| seen.clone()).unwrap_or_default();
        seen.into_iter().filter(|seen| seen.path == path).collect()
    }
}

#[derive(Debug)]
struct Disconnected;

impl std::fmt::Display for Disconnected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("disconnected as the test says")
    }
}

impl std::error::Error for Disconnected {}

async fn respond(
    request: hyper::Request<Incoming>,
    log: &Mutex<Vec<Seen>>,
    answer: &(impl Fn(&Seen) -> Reply + ?Sized),
) -> Result<Response<Full<Bytes>>, Disconnected> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Disconnected)?.to_bytes();
    let path = head.uri.path_and_query().map_or("", |path| path.as_str()).to_owned();
    let seen = Seen { method: head.method.as_str().to_owned(), path, headers: head.headers, body };
    if let Ok(mut log) = log.lock() {
        log.push(seen.clone());
    }
    let Reply::Answer { status, fields, body } = answer(&seen) else { return Err(Disconnected) };
    let mut response = Response::builder().status(status);
    for (name, value) in fields {
        response = response.header(name, value);
    }
    response.body(Full::new(Bytes::from(body))).map_err(|_| Disconnected)
}
