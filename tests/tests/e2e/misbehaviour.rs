//! Random visitors who misbehave, in front of a healthy upstream: their behaviour never causes a
//! recorded failure of the upstream.
//!
//! `BREAKWATER_MISBEHAVIOUR` is the number of exchanges, `BREAKWATER_SEED` the first seed. An
//! exchange is a function of its seed alone.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use breakwater_tests::{RawVisitor, Reply, SICK, Scripted, Seen, World, assert_unblamed, setting};
use futures_util::StreamExt;
use serde_json::json;
use tokio::time::sleep;

/// A run in CI has 1,500 exchanges, which take some seconds.
const EXCHANGES: u64 = 1_500;
/// 24 visitors come at once.
const AT_ONCE: usize = 24;

/// SplitMix64, a small generator that is good enough to vary visitors.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn one_of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len() as u64) as usize]
    }
}

/// The kind of an answer: short, long, without a body, or of unknown length.
fn answer(seen: &Seen) -> Reply {
    if seen.path == SICK {
        return Reply::status(503, &[], "sick");
    }
    let kind = seen.path.rsplit('-').next().unwrap_or_default();
    let validated: &[_] = &[("cache-control", "max-age=1"), ("etag", "\"a\"")];
    match kind {
        "long" => Reply::ok(validated, "x".repeat(400_000)),
        "empty" => Reply::status(204, &[], ""),
        "redirect" => Reply::status(302, &[("location", "/elsewhere")], "moved"),
        "missing" => Reply::status(404, &[], "missing"),
        "refused" => Reply::status(413, &[("connection", "close")], "refused"),
        _ => Reply::ok(validated, "short"),
    }
}

async fn misbehave(authority: &str, seed: u64) -> Result<()> {
    let mut random = Random(seed);
    let method =
        random.one_of(&["GET", "GET", "HEAD", "POST", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"]);
    let way = random.one_of(&["straight", "retry", "backup", "cache"]);
    let kind =
        random.one_of(&["short", "short", "long", "empty", "redirect", "missing", "refused"]);
    let path = format!("/blame/{way}/{}-{kind}", random.below(50));
    let mut visitor = RawVisitor::connect(authority).await?;
    let mut fields = vec![random.one_of(&[
        "Accept: */*",
        "Range: bytes=0-9",
        "Range: bytes=9-0",
        "If-None-Match: \"a\"",
        "Expect: 100-continue",
        "Connection: close",
        "Cookie: a=b",
        "Accept-Encoding: gzip",
        "Upgrade: nonsense",
    ])];
    let size = random.one_of(&[0, 1, 3, 1_000, 20_000, 90_000, 300_000]);
    let length = format!("Content-Length: {size}");
    let is_chunked = random.below(3) == 0;
    match random.below(4) {
        0 => {}
        _ if is_chunked => fields.push("Transfer-Encoding: chunked"),
        _ => fields.push(&length),
    }
    // Some visitors never send a complete head.
    if random.below(20) == 0 {
        visitor.send(&format!("{method} {path} HTTP/1.1\r\nHost: a\r\nX-Half")).await;
        return Ok(());
    }
    visitor.begin(method, &path, &fields).await;
    if fields.len() > 1 {
        let is_whole = send_body(&mut visitor, &mut random, size, is_chunked).await;
        if !is_whole {
            match random.below(3) {
                0 => visitor.reset(),
                1 => drop(visitor),
                _ => {
                    visitor.finish_sending().await;
                    visitor.answer(method).await?;
                }
            }
            return Ok(());
        }
    }
    read_answer(visitor, &mut random, method).await
}

/// Sends a body, or a part of it, and returns whether it was complete.
async fn send_body(
    visitor: &mut RawVisitor,
    random: &mut Random,
    size: usize,
    is_chunked: bool,
) -> bool {
    let pieces = 1 + random.below(4);
    let stops_at = if random.below(3) == 0 { random.below(pieces) } else { pieces };
    let pause = Duration::from_millis(random.one_of(&[0, 0, 5, 40]));
    for piece in 0..pieces {
        if piece == stops_at {
            if is_chunked && random.below(2) == 0 {
                visitor.send(random.one_of(&["zz\r\n", "5\r\nab", "\r\n\r\n", "-1\r\n"])).await;
            }
            return false;
        }
        // The last piece has the rest.
        let share = size / pieces as usize;
        let bytes = if piece + 1 == pieces { size - share * piece as usize } else { share };
        let data = vec![b'x'; bytes];
        if is_chunked {
            if bytes > 0 {
                visitor.send(&format!("{bytes:x}\r\n")).await;
                visitor.send(&data).await;
                visitor.send("\r\n").await;
            }
        } else {
            visitor.send(&data).await;
        }
        sleep(pause).await;
    }
    if is_chunked {
        visitor.send("0\r\n\r\n").await;
    }
    true
}

/// Reads an answer as a visitor does who may lose interest.
async fn read_answer(mut visitor: RawVisitor, random: &mut Random, method: &str) -> Result<()> {
    match random.below(8) {
        // The visitor leaves before the answer, in the middle of it, or after reading it slowly.
        0 => visitor.reset(),
        1 => drop(visitor),
        2 => {
            visitor.read_some().await;
            visitor.reset();
        }
        3 => {
            sleep(Duration::from_millis(random.below(30))).await;
            visitor.reset();
        }
        4 => {
            for _ in 0..5 {
                sleep(Duration::from_millis(5)).await;
                if visitor.read_some().await == 0 {
                    break;
                }
            }
        }
        // The visitor sends more requests before the answer, and invalid ones.
        5 => {
            visitor.begin("GET", "/blame/straight/0-short", &[]).await;
            visitor.send("nonsense\r\n\r\n").await;
            visitor.answer(method).await?;
        }
        6 => {
            visitor.finish_sending().await;
            visitor.answer(method).await?;
        }
        _ => {
            visitor.answer(method).await?;
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_visitors_misbehaviour_is_recorded_against_the_upstream() -> Result<()> {
    let exchanges = setting("BREAKWATER_MISBEHAVIOUR", EXCHANGES)?;
    let first = setting("BREAKWATER_SEED", 1)?;
    let upstream = Scripted::start(answer).await?;
    let world = World::start_with(
        "misbehaviour",
        &[
            ("BREAKWATER_UPSTREAM_BLAMED", upstream.url()),
            ("BREAKWATER_UPSTREAM_BACKUP", upstream.url()),
        ],
    )?;
    let authority: Arc<str> = world.visitor.authority().into();
    let mut visitors = futures_util::stream::iter(first..first + exchanges)
        .map(|seed| {
            let authority = Arc::clone(&authority);
            async move { misbehave(&authority, seed).await.with_context(|| format!("seed {seed}")) }
        })
        .buffer_unordered(AT_ONCE);
    let mut done = 0;
    while let Some(exchange) = visitors.next().await {
        exchange?;
        done += 1;
        // The test looks often, since a failure leaves the window after a minute.
        if done % 250 == 0 {
            let circuit = world.circuit("blamed").await?;
            assert_eq!(circuit["failures"], json!(0), "after {done}: {circuit}");
            assert_eq!(circuit["state"], json!("closed"), "after {done}: {circuit}");
        }
    }
    // Counts that were not reported yet are reported with the next failures.
    assert_unblamed(&world).await?;
    Ok(())
}
