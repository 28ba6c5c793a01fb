//! That no request, whatever comes of it, leaves a handle behind: the table of values of JavaScript
//! that Rust holds is as full after very many requests as after few.
//!
//! `BREAKWATER_LEAKS` is the number of requests.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;
use breakwater_tests::verbatim::{Piece, Raw, chunk, gzip, message, path_of, sized};
use breakwater_tests::{RawVisitor, Reply, Scripted, Seen, World, setting};
use futures_util::StreamExt as _;
use tokio::time::sleep;

/// Requests of a run in CI: some seconds' worth.
const REQUESTS: u64 = 4_000;
/// Requests before the handles are first counted: by then every kind has been asked for on every
/// path, and all that is made once is there.
const WARM_UP: u64 = 1_000;
/// Visitors at once.
const AT_ONCE: usize = 16;
/// Handles that may be more than before without a leak: objects sleep and wake, and what they hold
/// is freed when the engine collects them.
const SPARE: u64 = 8;
/// Looks after which the handles that are left are taken for lost: 70 s. Calls that no visitor
/// waits for, and bodies that no one ends, last for up to the longest deadline and pause of a
/// route, which is the minute of `upload_idle`.
const LOST_AFTER: u32 = 700;

/// What a request has: its method, its path, its fields and its body.
type Kind = (&'static str, &'static str, &'static [(&'static str, &'static str)], &'static str);

/// Has the upstream of bytes break the connection.
const FAILS: (&str, &str) = ("x-fails", "1");
const OPERATOR: (&str, &str) = ("authorization", "Bearer dev");
const SCRIPT: (&str, &str) = ("origin", "https://elsewhere.example");

/// One of each kind that a client with manners sends.
const KINDS: &[Kind] = &[
    // Straight to the upstream and back.
    ("GET", "/webhooks/plain", &[], ""),
    ("POST", "/webhooks/plain", &[], "an order"),
    ("POST", "/blame/straight/plain", &[], "an order"),
    ("PUT", "/blame/straight/plain", &[("expect", "100-continue")], "an order"),
    ("DELETE", "/blame/straight/plain", &[], ""),
    ("GET", "/blame/straight/plain", &[], "a body without a meaning"),
    ("TRACE", "/scripted/plain", &[], ""),
    ("PROPFIND", "/scripted/plain", &[], ""),
    ("GET", "/scripted/moved", &[], ""),
    ("GET", "/scripted/sick", &[], ""),
    ("GET", "/scripted/plain", &[SCRIPT], ""),
    ("OPTIONS", "/scripted/plain", &[SCRIPT, ("access-control-request-method", "PUT")], ""),
    // The ladder: attempts, a backup, copies.
    ("GET", "/retried/plain", &[], ""),
    ("GET", "/retried/plain", &[FAILS], ""),
    ("POST", "/blame/retry/plain", &[], "an order"),
    ("GET", "/backed/plain", &[FAILS], ""),
    ("POST", "/blame/backup/plain", &[], "an order"),
    ("GET", "/cached/page", &[], ""),
    ("GET", "/cached/page", &[FAILS], ""),
    ("HEAD", "/cached/page", &[], ""),
    ("GET", "/cached/page", &[("range", "bytes=1-3")], ""),
    ("GET", "/cached/page", &[("range", "bytes=3-1")], ""),
    ("GET", "/cached/page", &[("range", "bytes=1-3"), FAILS], ""),
    ("GET", "/cached/page", &[("if-none-match", "\"a\"")], ""),
    ("GET", "/cached/coded", &[("accept-encoding", "gzip")], ""),
    ("GET", "/cached/coded", &[], ""),
    ("GET", "/cached/varies", &[("accept-language", "de")], ""),
    ("GET", "/cached/varies", &[("accept-language", "fr")], ""),
    ("GET", "/kept/page", &[], ""),
    ("GET", "/kept/page", &[FAILS], ""),
    ("POST", "/blame/cache/plain", &[], "what changes copies"),
    ("GET", "/products/1", &[], ""),
    ("GET", "/api/me", &[("authorization", "Bearer visitor")], ""),
    ("GET", "/api/stream?chunks=3&every_ms=1", &[], ""),
    // What an upstream does wrong.
    ("GET", "/scripted/plain", &[FAILS], ""),
    ("GET", "/scripted/broken", &[], ""),
    ("GET", "/kept/broken", &[], ""),
    ("GET", "/kept/endless", &[], ""),
    ("GET", "/kept/nonsense", &[], ""),
    ("GET", "/scripted/nonsense", &[], ""),
    ("GET", "/cached/nonsense", &[], ""),
    ("GET", "/files/rejected", &[], ""),
    // What no upstream is asked for.
    ("GET", "/scripted/%zz", &[], ""),
    ("GET", "/scripted/..%2f", &[], ""),
    ("GET", "/scripted/again", &[("via", "1.1 breakwater")], ""),
    ("GET", "/health", &[], ""),
    ("HEAD", "/health/ready", &[], ""),
    ("POST", "/health/live", &[], ""),
    ("GET", "/_breakwater/upstreams", &[OPERATOR], ""),
    ("GET", "/_breakwater/upstreams", &[], ""),
    ("GET", "/_breakwater/nonsense", &[OPERATOR], ""),
    ("POST", "/_breakwater/upstreams/api/override", &[OPERATOR], "no order"),
];

/// What is answered byte by byte.
fn bytes(head: &str) -> Vec<Piece> {
    if head.contains("x-fails: 1") {
        return vec![Piece::Reset];
    }
    let path = path_of(head);
    let page = |fields: &[&str]| sized("200 OK", fields, b"<html><body>a page</body></html>");
    let html = "content-type: text/html";
    let whole = match path.rsplit('/').next().unwrap_or_default() {
        "page" => page(&[html, "cache-control: max-age=1", "etag: \"a\""]),
        "coded" => {
            let fields =
                ["content-encoding: gzip", "vary: accept-encoding", "cache-control: max-age=60"];
            sized("200 OK", &fields, &gzip(b"a page"))
        }
        "varies" => page(&["cache-control: max-age=1", "vary: accept-language"]),
        "moved" => sized("302 Found", &["location: /scripted/plain", "refresh: 0; url=/"], b""),
        "sick" => sized("503 Service Unavailable", &["retry-after: 1"], b"sick"),
        // A length that no stream can have.
        "nonsense" => message("200 OK", &["content-length: 9007199254740993"], b"a page"),
        "broken" | "endless" => {
            let begin = message("200 OK", &[html, "transfer-encoding: chunked"], &chunk(b"a p"));
            let end = if path.ends_with("broken") { Piece::Reset } else { Piece::Close };
            return vec![Piece::Bytes(begin), end];
        }
        "silent" => return vec![Piece::Wait],
        _ => page(&[html]),
    };
    // The rest of a body that is too short would be read from the next answer.
    let end = if path.ends_with("nonsense") { vec![Piece::Close] } else { Vec::new() };
    [vec![Piece::Bytes(whole)], end].concat()
}

fn reply(_: &Seen) -> Reply {
    Reply::ok(&[("set-cookie", "a=b")], "taken")
}

/// A visitor who leaves without reading the answer: after a plain request, in the middle of a body,
/// after a malformed body, or after a request whose URL names a user.
async fn leave(authority: &str, number: u64) -> Result<()> {
    let mut visitor = RawVisitor::connect(authority).await?;
    match number % 4 {
        0 => visitor.begin("GET", "/backed/silent", &[]).await,
        1 => {
            visitor.begin("POST", "/blame/retry/upload", &["Content-Length: 100000"]).await;
            visitor.send([b'x'; 50_000]).await;
        }
        2 => {
            visitor.begin("POST", "/blame/straight/upload", &["Transfer-Encoding: chunked"]).await;
            visitor.send("5\r\nhello\r\nnonsense\r\n").await;
        }
        _ => visitor.begin("GET", "http://a:b@shop.example/scripted/plain", &[]).await,
    }
    sleep(Duration::from_millis(number % 7)).await;
    visitor.reset();
    Ok(())
}

/// A visitor of the site; where their answer came from.
async fn visit(world: &World, number: u64) -> Result<String> {
    let one_of = KINDS.len() as u64 + 2;
    match KINDS.get((number % one_of) as usize) {
        Some((method, path, fields, body)) => {
            // What breaks off amid its body brings no answer.
            let answer = world.visitor.send(method, path, fields, *body).await;
            Ok(answer.map_or_else(|_| "broken".into(), |answer| answer.told("source").to_owned()))
        }
        None if number % one_of == one_of - 1 => {
            let url = format!("ws://{}/ws", world.visitor.authority());
            // On a busy machine the circuit may be open.
            let socket = tokio_tungstenite::connect_async(url).await;
            Ok(if socket.is_ok() { "websocket" } else { "fallback" }.into())
        }
        None => {
            leave(world.visitor.authority(), number / one_of).await?;
            Ok("left".into())
        }
    }
}

/// How often each source answered these visitors.
async fn visit_all(world: &World, visitors: std::ops::Range<u64>) -> Result<BTreeMap<String, u64>> {
    let mut sources = BTreeMap::new();
    let mut answers = futures_util::stream::iter(visitors)
        .map(|number| visit(world, number))
        .buffer_unordered(AT_ONCE);
    while let Some(source) = answers.next().await {
        *sources.entry(source?).or_default() += 1;
    }
    Ok(sources)
}

/// How many handles there are when nothing is under way: once there are no more than `enough`, or
/// `quiet` looks in a row, ten in a second, find no fewer.
async fn handles(world: &World, enough: u64, quiet: u32) -> Result<u64> {
    let (mut fewest, mut since) = (u64::MAX, 0);
    while fewest > enough && since < quiet {
        let count = world.visitor.get("/__handles").await?.text().parse()?;
        since = if count < fewest { 0 } else { since + 1 };
        fewest = fewest.min(count);
        sleep(Duration::from_millis(100)).await;
    }
    Ok(fewest)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_leaves_a_handle_behind() -> Result<()> {
    let requests = setting("BREAKWATER_LEAKS", REQUESTS)?;
    let upstream = Raw::start(bytes)?;
    let replies = Scripted::start(reply).await?;
    let sick = Scripted::start(|_| Reply::json(500, "{}")).await?;
    let mut world = World::start_with(
        "no_request_leaves_a_handle",
        &[
            ("BREAKWATER_FAULT", "handles"),
            ("BREAKWATER_UPSTREAM_SCRIPTED", upstream.url()),
            ("BREAKWATER_UPSTREAM_BLAMED", replies.url()),
            ("BREAKWATER_UPSTREAM_BACKUP", replies.url()),
            ("BREAKWATER_UPSTREAM_STORED", sick.url()),
        ],
    )?;
    visit_all(&world, 0..WARM_UP).await?;
    assert_eq!(world.stack.scheduled()?, "ok");
    let before = handles(&world, 0, 40).await?;
    let sources = visit_all(&world, WARM_UP..WARM_UP + requests).await?;
    assert_eq!(world.stack.scheduled()?, "ok");
    let after = handles(&world, before + SPARE, LOST_AFTER).await?;
    println!("{requests} requests: {before} handles before, {after} after; {sources:?}");
    for source in ["origin", "cache", "stale", "backup", "fallback", "left", "websocket"] {
        assert!(sources.contains_key(source), "{source}: {sources:?}");
    }
    assert!(after <= before + SPARE, "{before} handles before, {after} after: {sources:?}");
    Ok(())
}
