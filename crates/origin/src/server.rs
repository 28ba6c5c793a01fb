//! Accepts connections, answers their requests, and ends them in time.

use std::convert::Infallible;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Request, Response, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};
use tower::ServiceExt as _;
use tracing::{error, info, warn};

use crate::access_log::Access;
use crate::arrivals::Arrivals;
use crate::control;
use crate::faults::Faults;
use crate::gauge::{CountedBody, Gauge};
use crate::handle::{Ending, Handle};
use crate::health::Health;
use crate::http_client::HttpClient;
use crate::injection;
use crate::outgoing::Outgoing;
use crate::process;
use crate::requests::Requests;
use crate::settings::Settings;
use crate::shop;
use crate::shutdown::{Ended, LINGER, backlog, shares};
use crate::tls;
use crate::wire::Wire;

pub(crate) use crate::shutdown::Phase;

/// The server has at most 4,096 connections. Further ones wait in the listener's backlog.
const MAX_CONNECTIONS: usize = 4_096;
/// A connection without a request is closed after 75 s. That is longer than the time of common
/// connection pools, so the client closes first.
const IDLE: Duration = Duration::from_secs(75);
/// The server pauses for 50 ms after a failed accept, which mostly means that it is out of file
/// descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The state that all connections share.
pub(crate) struct Site {
    /// The injected faults.
    pub(crate) faults: Faults,
    /// The counts of requests.
    pub(crate) requests: Requests,
    /// The file of requests.
    pub(crate) arrivals: Arrivals,
    /// The open connections, including upgraded ones.
    pub(crate) connections: Gauge,
    /// The requests whose answers are not complete.
    pub(crate) in_flight: Gauge,
}

/// Serves `listener` until `stop` completes. Then it lets requests finish, closes all connections,
/// including those to dependencies, and returns how the shutdown went.
///
/// # Errors
/// Returns an error if certificates that the settings name cannot be read, or their file of
/// arrivals cannot be written.
pub async fn serve(
    listener: TcpListener,
    settings: Settings,
    stop: impl Future<Output = ()>,
) -> io::Result<Ended> {
    let server = Server::start(&settings).await?;
    server.accept_until(&listener, stop).await;

    let begun = Instant::now();
    info!(event = "shutdown.begun", "no longer ready");
    server.phase.send_replace(Phase::Leaving);
    if !settings.shutdown_delay.is_zero() {
        server.accept_until(&listener, sleep(settings.shutdown_delay)).await;
    }
    for stream in backlog(listener) {
        server.attend(stream);
    }
    server.phase.send_replace(Phase::Draining);
    server.site.faults.clear();

    let whole = settings.shutdown_timeout.saturating_sub(begun.elapsed());
    let ended = server.drain(whole).await;
    let took_ms = begun.elapsed().as_millis() as u64;
    let requests = server.site.requests.received();
    match ended {
        Ended::Clean => info!(event = "shutdown.done", took_ms, requests, "stopped"),
        Ended::GaveUp => error!(event = "shutdown.gave_up", took_ms, requests, "stopped too early"),
    }
    Ok(ended)
}

struct Server {
    site: Arc<Site>,
    routers: Routers,
    health: Arc<Health>,
    phase: watch::Sender<Phase>,
}

#[derive(Clone)]
struct Routers {
    control: Router,
    shop: Router,
}

impl Server {
    async fn start(settings: &Settings) -> io::Result<Self> {
        let tls = tls::load(settings).await?;
        let client = HttpClient::new(tls.services);
        let phase = watch::Sender::new(Phase::Serving);
        let site = Arc::new(Site {
            faults: Faults::default(),
            requests: Requests::default(),
            arrivals: Arrivals::open(settings.arrivals.as_deref())?,
            connections: Gauge::new(),
            in_flight: Gauge::new(),
        });
        let outgoing = Outgoing::new(settings, &client);
        let mut health = Health::start(settings, &client, tls.database);
        outgoing.show_in(&mut health);
        shop::show_in(&mut health);
        process::show_in(&mut health, phase.subscribe(), &site);
        let health = Arc::new(health);
        let routers = Routers {
            control: control::router(Arc::clone(&site)),
            shop: shop::router(phase.subscribe(), Arc::clone(&health), outgoing),
        };
        Ok(Self { site, routers, health, phase })
    }

    async fn accept_until(&self, listener: &TcpListener, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        loop {
            tokio::select! {
                biased;
                () = &mut stop => return,
                stream = accept(listener, &self.site.connections) => self.attend(stream),
            }
        }
    }

    /// Starts to answer the requests of a connection.
    fn attend(&self, stream: TcpStream) {
        // Otherwise the kernel would hold small chunks back.
        let _ = stream.set_nodelay(true);
        let (handle, endings) = Handle::new();
        // The connection is counted before its task starts, so that the limit and the shutdown see
        // it.
        let wire = Wire::new(stream, handle.clone(), self.site.connections.enter());
        let service = {
            let (site, routers) = (Arc::clone(&self.site), self.routers.clone());
            let phase = self.phase.subscribe();
            service_fn(move |request| {
                let (site, routers) = (Arc::clone(&site), routers.clone());
                answer(request, site, routers, handle.clone(), phase.clone())
            })
        };
        tokio::spawn(attend(wire, service, endings, self.phase.subscribe()));
    }

    /// Lets requests finish and closes all connections, within `whole`.
    async fn drain(&self, whole: Duration) -> Ended {
        let (requests, closing) = shares(whole);
        let connections = &self.site.connections;
        let drained = timeout(requests, connections.at_most(0)).await.is_ok();
        self.phase.send_replace(Phase::Closed);
        if !drained {
            warn!(
                event = "shutdown.late",
                connections = connections.open(),
                "requests are cut off"
            );
        }
        let (closed, _) =
            tokio::join!(self.health.close(closing), timeout(closing, connections.at_most(0)),);
        if drained && closed { Ended::Clean } else { Ended::GaveUp }
    }
}

async fn accept(listener: &TcpListener, connections: &Gauge) -> TcpStream {
    loop {
        connections.at_most(MAX_CONNECTIONS - 1).await;
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            Err(error) => {
                let kind = error.kind().to_string();
                warn!(event = "accept.failed", error.r#type = kind, "accept failed: {error}");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Answers the requests of a connection until it ends: by itself, by a fault, or by the shutdown.
async fn attend<S>(
    wire: Wire,
    service: S,
    mut endings: mpsc::Receiver<Ending>,
    mut phase: watch::Receiver<Phase>,
) where
    S: HttpService<Incoming, ResBody = Body, Error = Infallible> + Unpin,
    S::Future: Send + 'static,
{
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE)
        .serve_connection(TokioIo::new(wire), service)
        .with_upgrades();
    let mut lingering = pin!(linger(phase.clone()));
    let mut has_lingered = false;
    let ending = loop {
        tokio::select! {
            biased;
            // The error is the client's: it has gone away or does not speak HTTP.
            _ = &mut connection => return,
            Some(ending) = endings.recv() => break ending,
            // An error means that the server is gone.
            _ = phase.wait_for(|phase| *phase == Phase::Closed) => return,
            () = &mut lingering, if !has_lingered => {}
        }
        has_lingered = true;
        Pin::new(&mut connection).graceful_shutdown();
    };
    if let Some(parts) = connection.into_parts() {
        parts.io.into_inner().end(ending).await;
    }
}

/// Waits until a connection without a request is to be closed.
async fn linger(mut phase: watch::Receiver<Phase>) {
    let _ = phase.wait_for(|phase| matches!(phase, Phase::Draining | Phase::Closed)).await;
    sleep(LINGER).await;
}

async fn answer(
    request: Request<Incoming>,
    site: Arc<Site>,
    routers: Routers,
    handle: Handle,
    phase: watch::Receiver<Phase>,
) -> Result<Response<Body>, Infallible> {
    let request = request.map(Body::new);
    let (method, path) = (request.method(), request.uri().path());
    let mut response = if control::is_control(path) {
        routers.control.oneshot(request).await?
    } else {
        let access = Access::begin(&request);
        site.requests.record(method, path);
        site.arrivals.record(&request);
        let entry = site.in_flight.enter();
        let response = match site.faults.handle_request(method, path) {
            None => routers.shop.oneshot(request).await?,
            Some(hit) => injection::inject(hit, request, routers.shop, &handle).await?,
        };
        access.end(response.status());
        response.map(|body| Body::new(CountedBody::new(body, entry)))
    };
    if matches!(*phase.borrow(), Phase::Draining | Phase::Closed) {
        let close = HeaderValue::from_static("close");
        response.headers_mut().entry(header::CONNECTION).or_insert(close);
    }
    Ok(response)
}
