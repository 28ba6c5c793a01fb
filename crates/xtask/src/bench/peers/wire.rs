//! HTTP as a browser speaks it over one connection, with a deadline, and an account of how an
//! answer broke.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::http::read_head;

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

fn read(reader: &mut impl BufRead) -> Result<Received, Broken> {
    let head = read_head(reader).map_err(|error| broken(&error, Broken::Closed))?;
    let mut body = Vec::new();
    let read = head.read_content(reader, &mut body);
    read.map_err(|error| broken(&error, Broken::Cut))?;
    Ok(Received { status: head.status, body, keeps: head.keeps_connection() })
}

fn broken(error: &io::Error, otherwise: Broken) -> Broken {
    if is_late(error) { Broken::Late } else { otherwise }
}

/// Linux tells a time-out as `WouldBlock`.
fn is_late(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock)
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{Ipv4Addr, TcpListener};
    use std::thread;
    use std::time::{Duration, Instant};

    use super::{Broken, Connection, Received, read};

    #[track_caller]
    fn breaks(bytes: &str, broken: Broken) {
        assert_eq!(read(&mut bytes.as_bytes()), Err(broken), "{bytes}");
    }

    #[test]
    fn an_answer_that_comes_whole_says_whether_its_connection_may_be_used_again() {
        for (connection, keeps) in [("keep-alive", true), ("close", false)] {
            let head = format!("HTTP/1.1 200 OK\r\nConnection: {connection}\r\n");
            let whole = format!("{head}Content-Length: 2\r\n\r\nab");
            let received = Received { status: 200, body: b"ab".to_vec(), keeps };
            assert_eq!(read(&mut whole.as_bytes()), Ok(received));
        }
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
