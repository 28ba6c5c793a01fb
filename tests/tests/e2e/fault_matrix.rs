//! Every fault with every kind of request: the answer, its source, its time, and the number of
//! requests to the backend.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use breakwater_tests::{World, eventually};
use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite;

/// The target of a visitor's request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    /// A page with a stored response.
    Seen,
    /// A page without a stored response.
    Unseen,
    ApiGet,
    Post,
    /// An asset with a stored response.
    Asset,
    Stream,
    WebSocket,
    /// A part of an asset with a stored response.
    Range,
}

use Target::{ApiGet, Asset, Post, Range, Seen, Stream, Unseen, WebSocket};

const TARGETS: [Target; 8] = [Seen, Unseen, ApiGet, Post, Asset, Stream, WebSocket, Range];

impl Target {
    const fn path(self) -> &'static str {
        match self {
            Seen => "/",
            Unseen => "/products",
            ApiGet => "/api/echo",
            Post => "/api/orders",
            Asset | Range => "/assets/style.css",
            Stream => "/api/stream?chunks=3&every_ms=50",
            WebSocket => "/ws",
        }
    }
}

/// The time of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Soon {
    /// The answer waits for the network only; on a busy machine that takes up to two seconds.
    AtOnce,
    /// The answer comes when the patience ends, after half a second.
    Patience,
    /// The answer comes when the route's time-out ends, after this many seconds.
    TimeOut(u64),
    /// The answer comes as slowly as the backend sends.
    Slowly,
}

use Soon::{AtOnce, Patience, Slowly, TimeOut};

impl Soon {
    fn holds(self, took: Duration) -> bool {
        let bounds = match self {
            AtOnce => (0, 2_000),
            Patience => (450, 2_000),
            TimeOut(seconds) => (seconds * 1_000 - 50, seconds * 1_000 + 2_000),
            Slowly => (100, 10_000),
        };
        (bounds.0..bounds.1).contains(&(took.as_millis() as u64))
    }
}

/// The expectation: the status, the source, the time, the number of requests to the backend, and
/// whether the body is complete.
type Expected = (u16, &'static str, Soon, u64, bool);

/// The observation.
#[derive(Debug)]
#[expect(dead_code, reason = "`detail` is for the reader of a failure")]
struct Came {
    status: u16,
    source: String,
    took: Duration,
    asked: u64,
    is_whole: bool,
    /// The reason for a fallback.
    detail: String,
}

/// The rows are faults, with columns in the order of [`TARGETS`]. A broken body whose beginning
/// went out cannot be taken back; that happens where no stored response could replace it.
fn matrix() -> Vec<(&'static str, Value, [Expected; 8])> {
    let status = |status: u16| json!({"match": "/*", "kind": "status", "status": status});
    let kind = |kind: &str| json!({"match": "/*", "kind": kind});
    let delayed = |kind: &str, ms: u64| json!({"match": "/*", "kind": kind, "delay_ms": ms});
    // Seen, Unseen, ApiGet, Post, Asset, Stream, WebSocket, Range.
    let answered = |status: u16| {
        let own = (status, "origin", AtOnce, 1, true);
        let stale = (200, "stale", AtOnce, 1, true);
        [stale, own, own, own, stale, own, own, (206, "stale", AtOnce, 1, true)]
    };
    let broken = {
        let none = (503, "fallback", AtOnce, 1, true);
        let stale = (200, "stale", AtOnce, 1, true);
        [stale, none, none, none, stale, none, none, (206, "stale", AtOnce, 1, true)]
    };
    let late = {
        let fine = (200, "origin", AtOnce, 1, true);
        let (placed, socket) = ((201, "origin", AtOnce, 1, true), (101, "", AtOnce, 1, true));
        [fine, fine, fine, placed, fine, fine, socket, (206, "origin", AtOnce, 1, true)]
    };
    let hanging = {
        let stale = (200, "stale", Patience, 1, true);
        let none = |seconds| (503, "fallback", TimeOut(seconds), 1, true);
        [
            stale,
            none(3),
            none(5),
            none(5),
            stale,
            none(5),
            none(2),
            (206, "stale", Patience, 1, true),
        ]
    };
    let truncated = {
        let stale = (200, "stale", AtOnce, 1, true);
        let cut = |status| (status, "origin", AtOnce, 1, false);
        let none = (503, "fallback", AtOnce, 1, true);
        let socket = (101, "", AtOnce, 1, true);
        [stale, none, cut(200), cut(201), stale, cut(200), socket, (206, "stale", AtOnce, 1, true)]
    };
    let slow = {
        let stale = (200, "stale", Patience, 1, true);
        let slow = |status| (status, "origin", Slowly, 1, true);
        let socket = (101, "", AtOnce, 1, true);
        // An order's answer fits in one piece, and so do ten bytes.
        let (placed, part) = ((201, "origin", AtOnce, 1, true), (206, "origin", AtOnce, 1, true));
        [stale, slow(200), slow(200), placed, stale, slow(200), socket, part]
    };
    vec![
        ("status 500", status(500), answered(500)),
        ("status 502", status(502), answered(502)),
        ("status 503", status(503), answered(503)),
        ("status 504", status(504), answered(504)),
        ("latency", delayed("latency", 150), late),
        ("hang", kind("hang"), hanging),
        ("reset", kind("reset"), broken),
        ("garbage", kind("garbage"), broken),
        ("truncate", kind("truncate"), truncated),
        ("slow_body", delayed("slow_body", 150), slow),
    ]
}

#[tokio::test]
async fn every_fault_has_its_answer() -> Result<()> {
    let world = World::start("every_fault_has_its_answer")?;
    prepare(&world).await?;
    let mut wrong = Vec::new();
    for (name, fault, expected) in matrix() {
        for (target, expected) in TARGETS.into_iter().zip(expected) {
            world.mend_backend().await?;
            reset_circuits(&world).await?;
            let before = world.requests_to(path_of(target)).await?;
            world.break_backend(fault.clone()).await?;
            let mut came =
                ask(&world, target).await.with_context(|| format!("{name}: {target:?}"))?;
            came.asked = world.requests_to(path_of(target)).await? - before;
            if !holds(expected, &came) {
                wrong.push(format!("{name}: {target:?}: expected {expected:?}, got {came:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

#[tokio::test]
async fn a_backend_that_is_gone_has_its_answers_too() -> Result<()> {
    let mut world = World::start("a_backend_that_is_gone")?;
    prepare(&world).await?;
    world.origin.kill();
    let none = (503, "fallback", AtOnce, 0, true);
    let stale = (200, "stale", AtOnce, 0, true);
    let expected = [stale, none, none, none, stale, none, none, (206, "stale", AtOnce, 0, true)];
    // The second round finds circuits open, and the answers are the same.
    for round in 0..2 {
        for (target, expected) in TARGETS.into_iter().zip(expected) {
            let came = ask(&world, target).await?;
            assert!(
                holds(expected, &came),
                "{round}: {target:?}: expected {expected:?}, got {came:?}"
            );
        }
    }
    Ok(())
}

fn holds((status, source, soon, asked, is_whole): Expected, came: &Came) -> bool {
    (status, source, asked, is_whole) == (came.status, &came.source, came.asked, came.is_whole)
        && soon.holds(came.took)
}

/// The path under which the backend counts.
fn path_of(target: Target) -> &'static str {
    target.path().split('?').next().unwrap_or_default()
}

/// Requests the pages that need a stored response, until they have one.
async fn prepare(world: &World) -> Result<()> {
    for path in [Seen.path(), Asset.path()] {
        world.see(path).await?;
    }
    Ok(())
}

/// A success ends each run of failures, so that the faults find closed circuits.
async fn reset_circuits(world: &World) -> Result<()> {
    for path in ["/nothing-here", "/products/3", "/api/products"] {
        eventually("the circuit is closed, and lets a success through", async || {
            let answer = world.visitor.get(path).await?;
            let is_well = (answer.told("circuit"), answer.told("source")) == ("closed", "origin");
            Ok(is_well.then_some(()))
        })
        .await?;
    }
    Ok(())
}

async fn ask(world: &World, target: Target) -> Result<Came> {
    if target == WebSocket {
        return ask_for_socket(world).await;
    }
    let method = if target == Post { "POST" } else { "GET" };
    let mut request = hyper::Request::builder()
        .method(method)
        .uri(target.path())
        .header("host", world.visitor.authority());
    if target == Range {
        request = request.header("range", "bytes=0-9");
    }
    let body = if target == Post { r#"{"items":[]}"# } else { "" };
    let start = Instant::now();
    let request = request.header("content-type", "application/json");
    let answer = match body {
        "" => world.visitor.exchange(request.body(Empty::<Bytes>::new())?).await?,
        body => world.visitor.exchange(request.body(body.to_owned())?).await?,
    };
    let (head, body) = answer.into_parts();
    let length =
        head.headers.get("content-length").and_then(|length| length.to_str().ok()?.parse().ok());
    let body = body.collect().await.map(|body| body.to_bytes());
    let field =
        |name| head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_whole = match &body {
        Ok(body) => is_whole(target, field("content-type"), body, length),
        Err(_) => false,
    };
    let source = field("breakwater").rsplit("source=").next().unwrap_or_default().to_owned();
    let (status, took) = (head.status.as_u16(), start.elapsed());
    let detail = match body {
        Ok(body) if source == "fallback" => String::from_utf8_lossy(&body).into_owned(),
        Ok(_) | Err(_) => String::new(),
    };
    Ok(Came { status, source, took, asked: 0, is_whole, detail })
}

/// Whether a body is complete, as far as its kind shows.
fn is_whole(target: Target, content_type: &str, body: &[u8], length: Option<usize>) -> bool {
    let is_json = content_type.contains("json");
    let ends = |end: &str| body.ends_with(end.as_bytes());
    length.is_none_or(|length| length == body.len())
        && match target {
            _ if is_json => serde_json::from_slice::<Value>(body).is_ok(),
            _ if content_type.contains("html") => ends("</html>\n") || ends("</h1>\n"),
            Stream => ends("chunk 3\n"),
            Range => body.len() == 10,
            Seen | Unseen | ApiGet | Post | Asset | WebSocket => !body.is_empty(),
        }
}

async fn ask_for_socket(world: &World) -> Result<Came> {
    let start = Instant::now();
    let url = format!("ws://{}/ws", world.visitor.authority());
    let (status, source) = match tokio_tungstenite::connect_async(url).await {
        Ok((_, answer)) => (answer.status().as_u16(), String::new()),
        Err(tungstenite::Error::Http(answer)) => {
            let told = answer.headers().get("breakwater").and_then(|value| value.to_str().ok());
            let source = told.and_then(|told| told.rsplit("source=").next()).unwrap_or_default();
            (answer.status().as_u16(), source.to_owned())
        }
        Err(error) => return Err(error.into()),
    };
    let (took, detail) = (start.elapsed(), String::new());
    Ok(Came { status, source, took, asked: 0, is_whole: true, detail })
}
