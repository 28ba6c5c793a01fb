//! Every method with every kind of body on every kind of route: what the visitor gets, what reaches
//! the upstream, and what is counted. The upstream is well throughout, so that nothing may count
//! against it.

use anyhow::{Context, Result};
use breakwater_tests::{
    RawAnswer, RawVisitor, Reply, SICK, Scripted, Seen, World, assert_unblamed,
};
use futures_util::future::try_join_all;
use serde_json::json;

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];

/// The ways that the test site has for a request. The fifth is through a circuit that is half open.
const WAYS: [&str; 4] = ["straight", "retry", "backup", "cache"];

/// Where the upstream fails so that its circuit is half open then.
const SICK_ONCE: &str = "/blame/mended/sick";

/// The body that a visitor sends.
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

/// Bytes of the long body.
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

    /// The bytes that reach the upstream; nothing if the request does not.
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

/// Whether a body with it means nothing.
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
        // No copy may answer in the upstream's place.
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
    // Row by row, so that a slow machine is not asked for hundreds of things at once.
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
    // What misbehaves first: while that is on its way, the circuit stays half open.
    for bodies in [&[BrokenOff, Stalled][..], &[EmptyChunks, Three, Long], &[Nothing, LengthZero]] {
        let cells = cells(&["mended"], bodies);
        let came = try_join_all(cells.iter().map(|cell| cell.exchange(&world))).await?;
        for (cell, answer) in cells.iter().zip(came) {
            // A permit may be had or not; who gets none is told to come back.
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
