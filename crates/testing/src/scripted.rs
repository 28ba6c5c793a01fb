//! A server with answers from the test: answers that the reference backend, a well-behaved shop,
//! would never give, and protocols that it does not speak.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use anyhow::Result;
use bytes::Bytes;
use http_body_util::{BodyExt, Either, Full};
use hyper::body::{Body, Frame, Incoming};
use hyper::{HeaderMap, Response};

use crate::listener::Listener;

/// A request that reached the server.
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
    /// The value of a field, or the first of its values; empty if there is none.
    pub fn field(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// The server's reaction to a request.
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
    /// Status 200 and the beginning of a body that never ends, though nothing more of it is sent.
    Unfinished(String),
    /// No answer: the connection is closed.
    Disconnect,
    /// No answer, on a connection that stays open.
    Silence,
}

impl Reply {
    /// An answer of 200 with these fields and this body.
    pub fn ok(fields: &[(&'static str, &str)], body: impl Into<String>) -> Self {
        Self::status(200, fields, body)
    }

    /// An answer with another status, these fields and this body.
    pub fn status(status: u16, fields: &[(&'static str, &str)], body: impl Into<String>) -> Self {
        let fields = fields.iter().map(|&(name, value)| (name, value.to_owned())).collect();
        Self::Answer { status, fields, body: body.into() }
    }

    /// An answer in JSON with this status.
    pub fn json(status: u16, body: impl Into<String>) -> Self {
        Self::status(status, &[("content-type", "application/json")], body)
    }
}

/// The server. It ends with the test.
#[derive(Debug)]
pub struct Scripted {
    listener: Listener,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Scripted {
    /// Starts the server on a free port.
    pub async fn start(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Result<Self> {
        Self::listen(answer)
    }

    /// Starts the server for a test that is not asynchronous.
    pub fn listen(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Result<Self> {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, answer) = (Arc::clone(&seen), Arc::new(answer));
        let listener = Listener::start(move |request| {
            let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
            async move { respond(request, &log, &*answer).await }
        })?;
        Ok(Self { listener, seen })
    }

    /// `http://host:port`.
    pub fn url(&self) -> &str {
        self.listener.url()
    }

    /// The requests for a path so far; the path includes the query.
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
) -> Result<Response<Either<Full<Bytes>, Unfinished>>, Disconnected> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Disconnected)?.to_bytes();
    let path = head.uri.path_and_query().map_or("", |path| path.as_str()).to_owned();
    let seen = Seen { method: head.method.as_str().to_owned(), path, headers: head.headers, body };
    if let Ok(mut log) = log.lock() {
        log.push(seen.clone());
    }
    let (status, fields, body) = match answer(&seen) {
        Reply::Answer { status, fields, body } => (status, fields, Either::Left(body.into())),
        Reply::Unfinished(body) => (200, Vec::new(), Either::Right(Unfinished(Some(body.into())))),
        Reply::Disconnect => return Err(Disconnected),
        Reply::Silence => std::future::pending().await,
    };
    let mut response = Response::builder().status(status);
    for (name, value) in fields {
        response = response.header(name, value);
    }
    response.body(body).map_err(|_| Disconnected)
}

/// A body that begins with these bytes and does not end.
struct Unfinished(Option<Bytes>);

impl Body for Unfinished {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        // No event wakes the reader, so it has to give up by itself.
        self.0.take().map_or(Poll::Pending, |begin| Poll::Ready(Some(Ok(Frame::data(begin)))))
    }
}
