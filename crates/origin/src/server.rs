//! Accepts connections, answers their requests, and ends them in time.

use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};
use tower::ServiceExt as _;

use crate::control;
use crate::faults::Faults;
use crate::gauge::{CountedBody, Gauge};
use crate::handle::{Ending, Handle};
use crate::injection;
use crate::requests::Requests;
use crate::shop;
use crate::wire::Wire;

/// Connections at once. Further ones wait in the listener's backlog.
const MAX_CONNECTIONS: usize = 4_096;
/// A connection without a request for this long is closed. Longer than common connection pools
/// keep theirs, so that it is the client that lets go first.
const IDLE: Duration = Duration::from_secs(75);
/// How long requests may go on after the shutdown began.
const DRAIN: Duration = Duration::from_secs(9);
/// How long ending the rest may take, so that a shutdown takes 10 s at most.
const CLOSE: Duration = Duration::from_secs(1);
/// Pause after a failed accept: it mostly means that file descriptors ran out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Where the server's life stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// New connections and requests are taken.
    Serving,
    /// Requests that are under way may finish.
    Draining,
    /// Everything ends.
    Closed,
}

/// What all connections share.
pub(crate) struct Site {
    /// The faults put in.
    pub(crate) faults: Faults,
    /// What arrived.
    pub(crate) requests: Requests,
    /// Open connections, upgraded ones too.
    pub(crate) connections: Gauge,
    /// Requests whose answer is not complete yet.
    pub(crate) in_flight: Gauge,
}

/// Serves `listener` until `shutdown` completes, then lets requests finish, for at most 10 s.
pub async fn serve(listener: TcpListener, shutdown: impl Future<Output = ()>) {
    let phase = watch::Sender::new(Phase::Serving);
    let site = Arc::new(Site {
        faults: Faults::default(),
        requests: Requests::default(),
        connections: Gauge::new(),
        in_flight: Gauge::new(),
    });
    let routers = Routers {
        control: control::router(Arc::clone(&site)),
        shop: shop::router(phase.subscribe()),
    };
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            stream = accept(&listener, &site.connections) => {
                // Without it the kernel would hold small chunks back.
                let _ = stream.set_nodelay(true);
                let (handle, endings) = Handle::new();
                // Counted before the task starts, so that the bound and the shutdown see it.
                let wire = Wire::new(stream, handle.clone(), site.connections.enter());
                let service = {
                    let (site, routers) = (Arc::clone(&site), routers.clone());
                    service_fn(move |request| {
                        answer(request, Arc::clone(&site), routers.clone(), handle.clone())
                    })
                };
                tokio::spawn(attend(wire, service, endings, phase.subscribe()));
            }
        }
    }
    drop(listener);
    phase.send_replace(Phase::Draining);
    site.faults.clear();
    if timeout(DRAIN, site.connections.at_most(0)).await.is_err() {
        phase.send_replace(Phase::Closed);
        let _ = timeout(CLOSE, site.connections.at_most(0)).await;
    }
}

#[derive(Clone)]
struct Routers {
    control: Router,
    shop: Router,
}

async fn accept(listener: &TcpListener, connections: &Gauge) -> TcpStream {
    loop {
        connections.at_most(MAX_CONNECTIONS - 1).await;
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            Err(error) => {
                eprintln!("accept failed: {error}");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Answers one connection's requests until it ends, by itself, by a fault, or by the shutdown.
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
    let ending = loop {
        let changed = tokio::select! {
            biased;
            // An error is the client's: it went away or spoke no HTTP.
            _ = &mut connection => return,
            Some(ending) = endings.recv() => break ending,
            changed = phase.changed() => changed,
        };
        match *phase.borrow_and_update() {
            Phase::Serving if changed.is_ok() => {}
            Phase::Draining if changed.is_ok() => Pin::new(&mut connection).graceful_shutdown(),
            Phase::Serving | Phase::Draining | Phase::Closed => return,
        }
    };
    if let Some(parts) = connection.into_parts() {
        parts.io.into_inner().end(ending).await;
    }
}

async fn answer(
    request: Request<Incoming>,
    site: Arc<Site>,
    routers: Routers,
    handle: Handle,
) -> Result<Response<Body>, Infallible> {
    let request = request.map(Body::new);
    let (method, path) = (request.method(), request.uri().path());
    if control::is_control(path) {
        return routers.control.oneshot(request).await;
    }
    site.requests.record(method, path);
    let entry = site.in_flight.enter();
    let response = match site.faults.handle_request(method, path) {
        None => routers.shop.oneshot(request).await?,
        Some(hit) => injection::inject(hit, request, routers.shop, &handle).await?,
    };
    Ok(response.map(|body| Body::new(CountedBody::new(body, entry))))
}
