//! Reports of errors to Sentry, by its own crate, where the environment names a project.
//!
//! What is logged as an error, a panic among it, becomes an event. The requests go through the
//! HTTP client that this server has for other services, rather than through a second one.

use std::str::FromStr as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request};
use sentry::types::Dsn;
use sentry::{ClientInitGuard, ClientOptions, Envelope, Transport, TransportOptions};
use tokio::runtime::Handle;

use crate::http_client::HttpClient;
use crate::log::{SERVICE, VERSION};
use crate::secret::Secret;
use crate::tls;

/// The largest number of reports that are under way. More are dropped: errors come in crowds, and
/// a crowd is one issue.
const UNDER_WAY_MAX: usize = 8;
/// Sentry answers within 5 s, or the report is lost.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// Bytes of an answer that are read.
const ANSWER_MAX: usize = 1024;
/// What the requests call themselves.
const USER_AGENT: &str = concat!("breakwater-origin/", env!("CARGO_PKG_VERSION"));

/// Begins to report what is logged as an error; nothing without a DSN. Reports that are under way
/// have 2 s when the guard is dropped, which the runtime must outlive.
pub fn report_errors(dsn: Option<&Secret>, runtime: &Handle) -> Option<ClientInitGuard> {
    // The settings have tried to read it already.
    let dsn = Dsn::from_str(dsn?.expose()).ok()?;
    let client = HttpClient::new(tls::of_system().ok()?);
    let factory = ReportFactory { client, runtime: runtime.clone() };
    let mut options = ClientOptions::new()
        .release(format!("{SERVICE}@{VERSION}"))
        // Of a visitor's nothing is sent but what the log says of an error.
        .send_default_pii(false)
        .max_breadcrumbs(0)
        .default_integrations(false)
        .server_name(SERVICE)
        .transport(factory);
    options.dsn = Some(dsn);
    Some(sentry::init(options))
}

struct ReportFactory {
    client: HttpClient,
    runtime: Handle,
}

impl sentry::TransportFactory for ReportFactory {
    fn create_transport_with_options(&self, options: TransportOptions) -> Arc<dyn Transport> {
        Arc::new(ReportTransport {
            url: options.dsn.envelope_api_url().to_string(),
            auth: options.dsn.to_auth(Some(USER_AGENT)).to_string(),
            client: self.client.clone(),
            runtime: self.runtime.clone(),
            under_way: Arc::default(),
        })
    }
}

struct ReportTransport {
    url: String,
    auth: String,
    client: HttpClient,
    runtime: Handle,
    under_way: Arc<ReportsUnderWay>,
}

#[derive(Default)]
struct ReportsUnderWay {
    count: AtomicUsize,
    lock: Mutex<()>,
    ended: Condvar,
}

impl ReportsUnderWay {
    fn begin(&self) -> bool {
        let begun = self.count.fetch_update(Ordering::AcqRel, Ordering::Acquire, |count| {
            (count < UNDER_WAY_MAX).then_some(count + 1)
        });
        begun.is_ok()
    }

    fn end(&self) {
        let _held = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        self.count.fetch_sub(1, Ordering::AcqRel);
        self.ended.notify_all();
    }

    /// Waits until none is under way. Returns whether that came in time.
    fn wait(&self, limit: Duration) -> bool {
        let held = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        let some = |_: &mut ()| self.count.load(Ordering::Acquire) > 0;
        let waited = self.ended.wait_timeout_while(held, limit, some);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }
}

impl Transport for ReportTransport {
    fn send_envelope(&self, envelope: Envelope) {
        let mut body = Vec::new();
        let request = Request::builder()
            .method(Method::POST)
            .uri(&self.url)
            .header("content-type", "application/x-sentry-envelope")
            .header("user-agent", USER_AGENT)
            .header("x-sentry-auth", &self.auth);
        let Ok(()) = envelope.to_writer(&mut body) else { return };
        let Ok(request) = request.body(Body::from(body)) else { return };
        if !self.under_way.begin() {
            return;
        }
        let (client, under_way) = (self.client.clone(), Arc::clone(&self.under_way));
        self.runtime.spawn(async move {
            // The log has the error, whether its report arrives or not.
            let _ = client.send(request, ANSWER_MAX, ANSWER_WITHIN).await;
            under_way.end();
        });
    }

    fn flush(&self, timeout: Duration) -> bool {
        self.under_way.wait(timeout)
    }
}
