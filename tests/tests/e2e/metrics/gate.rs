//! A gate before the Worker that passes connections on, or answers 503 by itself.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

const REFUSAL: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
/// Bytes of a request's head that are read before it is refused.
const HEAD_MAX: usize = 8 * 1024;

/// The gate. It ends with the test.
pub(super) struct ScrapeGate {
    port: u16,
    is_open: watch::Sender<bool>,
    refused: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl ScrapeGate {
    /// Starts it, open, before this port.
    pub(super) async fn start(to: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let (is_open, gate) = watch::channel(true);
        let refused = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&refused);
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (gate, counter) = (gate.clone(), Arc::clone(&counter));
                // A connection that breaks is a failed scrape, which Prometheus shows.
                tokio::spawn(async move { drop(pass(socket, to, gate, &counter).await) });
            }
        });
        Ok(Self { port, is_open, refused, task })
    }

    /// Where it is.
    pub(super) fn authority(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Ends all connections and refuses requests from now on. Returns how many it has refused.
    pub(super) fn refuse(&self) -> usize {
        let refused = self.refused();
        self.is_open.send_replace(false);
        refused
    }

    /// Passes connections on again.
    pub(super) fn open(&self) {
        self.is_open.send_replace(true);
    }

    /// How many requests it has refused.
    pub(super) fn refused(&self) -> usize {
        self.refused.load(Ordering::Relaxed)
    }
}

impl Drop for ScrapeGate {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass(
    mut socket: TcpStream,
    to: u16,
    mut gate: watch::Receiver<bool>,
    refused: &AtomicUsize,
) -> Result<()> {
    if *gate.borrow() {
        let mut worker = TcpStream::connect((Ipv4Addr::LOCALHOST, to)).await?;
        tokio::select! {
            copied = copy_bidirectional(&mut socket, &mut worker) => drop(copied?),
            closed = gate.wait_for(|is_open| !is_open) => drop(closed?),
        }
        return Ok(());
    }
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < HEAD_MAX {
        head.push(socket.read_u8().await?);
    }
    refused.fetch_add(1, Ordering::Relaxed);
    Ok(socket.write_all(REFUSAL).await?)
}
