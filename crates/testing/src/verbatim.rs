//! An upstream that sends the very bytes of a test, when the test wants them sent: answers that no
//! HTTP server writes, and bodies that come in pieces.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex};

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use crate::listener::runtime;

/// A request head has at most 64 KiB, and mostly far less.
const HEAD_MAX: usize = 64 * 1024;

/// A piece of the answer to a request.
#[derive(Clone, Debug)]
pub enum Piece {
    /// These bytes.
    Bytes(Vec<u8>),
    /// Nothing, until the test calls [`Raw::go_on`].
    Wait,
    /// The end of the connection.
    Close,
    /// The same as of a machine that is gone.
    Reset,
}

/// The upstream. It ends with the test.
#[derive(Debug)]
pub struct Raw {
    url: String,
    seen: Arc<Mutex<Vec<String>>>,
    gate: Arc<Semaphore>,
    task: JoinHandle<()>,
}

impl Raw {
    /// Starts the upstream with a function from the head of a request to the pieces of its answer.
    /// Requests must not have bodies.
    pub fn start(answer: impl Fn(&str) -> Vec<Piece> + Send + Sync + 'static) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let url = format!("http://{}", listener.local_addr()?);
        listener.set_nonblocking(true)?;
        let (seen, gate) = (Arc::default(), Arc::new(Semaphore::new(0)));
        let runtime = runtime()?;
        let _entered = runtime.enter();
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let shared = (Arc::clone(&seen), Arc::clone(&gate), Arc::new(answer));
        let task = runtime.spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (seen, gate, answer) = shared.clone();
                tokio::spawn(async move {
                    // A broken connection shows in the Worker's answer.
                    let _ = serve(socket, &seen, &gate, &*answer).await;
                });
            }
        });
        Ok(Self { url, seen, gate, task })
    }

    /// `http://host:port`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Lets one [`Piece::Wait`] end.
    pub fn go_on(&self) {
        self.gate.add_permits(1);
    }

    /// The heads of the requests for a path so far; the path includes the query.
    pub fn seen(&self, path: &str) -> Vec<String> {
        let seen = self.seen.lock().map(|seen| seen.clone()).unwrap_or_default();
        seen.into_iter().filter(|head| path_of(head) == path).collect()
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The path in the head of a request.
pub fn path_of(head: &str) -> &str {
    head.split(' ').nth(1).unwrap_or_default()
}

/// An answer with this end of the status line (`200 OK`), these fields and this body.
pub fn message(status: &str, fields: &[&str], body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {status}\r\n").into_bytes();
    for field in fields {
        bytes.extend_from_slice(field.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    bytes
}

/// An answer with the body's length among the fields.
pub fn sized(status: &str, fields: &[&str], body: &[u8]) -> Vec<u8> {
    let length = format!("content-length: {}", body.len());
    message(status, &[&[&*length], fields].concat(), body)
}

/// A chunk of a body.
pub fn chunk(bytes: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

/// The head of a gzip stream (RFC 1952 §2.3).
pub const GZIP_HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// Bytes as a block of a gzip stream that is not compressed, and can be decoded at once (RFC 1951
/// §3.2.4).
pub fn gzip_block(bytes: &[u8]) -> Vec<u8> {
    let length = bytes.len() as u16;
    [&[0][..], &length.to_le_bytes(), &(!length).to_le_bytes(), bytes].concat()
}

/// The end of a gzip stream of these bytes.
pub fn gzip_end(all: &[u8]) -> Vec<u8> {
    let length = all.len() as u32;
    [&[1, 0, 0, 255, 255][..], &crc32(all).to_le_bytes(), &length.to_le_bytes()].concat()
}

/// Bytes as a gzip stream, not made shorter.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let blocks: Vec<u8> = bytes.chunks(60_000).flat_map(gzip_block).collect();
    [&GZIP_HEAD[..], &blocks, &gzip_end(bytes)].concat()
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        let step = |crc: u32, _| (crc >> 1) ^ (0xedb8_8320 & 0u32.wrapping_sub(crc & 1));
        (0..8).fold(crc ^ u32::from(byte), step)
    })
}

async fn serve(
    mut socket: TcpStream,
    seen: &Mutex<Vec<String>>,
    gate: &Semaphore,
    answer: &(impl Fn(&str) -> Vec<Piece> + ?Sized),
) -> Result<()> {
    let mut read = Vec::new();
    loop {
        while !read.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
            anyhow::ensure!(read.len() < HEAD_MAX, "a head without an end");
            if socket.read_buf(&mut read).await? == 0 {
                return Ok(());
            }
        }
        let head = String::from_utf8_lossy(&read).into_owned();
        read.clear();
        if let Ok(mut seen) = seen.lock() {
            seen.push(head.clone());
        }
        for piece in answer(&head) {
            match piece {
                Piece::Bytes(bytes) => socket.write_all(&bytes).await?,
                Piece::Wait => gate.acquire().await?.forget(),
                Piece::Close => return Ok(()),
                Piece::Reset => return Ok(socket.set_zero_linger()?),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::crc32;

    #[test]
    fn the_checksum_is_that_of_the_standard() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }
}
