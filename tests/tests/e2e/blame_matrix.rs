//! Every method with every kind of body on every kind of route: the visitor's answer, the request
//! that reaches the upstream, and the counts. The upstream is healthy throughout, so no call may
//! count as a failure.

use anyhow::{Context, Result};
use breakwater_tests::{
    RawAnswer, RawVisitor, Reply, SICK, Scripted, Seen, World, assert_unblamed,
};
use futures_util::future::try_join_all;
use serde_json::json;

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];

/// The ways of a request through the test site. The fifth is through a half-open circuit.
const WAYS: [&str; 4] = ["straight", "retry", "backup", "cache"];

/// A path at which the upstream fails, so that its circuit is half open later.
const SICK_ONCE: &str = "/blame/mended/sick";

/// The body of the visitor's request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Body {
    None,
    LengthZero,
    EmptyChunks,
    Three,
    Long,
    BrokenOff,
    Stalled,
}

use Body::{BrokenOff, EmptyChunks, LengthZero, Long, None as Nothing, Stalled, Three};

const BODIES: [Body; 7] = [Nothing, LengthZero, EmptyChunks, Three, Long, BrokenOff, Stalled];

/// The long body has 300,000 bytes.
const LONG: usize = 300_000;

impl Body {
    const fn fields(self) -> &'static [&'static str] {
        match self {
            Nothing => &[],
            LengthZero => &["Content-Length: 0"],
            EmptyChunks => &["Transfer-Encoding: chunked"],
            Three => &["Content-Length: 3"],
            Long => &["Content-Length: 300000"],
            BrokenOff | Stalled => &["Content-Length: 9"],
        }
    }

    fn sent(self) -> Vec<u8> {
        match self {
            Nothing | LengthZero => Vec::new(),
            EmptyChunks => b"0\r\n\r\n".to_vec(),
            Three | BrokenOff | Stalled => b"abc".to_vec(),
            Long => vec![b'x'; LONG],
        }
    }

    /// The bytes that reach the upstream; `None` if the request does not reach it.
    const fn arrives(self, method: &'static str) -> Option<usize> {
        match self {
            _ if is_read(method) => Some(0),
            Nothing | LengthZero | EmptyChunks => Some(0),
            Three => Some(3),
            Long => Some(LONG),
            BrokenOff | Stalled => None,
        }
    }

    /// The status of the answer.
    const fn status(self, method: &'static str) -> u16 {
        match self {
            _ if is_read(method) => 200,
            Nothing | LengthZero | EmptyChunks | Three | Long => 200,
            BrokenOff => 400,
            Stalled => 408,
        }
    }
}

/// Whether a body has no meaning with this method.
const fn is_read(method: &'static str) -> bool {
    matches!(method.as_bytes(), b"GET" | b"HEAD")
}

#[derive(Clone, Copy, Debug)]
struct Cell {
    method: &'static str,
    body: Body,
    way: &'static str,
}

impl Cell {
    fn path(self) -> String {
        format!("/blame/{}/{}-{:?}", self.way, self.method, self.body)
    }

    async fn exchange(self, world: &World) -> Result<RawAnswer> {
        let mut visitor = RawVisitor::connect(world.visitor.authority()).await?;
        visitor.begin(self.method, &self.path(), self.body.fields()).await;
        visitor.send(self.body.sent()).await;
        if self.body == BrokenOff {
            visitor.finish_sending().await;
        }
        visitor.answer(self.method).await.with_context(|| format!("{self:?}"))
    }
}

fn cells(ways: &[&'static str], bodies: &[Body]) -> Vec<Cell> {
    let mut cells = Vec::new();
    for &way in ways {
        for method in METHODS {
            cells.extend(bodies.iter().map(|&body| Cell { method, body, way }));
        }
    }
    cells
}

async fn well() -> Result<Scripted> {
    let answer = |seen: &Seen| match seen.path.as_str() {
        SICK | SICK_ONCE => Reply::status(503, &[], "sick"),
        // No stored response may answer in the upstream's place.
        _ => Reply::ok(&[("cache-control", "no-store")], "well"),
    };
    Scripted::start(answer).await
}

#[tokio::test]
async fn nothing_that_a_visitor_sends_counts_against_an_upstream_that_is_well() -> Result<()> {
    let upstream = well().await?;
    let world =
        World::start_with("blame_matrix", &[("BREAKWATER_UPSTREAM_BLAMED", upstream.url())])?;
    let cells = cells(&WAYS, &BODIES);
    // The test goes row by row, so that a slow machine does not get hundreds of requests at once.
    let mut wrong = Vec::new();
    for row in cells.chunks(BODIES.len() * METHODS.len()) {
        let came = try_join_all(row.iter().map(|cell| cell.exchange(&world))).await?;
        for (cell, answer) in row.iter().zip(came) {
            let expected = cell.body.status(cell.method);
            let seen = upstream.seen(&cell.path());
            let arrived: Vec<_> = seen.iter().map(|seen| seen.body.len()).collect();
            let arrives: Vec<_> = cell.body.arrives(cell.method).into_iter().collect();
            let is_right = (answer.status, answer.is_whole, &arrived) == (expected, true, &arrives)
                && answer.told("circuit") == "closed"
                && seen.iter().all(|seen| seen.method == cell.method);
            if !is_right {
                wrong.push(format!(
                    "{cell:?}: expected {expected} {arrives:?}, got {arrived:?} {answer:?}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let circuit = assert_unblamed(&world).await?;
    let succeeded = cells.iter().filter(|cell| cell.body.status(cell.method) == 200).count();
    assert_eq!(circuit["calls"], json!(succeeded + 2), "each that arrived, once: {circuit}");
    Ok(())
}

#[tokio::test]
async fn nothing_that_a_visitor_sends_reopens_a_half_open_circuit() -> Result<()> {
    let upstream = well().await?;
    let world = World::start_with(
        "blame_matrix_half_open",
        &[("BREAKWATER_UPSTREAM_MENDED", upstream.url())],
    )?;
    for _ in 0..3 {
        assert_eq!(world.visitor.get(SICK_ONCE).await?.status, 503);
    }
    world.circuit_becomes("/blame/mended/look", "half_open").await?;
    // Misbehaving requests come first: while one of them is in progress, the circuit stays half
    // open.
    for bodies in [&[BrokenOff, Stalled][..], &[EmptyChunks, Three, Long], &[Nothing, LengthZero]] {
        let cells = cells(&["mended"], bodies);
        let came = try_join_all(cells.iter().map(|cell| cell.exchange(&world))).await?;
        for (cell, answer) in cells.iter().zip(came) {
            // A request may get a permit or not; without one it is told to come back.
            let expected = [cell.body.status(cell.method), 503];
            assert!(expected.contains(&answer.status), "{cell:?}: {answer:?}");
            assert_ne!(answer.told("circuit"), "open", "{cell:?}: {answer:?}");
            let arrived = upstream.seen(&cell.path());
            let arrives = cell.body.arrives(cell.method);
            assert!(arrived.len() <= arrives.iter().count(), "{cell:?}: {arrived:?}");
            assert!(arrived.iter().all(|seen| Some(seen.body.len()) == arrives), "{cell:?}");
        }
    }
    let circuit = world.circuit("mended").await?;
    assert_eq!(circuit["failures"], json!(0), "{circuit}");
    assert_ne!(circuit["state"], json!("open"), "{circuit}");
    Ok(())
}
