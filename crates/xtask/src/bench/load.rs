//! Load: connections that each send one request after the other.

use std::io::{BufRead, BufReader, Write as _, sink};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use crate::http::{AnswerHead, read_head};

/// Connections at once.
const CONNECTIONS: usize = 16;
/// No answer takes longer.
const LIMIT: Duration = Duration::from_secs(30);
/// What a browser sends along that is told not to name the page it comes from. Only values that
/// browsers send let an answer be kept for others.
const FIELDS: &str = "accept: application/json\r\naccept-language: en-GB,en;q=0.9\r\n\
    user-agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n\
    sec-fetch-dest: empty\r\nsec-fetch-mode: cors\r\nsec-fetch-site: same-origin\r\n";

/// What each answer to a load has to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected {
    pub(crate) status: u16,
    /// What the field `Breakwater` names as the answer's source; `None` if that is all the same.
    pub(crate) source: Option<&'static str>,
}

impl Expected {
    /// A good answer from anywhere.
    pub(crate) const GOOD: Self = Self { status: 200, source: None };

    fn check(self, head: &AnswerHead) -> Result<()> {
        let (status, named) = (head.status, source(head));
        ensure!(status == self.status, "status {status}, expected {}", self.status);
        if let Some(source) = self.source {
            ensure!(named == Some(source), "source {named:?}, expected {source}");
        }
        Ok(())
    }
}

/// What a load was answered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answered {
    /// How long each answer took, unordered.
    pub(crate) latencies: Vec<Duration>,
}

/// Gets `path` from `authority` (`host:port`) as often as `requests` says, over all connections
/// together. Every answer must be as `expected`.
pub(crate) fn run(
    authority: &str,
    path: &str,
    requests: usize,
    expected: Expected,
) -> Result<Answered> {
    run_over(CONNECTIONS, authority, path, requests, expected)
}

/// The same over this number of connections.
pub(crate) fn run_over(
    connections: usize,
    authority: &str,
    path: &str,
    requests: usize,
    expected: Expected,
) -> Result<Answered> {
    thread::scope(|scope| {
        let share = requests.div_ceil(connections);
        let spawn = |_| scope.spawn(move || connection(authority, path, share, expected));
        let threads: Vec<_> = (0..connections).map(spawn).collect();
        let mut answered = Answered::default();
        for thread in threads {
            match thread.join() {
                Ok(latencies) => answered.latencies.extend(latencies?),
                Err(_) => bail!("a connection's thread panicked"),
            }
        }
        Ok(answered)
    })
}

fn connection(
    authority: &str,
    path: &str,
    requests: usize,
    expected: Expected,
) -> Result<Vec<Duration>> {
    let socket = TcpStream::connect(authority)?;
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(LIMIT))?;
    let mut writer = socket.try_clone()?;
    let mut reader = BufReader::new(socket);
    let request = format!("GET {path} HTTP/1.1\r\nhost: {authority}\r\n{FIELDS}\r\n");
    let mut latencies = Vec::with_capacity(requests);
    for _ in 0..requests {
        let start = Instant::now();
        writer.write_all(request.as_bytes())?;
        let head = answer(&mut reader).with_context(|| format!("GET {path}"))?;
        latencies.push(start.elapsed());
        expected.check(&head).with_context(|| format!("GET {path}"))?;
    }
    Ok(latencies)
}

/// Reads an answer to its end.
fn answer(reader: &mut impl BufRead) -> Result<AnswerHead> {
    let head = read_head(reader)?;
    head.read_content(reader, &mut sink())?;
    Ok(head)
}

/// What the field `Breakwater` names as the answer's source.
fn source(head: &AnswerHead) -> Option<&str> {
    head.field("breakwater")?.split(", ").find_map(|it| it.strip_prefix("source="))
}

#[cfg(test)]
mod tests {
    use super::{Expected, answer};

    fn is_as_expected(expected: Expected, label: &str) -> bool {
        let text = format!("HTTP/1.1 200 OK\r\n{label}Content-Length: 0\r\n\r\n");
        expected.check(&answer(&mut text.as_bytes()).unwrap()).is_ok()
    }

    #[test]
    fn an_answer_from_elsewhere_is_an_error() {
        let cached = Expected { status: 200, source: Some("cache") };
        let label =
            |source| format!("Breakwater: upstream=api, circuit=closed, source={source}\r\n");
        assert!(is_as_expected(cached, &label("cache")));
        assert!(!is_as_expected(cached, &label("origin")) && !is_as_expected(cached, ""));
        assert!(is_as_expected(Expected::GOOD, &label("origin")));
        assert!(!is_as_expected(Expected { status: 503, source: None }, ""));
    }

    #[test]
    fn one_answer_is_read_and_not_the_next() {
        let mut reader = &b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokrest"[..];
        answer(&mut reader).unwrap();
        assert_eq!(reader, b"rest");
    }

    #[test]
    fn a_short_body_is_an_error() {
        let mut reader = &b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"[..];
        assert!(answer(&mut reader).is_err());
    }
}
