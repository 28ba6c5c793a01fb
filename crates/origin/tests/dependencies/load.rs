//! Many requests at once.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::client::process::events;
use crate::client::within;
use crate::watching::{INTERVAL, backend, eventually, postgres, redis, until_well};

/// 16 clients send requests at once, each on a connection that it keeps.
const CLIENTS: usize = 16;
/// Health must sustain 2,000 requests per second.
const RATE: f64 = 2_000.0;
/// Each client sends 500 requests in a round.
const REQUESTS: usize = 500;
/// The backend is told to stop after 1,000 answers.
const ANSWERS_BEFORE: u64 = 1_000;
/// The load lasts at most 60 s, until a machine that is busy with other work sustains the rate.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL and Redis: `cargo xtask test` runs it"]
async fn two_thousand_requests_a_second_cause_no_more_probes_than_the_interval_allows() {
    let (postgres, cache) = (postgres(), redis());
    let (admin, connection) =
        tokio_postgres::connect(&postgres.url(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    admin.batch_execute("CREATE EXTENSION pg_stat_statements").await.unwrap();
    let mut commands =
        redis::Client::open(cache.url()).unwrap().get_multiplexed_async_connection().await.unwrap();
    let backend = backend(&[("DATABASE_URL", &postgres.url()), ("REDIS_URL", &cache.url())]).await;
    until_well(&backend, "database:responseTime").await;
    until_well(&backend, "redis:responseTime").await;

    let (start, mut best) = (Instant::now(), 0.0_f64);
    while best < RATE {
        assert!(start.elapsed() < PATIENCE, "{best:.0} requests a second at most");
        let counted = Instant::now();
        let (queries_before, pings_before) = (queries(&admin).await, pings(&mut commands).await);
        let begun = Instant::now();
        let mut clients = JoinSet::new();
        for _ in 0..CLIENTS {
            clients.spawn(ask_for_health(backend.address, REQUESTS));
        }
        let answers: usize = clients.join_all().await.into_iter().sum();
        let took = begun.elapsed();
        assert_eq!(answers, CLIENTS * REQUESTS, "each is answered with 200");
        best = best.max(answers as f64 / took.as_secs_f64());
        let queries = queries(&admin).await - queries_before;
        let pings = pings(&mut commands).await - pings_before;
        let between = counted.elapsed();
        // The measurements that begin in that time, one more at either end of an interval, and one
        // in progress before.
        let allowed = (between.as_secs_f64() / INTERVAL.as_secs_f64()).floor() as i64 + 2;
        assert!(queries <= allowed, "{queries} queries in {between:?}");
        assert!(pings <= allowed, "{pings} pings in {between:?}");
    }
}

/// The number of the shop's queries so far.
async fn queries(admin: &tokio_postgres::Client) -> i64 {
    let counted = "SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements \
                   WHERE query LIKE '%pg_is_in_recovery%' \
                   AND query NOT LIKE '%pg_stat_statements%'";
    admin.query_one(counted, &[]).await.unwrap().get(0)
}

/// The number of the shop's pings so far.
async fn pings(commands: &mut redis::aio::MultiplexedConnection) -> i64 {
    let stats: String = redis::cmd("INFO").arg("commandstats").query_async(commands).await.unwrap();
    let ping = stats.lines().find_map(|line| line.strip_prefix("cmdstat_ping:calls="));
    ping.map_or(0, |rest| rest.split(',').next().unwrap().parse().unwrap())
}

/// Sends `times` requests over one connection, a few ahead of the answers, and returns how many
/// answers were 200.
async fn ask_for_health(address: SocketAddr, times: usize) -> usize {
    const AHEAD: usize = 20;
    let asked = "GET /health HTTP/1.1\r\nhost: a\r\n\r\n".repeat(AHEAD);
    let mut stream = TcpStream::connect(address).await.unwrap();
    let (mut answers, mut buffer) = (0, Vec::new());
    for _ in 0..times / AHEAD {
        stream.write_all(asked.as_bytes()).await.unwrap();
        for _ in 0..AHEAD {
            let answer = within(read_answer(&mut stream, &mut buffer)).await.unwrap();
            answers += usize::from(answer.starts_with("HTTP/1.1 200"));
        }
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL and Redis: `cargo xtask test` runs it"]
async fn sigterm_under_load_loses_no_request_that_was_accepted() {
    let (postgres, cache) = (postgres(), redis());
    let backend = backend(&[("DATABASE_URL", &postgres.url()), ("REDIS_URL", &cache.url())]).await;
    let (address, so_far) = (backend.address, Arc::new(AtomicU64::new(0)));
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        clients.spawn(load_until_refused(address, Arc::clone(&so_far)));
    }
    let is_loaded = async || so_far.load(Ordering::Relaxed) >= ANSWERS_BEFORE;
    eventually("the load is on", is_loaded).await;
    backend.signal(Signal::TERM);
    let answered: u64 = clients.join_all().await.into_iter().sum();
    let (status, log) = backend.ended().await;
    assert_eq!(status.code(), Some(0));
    let [done] = events(&log, "shutdown.done").try_into().unwrap();
    // Every request that was received got a complete answer, and every client that was told that
    // its connection stays open found it open.
    assert_eq!(done["attributes"]["requests"], answered);
    assert!(answered > ANSWERS_BEFORE);
}

/// Sends requests until no connection is accepted any more, each over a connection that is used as
/// long as the server keeps it. Returns the number of complete answers. Fails if a request on a
/// connection that was promised to stay open got no answer.
async fn load_until_refused(address: SocketAddr, so_far: Arc<AtomicU64>) -> u64 {
    const ASKED: [&str; 4] = [
        "GET /api/echo HTTP/1.1\r\nhost: a\r\n\r\n",
        "POST /api/orders HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}",
        "GET /assets/app.js HTTP/1.1\r\nhost: a\r\n\r\n",
        "GET /health HTTP/1.1\r\nhost: a\r\n\r\n",
    ];
    let (mut answered, mut requests) = (0, ASKED.iter().cycle());
    // A client that is told to close connects again, until it is refused.
    while let Ok(mut stream) = TcpStream::connect(address).await {
        let mut buffer = Vec::new();
        for request in requests.by_ref() {
            stream.write_all(request.as_bytes()).await.expect("the connection is open");
            let answer = within(read_answer(&mut stream, &mut buffer)).await;
            let answer = answer.unwrap_or_else(|| panic!("no answer to {request}"));
            answered += 1;
            so_far.fetch_add(1, Ordering::Relaxed);
            if answer.contains("connection: close") {
                break;
            }
        }
    }
    answered
}

/// Reads one complete answer and returns its head, or `None` if the connection ends before. Later
/// bytes stay in the buffer.
async fn read_answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<String> {
    loop {
        let end = buffer.windows(4).position(|part| part == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8(buffer[..end].to_vec()).unwrap();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let whole = end + 4 + length.unwrap().parse::<usize>().unwrap();
            if buffer.len() >= whole {
                buffer.drain(..whole);
                return Some(head);
            }
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
}
