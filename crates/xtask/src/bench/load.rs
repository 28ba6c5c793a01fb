//! Load: connections that each send one request after the other.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

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

    fn check(self, head: &Head) -> Result<()> {
        let Self { status, source } = self;
        if head.status != status {
            bail!("status {}, expected {status}", head.status);
        }
        match source {
            Some(source) if head.source.as_deref() != Some(source) => {
                bail!("source {:?}, expected {source}", head.source)
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// What is read of an answer.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    source: Option<String>,
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

/// Reads an answer to its end, by `Content-Length` or by chunks.
fn answer(reader: &mut impl BufRead) -> Result<Head> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.with_context(|| format!("no status: {line:?}"))?;
    let (mut length, mut chunked, mut source) = (0, false, None);
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let field = line.trim_end().to_ascii_lowercase();
        if field.is_empty() {
            break;
        }
        if let Some(value) = field.strip_prefix("content-length:") {
            length = value.trim().parse()?;
        }
        if let Some(label) = field.strip_prefix("breakwater:") {
            source = label.split(", ").find_map(|it| it.strip_prefix("source=")).map(String::from);
        }
        chunked |= field == "transfer-encoding: chunked";
    }
    let head = Head { status, source };
    if !chunked {
        skip(reader, length)?;
        return Ok(head);
    }
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let size = u64::from_str_radix(line.trim_end(), 16).context("a chunk's size")?;
        skip(reader, size + 2)?;
        if size == 0 {
            return Ok(head);
        }
    }
}

fn skip(reader: &mut impl BufRead, bytes: u64) -> Result<()> {
    let read = std::io::copy(&mut reader.take(bytes), &mut std::io::sink())?;
    anyhow::ensure!(read == bytes, "the body ended after {read} of {bytes} bytes");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Expected, Head, answer};

    #[track_caller]
    fn check(bytes: &str, status: u16, source: Option<&str>, left: &str) {
        let mut reader = bytes.as_bytes();
        let head = Head { status, source: source.map(String::from) };
        assert_eq!(answer(&mut reader).unwrap(), head);
        assert_eq!(reader, left.as_bytes());
    }

    #[test]
    fn answers_end_where_they_say() {
        check("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokrest", 200, None, "rest");
        check(
            "HTTP/1.1 503 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nrest",
            503,
            None,
            "rest",
        );
    }

    #[test]
    fn an_answer_names_its_source() {
        let label = "Breakwater: upstream=api, circuit=closed, source=cache";
        let answer = format!("HTTP/1.1 200 OK\r\n{label}\r\nContent-Length: 0\r\n\r\n");
        check(&answer, 200, Some("cache"), "");
    }

    #[test]
    fn an_answer_from_elsewhere_is_an_error() {
        let expected = Expected { status: 200, source: Some("cache") };
        let check = |status, source: Option<&str>| {
            expected.check(&Head { status, source: source.map(String::from) }).is_ok()
        };
        assert!(check(200, Some("cache")));
        assert!(!check(200, Some("origin")) && !check(200, None) && !check(503, Some("cache")));
    }

    #[test]
    fn a_short_body_is_an_error() {
        let mut reader = &b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"[..];
        assert!(answer(&mut reader).is_err());
    }
}
