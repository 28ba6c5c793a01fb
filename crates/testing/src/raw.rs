//! A visitor and an upstream on bare sockets, which misbehave as hyper would not.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// No answer of the system under test takes longer than 30 s, unless the system hangs.
const LIMIT: Duration = Duration::from_secs(30);
/// An upstream reads a request head of at most 64 KiB.
const HEAD_MAX: usize = 64 * 1024;

/// A visitor's connection, byte by byte.
#[derive(Debug)]
pub struct RawVisitor {
    socket: TcpStream,
    /// The bytes that arrived and are not part of an answer that was read.
    came: Vec<u8>,
}

/// An answer as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawAnswer {
    /// The status code; zero if the connection ended without an answer.
    pub status: u16,
    /// The status line and the fields.
    pub head: String,
    /// The part of the body that arrived, without its framing.
    pub body: Vec<u8>,
    /// Whether the body ended as its framing says.
    pub is_whole: bool,
}

impl RawVisitor {
    /// Connects to `host:port`.
    pub async fn connect(authority: &str) -> Result<Self> {
        Ok(Self { socket: TcpStream::connect(authority).await?, came: Vec::new() })
    }

    /// Sends bytes. A connection that the other side has closed takes none. That is no error here,
    /// since the answer that it sent before counts.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = tokio::time::timeout(LIMIT, self.socket.write_all(bytes.as_ref())).await;
    }

    /// Sends the head of a request with these fields, a line each.
    pub async fn begin(&mut self, method: &str, path: &str, fields: &[&str]) {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: shop.example\r\n");
        for field in fields {
            head.push_str(field);
            head.push_str("\r\n");
        }
        head.push_str("\r\n");
        self.send(head).await;
    }

    /// Closes the sending direction, and keeps reading.
    pub async fn finish_sending(&mut self) {
        let _ = self.socket.shutdown().await;
    }

    /// Resets the connection, as the failure of a machine does.
    pub fn reset(self) {
        // An error means that the connection has ended already.
        let _ = self.socket.set_zero_linger();
    }

    /// Reads some bytes; none if the connection has ended.
    pub async fn read_some(&mut self) -> usize {
        let mut buffer = [0; 4096];
        let read = tokio::time::timeout(LIMIT, self.socket.read(&mut buffer)).await;
        let size = read.ok().and_then(Result::ok).unwrap_or_default();
        self.came.extend_from_slice(&buffer[..size]);
        size
    }

    /// Reads the answer to a request of this method to its end.
    pub async fn answer(&mut self, method: &str) -> Result<RawAnswer> {
        tokio::time::timeout(LIMIT, self.read_answer(method)).await.context("no answer in time")
    }

    async fn read_answer(&mut self, method: &str) -> RawAnswer {
        let nothing =
            RawAnswer { status: 0, head: String::new(), body: Vec::new(), is_whole: false };
        let head = loop {
            if let Some(end) = position(&self.came, b"\r\n\r\n") {
                let head: Vec<u8> = self.came.drain(..end + 4).collect();
                let head = String::from_utf8_lossy(&head).into_owned();
                let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
                // An interim answer is not the answer (RFC 9110 §15.2).
                match status.unwrap_or(0) {
                    100..=199 => continue,
                    status => break RawAnswer { status, head, ..nothing },
                }
            }
            if self.read_some().await == 0 {
                return nothing;
            }
        };
        let lower = head.head.to_ascii_lowercase();
        let length = lower.lines().find_map(|line| line.strip_prefix("content-length:"));
        let length: Option<usize> = length.and_then(|length| length.trim().parse().ok());
        if method == "HEAD" || matches!(head.status, 204 | 304) {
            return RawAnswer { is_whole: true, ..head };
        }
        let is_chunked = lower.contains("transfer-encoding: chunked");
        loop {
            let (body, is_whole) = match length {
                Some(length) => (self.came.clone(), self.came.len() >= length),
                None if is_chunked => unchunked(&self.came),
                None => (self.came.clone(), false),
            };
            let has_ended = !is_whole && self.read_some().await == 0;
            if is_whole || has_ended {
                self.came.clear();
                // Without a length the body ends with the connection.
                let is_whole = is_whole || (length.is_none() && !is_chunked);
                return RawAnswer { body, is_whole, ..head };
            }
        }
    }
}

impl RawAnswer {
    /// The first value of a field, or nothing if there is none.
    pub fn field(&self, name: &str) -> &str {
        let fields = self.head.lines().filter_map(|line| line.split_once(':'));
        let mut named = fields.filter(|(field, _)| field.eq_ignore_ascii_case(name));
        named.next().map_or("", |(_, value)| value.trim())
    }

    /// A member of the field `Breakwater`.
    pub fn told(&self, key: &str) -> &str {
        self.field("breakwater")
            .split(", ")
            .find_map(|member| member.strip_prefix(key)?.strip_prefix('='))
            .unwrap_or_default()
    }
}

/// The data of a chunked body, and whether it has ended.
fn unchunked(mut rest: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    while let Some(end) = position(rest, b"\r\n") {
        let size = std::str::from_utf8(&rest[..end]).unwrap_or_default();
        let Ok(size) = usize::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16)
        else {
            break;
        };
        if size == 0 {
            return (body, true);
        }
        let data = &rest[end + 2..];
        body.extend_from_slice(&data[..size.min(data.len())]);
        let Some(next) = data.get(size + 2..) else { break };
        rest = next;
    }
    (body, false)
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// The behaviour of an upstream on a connection after the head of a request has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Answers with this status, reads nothing more and closes.
    AnswerEarly(u16),
    /// It closes without an answer, and reads nothing more.
    Close,
    /// It reads nothing more, and sends nothing.
    Ignore,
    /// Answers 200 at once and sends each byte of a body of known length back as it comes.
    Echo,
}

/// An upstream that behaves in a way of its own. It ends with the test.
#[derive(Debug)]
pub struct RawUpstream {
    url: String,
    connections: Arc<AtomicUsize>,
    is_over: Arc<AtomicBool>,
}

impl RawUpstream {
    /// Starts the upstream on a free port.
    pub fn start(manner: Manner) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let url = format!("http://{}", listener.local_addr()?);
        let (connections, is_over) = (Arc::default(), Arc::default());
        let upstream = Self { url, connections, is_over };
        let (connections, is_over) =
            (Arc::clone(&upstream.connections), Arc::clone(&upstream.is_over));
        thread::spawn(move || {
            for socket in listener.incoming() {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(socket) = socket else { continue };
                connections.fetch_add(1, Ordering::Relaxed);
                let is_over = Arc::clone(&is_over);
                thread::spawn(move || serve(socket, manner, &is_over));
            }
        });
        Ok(upstream)
    }

    /// `http://host:port`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The number of connections so far.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

impl Drop for RawUpstream {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // This wakes the thread that waits for a connection.
        let _ = std::net::TcpStream::connect(self.url.trim_start_matches("http://"));
    }
}

fn serve(mut socket: std::net::TcpStream, manner: Manner, is_over: &AtomicBool) {
    let mut came = Vec::new();
    let mut buffer = [0; 1024];
    let body = loop {
        if let Some(end) = position(&came, b"\r\n\r\n") {
            break came.split_off(end + 4);
        }
        match socket.read(&mut buffer) {
            Ok(size) if size > 0 && came.len() < HEAD_MAX => {
                came.extend_from_slice(&buffer[..size]);
            }
            Ok(_) | Err(_) => return,
        }
    };
    // Errors from here on mean that the other side broke off, which it may.
    match manner {
        Manner::AnswerEarly(status) => {
            let answer = format!(
                "HTTP/1.1 {status} Early\r\nContent-Length: 5\r\nConnection: close\r\n\r\nearly"
            );
            let _ = socket.write_all(answer.as_bytes());
            let _ = socket.shutdown(Shutdown::Write);
        }
        Manner::Close => {}
        Manner::Ignore => {
            while !is_over.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(50));
            }
        }
        Manner::Echo => {
            let head = String::from_utf8_lossy(&came).to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
            let length: usize = length.and_then(|it| it.trim().parse().ok()).unwrap_or(0);
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
            let _ = socket.write_all(answer.as_bytes());
            let _ = socket.write_all(&body);
            let _ = socket.set_read_timeout(Some(Duration::from_millis(200)));
            let mut left = length.saturating_sub(body.len());
            while left > 0 && !is_over.load(Ordering::Relaxed) {
                match socket.read(&mut buffer) {
                    Ok(0) => return,
                    Ok(size) => {
                        left = left.saturating_sub(size);
                        if socket.write_all(&buffer[..size]).is_err() {
                            return;
                        }
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    Err(_) => return,
                }
            }
        }
    }
}
