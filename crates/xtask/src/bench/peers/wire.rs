//! HTTP as a browser speaks it over one connection, with a deadline, and an account of how an
//! answer broke.

use std::io::{self, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// A read waits at most 1 s at a time: Linux's timers are late by up to an eighth of their span.
const SLICE: Duration = Duration::from_secs(1);

/// An answer that came whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Received {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
    /// Whether the connection may be used again.
    pub(super) keeps: bool,
}

/// How an exchange ended without a whole answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// There was no connection.
    Refused,
    /// The connection ended before a status line and its fields.
    Closed,
    /// The body ended before its framing says.
    Cut,
    /// The deadline passed.
    Late,
}

/// A connection to a site.
pub(super) struct Connection(BufReader<Timed>);

impl Connection {
    /// Connects to `host:port`.
    pub(super) fn open(authority: &str) -> Result<Self, Broken> {
        let stream = TcpStream::connect(authority).map_err(|_| Broken::Refused)?;
        stream.set_nodelay(true).map_err(|_| Broken::Refused)?;
        Ok(Self(BufReader::new(Timed { stream, deadline: Instant::now() })))
    }

    /// Sends a request, and reads its answer to the end.
    pub(super) fn exchange(
        &mut self,
        request: &[u8],
        deadline: Instant,
    ) -> Result<Received, Broken> {
        let timed = self.0.get_mut();
        timed.deadline = deadline;
        // A failed write is seen by the read that follows.
        let _ = timed.stream.write_all(request);
        read(&mut self.0)
    }
}

/// A stream whose reads fail at the deadline.
struct Timed {
    stream: TcpStream,
    deadline: Instant,
}

impl Read for Timed {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            let left = self.deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(ErrorKind::TimedOut.into());
            }
            self.stream.set_read_timeout(Some(left.min(SLICE)))?;
            match self.stream.read(buf) {
                Err(error) if is_late(&error) => {}
                read => return read,
            }
        }
    }
}

/// How the end of a body is told (RFC 9112 §6.3).
enum Framing {
    Length(u64),
    Chunks,
    Close,
}

fn read(reader: &mut impl io::BufRead) -> Result<Received, Broken> {
    let (status, framing, keeps) = head(reader).map_err(|error| broken(&error, Broken::Closed))?;
    let mut body = Vec::new();
    let is_whole = match framing {
        Framing::Length(length) => {
            let read = reader.take(length).read_to_end(&mut body);
            read.map(|read| read as u64 == length)
        }
        Framing::Chunks => chunks(reader, &mut body).map(|()| true),
        Framing::Close => reader.read_to_end(&mut body).map(|_| true),
    };
    match is_whole {
        Ok(true) => Ok(Received { status, body, keeps }),
        Ok(false) => Err(Broken::Cut),
        Err(error) => Err(broken(&error, Broken::Cut)),
    }
}

fn broken(error: &io::Error, otherwise: Broken) -> Broken {
    if is_late(error) { Broken::Late } else { otherwise }
}

/// Linux tells a time-out as `WouldBlock`.
fn is_late(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock)
}

fn head(reader: &mut impl io::BufRead) -> io::Result<(u16, Framing, bool)> {
    let first = line(reader)?;
    let status = first.split(' ').nth(1).and_then(|code| code.parse().ok());
    let status = status.ok_or(ErrorKind::InvalidData)?;
    let (mut length, mut is_chunked, mut closes) = (None, false, first.starts_with("HTTP/1.0"));
    loop {
        let field = line(reader)?.to_ascii_lowercase();
        let Some((name, value)) = field.split_once(':') else { break };
        let value = value.trim();
        match name {
            "content-length" => length = value.parse().ok(),
            "transfer-encoding" => is_chunked = value.ends_with("chunked"),
            "connection" => closes = value == "close" || (closes && value != "keep-alive"),
            _ => {}
        }
    }
    let framing = match length {
        _ if is_chunked => Framing::Chunks,
        Some(length) => Framing::Length(length),
        None => Framing::Close,
    };
    let keeps = !closes && !matches!(framing, Framing::Close);
    Ok((status, framing, keeps))
}

fn chunks(reader: &mut impl io::BufRead, body: &mut Vec<u8>) -> io::Result<()> {
    loop {
        let size = line(reader)?;
        let size = size.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(size, 16).map_err(|_| ErrorKind::InvalidData)?;
        if size == 0 {
            // Fields may follow the last chunk.
            while !line(reader)?.is_empty() {}
            return Ok(());
        }
        let read = reader.take(size).read_to_end(body)?;
        if read as u64 != size || !line(reader)?.is_empty() {
            return Err(ErrorKind::UnexpectedEof.into());
        }
    }
}

/// A line without its end, which must be there.
fn line(reader: &mut impl io::BufRead) -> io::Result<String> {
    let mut bytes = Vec::new();
    reader.read_until(b'\n', &mut bytes)?;
    let line = bytes.strip_suffix(b"\n").ok_or(ErrorKind::UnexpectedEof)?;
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    Ok(String::from_utf8_lossy(line).into_owned())
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{Ipv4Addr, TcpListener};
    use std::thread;
    use std::time::{Duration, Instant};

    use super::{Broken, Connection, Received, read};

    #[track_caller]
    fn check(bytes: &str, body: &str, keeps: bool) {
        let Received { status, body: came, keeps: kept } = read(&mut bytes.as_bytes()).unwrap();
        assert_eq!((status, came.as_slice(), kept), (200, body.as_bytes(), keeps), "{bytes}");
    }

    #[track_caller]
    fn breaks(bytes: &str, broken: Broken) {
        assert_eq!(read(&mut bytes.as_bytes()), Err(broken), "{bytes}");
    }

    #[test]
    fn answers_end_where_their_framing_says() {
        let head = "HTTP/1.1 200 OK\r\n";
        check(&format!("{head}Content-Length: 2\r\n\r\nabc"), "ab", true);
        check(&format!("{head}Content-Length: 0\r\nConnection: close\r\n\r\n"), "", false);
        let chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n");
        check(&format!("{chunked}2\r\nab\r\n1;x\r\nc\r\n0\r\nA: b\r\n\r\nrest"), "abc", true);
        check(&format!("{head}\r\nabc"), "abc", false);
        check("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", "a", false);
        check("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na", "a", true);
    }

    #[test]
    fn what_ends_too_soon_is_cut() {
        let head = "HTTP/1.1 200 OK\r\n";
        breaks(&format!("{head}Content-Length: 3\r\n\r\nab"), Broken::Cut);
        let chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n");
        for body in ["", "3\r\nab", "2\r\nab\r\n", "2\r\nab\r\n0\r\n", "no\r\n"] {
            breaks(&format!("{chunked}{body}"), Broken::Cut);
        }
    }

    #[test]
    fn what_is_no_http_is_no_answer() {
        for bytes in ["", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nA: b\r\n", "tees\r\n\r\n"] {
            breaks(bytes, Broken::Closed);
        }
    }

    #[test]
    fn a_silent_server_is_left_at_the_deadline() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let authority = listener.local_addr().unwrap().to_string();
        let server = thread::spawn(move || {
            let mut socket = listener.accept().unwrap().0;
            let half = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf";
            socket.write_all(half).unwrap();
            // Until the visitor has gone, which may be a reset.
            let _ = socket.read_to_end(&mut Vec::new());
        });
        let mut connection = Connection::open(&authority).unwrap();
        let deadline = Instant::now() + Duration::from_millis(50);
        let came = connection.exchange(b"GET / HTTP/1.1\r\n\r\n", deadline);
        assert_eq!(came, Err(Broken::Late));
        drop(connection);
        server.join().unwrap();
    }
}
