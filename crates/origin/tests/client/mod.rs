//! A client that sees every byte, and the backend as a process.

#![allow(dead_code, reason = "each test program uses some of it")]

pub(crate) mod process;

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// No test waits longer than 20 s for one thing.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// An answer, or the part of it that arrived.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Whether the body ended as its framing says.
    pub(crate) complete: bool,
}

/// One connection.
pub(crate) struct Client(pub(crate) BufReader<TcpStream>);

/// Fails the test if `work` takes longer than the limit.
#[track_caller]
pub(crate) fn within<F: Future>(work: F) -> impl Future<Output = F::Output> {
    let caller = std::panic::Location::caller();
    async move {
        match timeout(DEADLINE, work).await {
            Ok(output) => output,
            Err(_) => panic!("{caller}: nothing within {DEADLINE:?}"),
        }
    }
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self(BufReader::new(within(TcpStream::connect(address)).await.unwrap()))
    }

    /// Sends a request; `head` is the request line without version, then header lines.
    pub(crate) async fn send(&mut self, head: &str, body: &str) {
        let (line, fields) = head.split_once('\n').unwrap_or((head, ""));
        let mut request = format!("{line} HTTP/1.1\r\nhost: stolentee.test\r\n");
        for field in fields.lines() {
            request += &format!("{field}\r\n");
        }
        if !body.is_empty() {
            request += &format!("content-length: {}\r\n", body.len());
        }
        request += &format!("\r\n{body}");
        self.write(request.as_bytes()).await;
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        within(self.0.get_mut().write_all(bytes)).await.unwrap();
    }

    /// Reads the status line and the fields.
    pub(crate) async fn head(&mut self) -> Answer {
        let status = self.line().await;
        let status =
            status.strip_prefix("HTTP/1.1 ").unwrap_or_else(|| panic!("no HTTP: {status}"));
        let status = status[..3].parse().unwrap();
        let mut headers = Vec::new();
        loop {
            let line = self.line().await;
            if line.is_empty() {
                return Answer { status, headers, body: Vec::new(), complete: false };
            }
            let (name, value) = line.split_once(':').unwrap();
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }

    /// Reads an answer to its end, or to the end of the connection.
    pub(crate) async fn answer(&mut self, bodyless: bool) -> Answer {
        let mut answer = self.head().await;
        if bodyless || matches!(answer.status, 204 | 304) {
            answer.complete = true;
        } else if answer.header("transfer-encoding") == Some("chunked") {
            while let Some(chunk) = self.chunk().await {
                answer.complete = chunk.is_empty();
                if answer.complete {
                    break;
                }
                answer.body.extend(chunk);
            }
        } else {
            let length: u64 = answer.header("content-length").unwrap().parse().unwrap();
            let mut body = (&mut self.0).take(length);
            within(body.read_to_end(&mut answer.body)).await.unwrap();
            answer.complete = answer.body.len() as u64 == length;
        }
        answer
    }

    /// Reads a chunk, the last of which is empty. Returns `None` if the connection ended before it.
    pub(crate) async fn chunk(&mut self) -> Option<Vec<u8>> {
        let size = self.line().await;
        let size = usize::from_str_radix(&size, 16).ok()?;
        let mut chunk = vec![0; size + 2];
        within(self.0.read_exact(&mut chunk)).await.ok()?;
        chunk.truncate(size);
        Some(chunk)
    }

    /// Reads until the connection ends.
    pub(crate) async fn rest(&mut self) -> std::io::Result<Vec<u8>> {
        let mut rest = Vec::new();
        within(self.0.read_to_end(&mut rest)).await?;
        Ok(rest)
    }

    async fn line(&mut self) -> String {
        let mut line = String::new();
        within(self.0.read_line(&mut line)).await.unwrap();
        line.trim_end_matches(['\r', '\n']).to_owned()
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let field = self.headers.iter().find(|(known, _)| known == name);
        field.map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}
