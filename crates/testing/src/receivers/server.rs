//! Servers that take alerts as the services do.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Result;

use super::{Came, Fault, Service, Shown};
use crate::scripted::{Reply, Scripted, Seen};

/// How far the clocks of a webhook's sender and receiver may differ: 5 minutes.
const AGE_MAX: Duration = Duration::from_secs(300);

/// A request that a receiver got.
#[derive(Clone, Debug)]
pub struct Received {
    /// The request.
    pub came: Came,
    /// When it came.
    pub at: SystemTime,
    /// What it was answered with; `None` if it was left without an answer.
    pub status: Option<u16>,
    /// What the service makes of it, or why it refuses it; `None` if it did not look.
    pub judged: Option<Result<Shown, Fault>>,
}

/// What a receiver does instead of looking at a request.
#[derive(Clone, Copy, Debug)]
enum Failure {
    /// Answers with a status, and may say for how many seconds it wants to be left alone.
    Status(u16, Option<u64>),
    /// Says nothing, and keeps the connection open.
    Hang,
}

#[derive(Debug, Default)]
struct State {
    failures: VecDeque<Failure>,
    received: Vec<Received>,
}

/// A server that takes alerts as a service does, and that a test can make fail first. It ends with
/// the test.
#[derive(Debug)]
pub struct Receiver {
    server: Scripted,
    state: Arc<Mutex<State>>,
}

impl Receiver {
    /// Starts a receiver on a free port. `secret` is what it knows its sender by.
    ///
    /// # Errors
    /// If there is no free port.
    pub fn start(service: Service, secret: &str) -> Result<Self> {
        let state: Arc<Mutex<State>> = Arc::default();
        let (shared, secret) = (Arc::clone(&state), secret.to_owned());
        let server = Scripted::listen(move |seen| take(service, &secret, &shared, seen))?;
        Ok(Self { server, state })
    }

    /// `http://host:port`.
    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// Answers the next `count` requests with a status, without looking at them.
    pub fn fail_next(&self, count: usize, status: u16) {
        self.script(count, Failure::Status(status, None));
    }

    /// Answers the next request with a status, and with how many seconds it wants to be left alone,
    /// which Discord and Telegram say in the body too.
    pub fn retry_after(&self, status: u16, seconds: u64) {
        self.script(1, Failure::Status(status, Some(seconds)));
    }

    /// Leaves the next `count` requests without an answer.
    pub fn hang(&self, count: usize) {
        self.script(count, Failure::Hang);
    }

    /// The requests so far.
    pub fn received(&self) -> Vec<Received> {
        lock(&self.state).received.clone()
    }

    /// The messages that it took.
    pub fn accepted(&self) -> Vec<Shown> {
        let judged = self.received().into_iter().filter_map(|it| it.judged);
        judged.filter_map(Result::ok).collect()
    }

    fn script(&self, count: usize, failure: Failure) {
        lock(&self.state).failures.extend(std::iter::repeat_n(failure, count));
    }
}

/// A test that panicked has failed already, so its lock is as good as any.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn take(service: Service, secret: &str, state: &Mutex<State>, seen: &Seen) -> Reply {
    let came = came(seen);
    let at = SystemTime::now();
    let mut state = lock(state);
    let (reply, status, judged) = match state.failures.pop_front() {
        Some(Failure::Hang) => (Reply::Silence, None, None),
        Some(Failure::Status(status, wait)) => {
            let fault = Fault::new(status, "as the test says");
            let wait_field = wait.map(|wait| ("retry-after", wait.to_string()));
            let body = service.refused(&fault, wait);
            let fields = wait_field.into_iter().collect();
            (Reply::Answer { status, fields, body }, Some(status), None)
        }
        None => {
            let judged = service.check(&came, secret).and_then(|shown| {
                age(service, &came, at)?;
                Ok(shown)
            });
            let (status, body) = match &judged {
                Ok(_) => service.accepted(),
                Err(fault) => (fault.status, service.refused(fault, None)),
            };
            (Reply::status(status, &[], body), Some(status), Some(judged))
        }
    };
    state.received.push(Received { came, at, status, judged });
    reply
}

/// Refuses a webhook that was signed long ago, or will be.
fn age(service: Service, came: &Came, at: SystemTime) -> Result<(), Fault> {
    if service != Service::Webhook {
        return Ok(());
    }
    let now = at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let stamp: u64 = came.field("webhook-timestamp").parse().unwrap_or_default();
    match now.abs_diff(stamp) > AGE_MAX.as_secs() {
        true => Err(Fault::new(401, "the timestamp is too old or too new")),
        false => Ok(()),
    }
}

fn came(seen: &Seen) -> Came {
    let field = |(name, value): (&hyper::http::HeaderName, &hyper::http::HeaderValue)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    Came {
        method: seen.method.clone(),
        path: seen.path.clone(),
        fields: seen.headers.iter().map(field).collect(),
        body: String::from_utf8_lossy(&seen.body).into_owned(),
    }
}
