//! The site that is watched: it answers each check with the same page, and counts them.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use anyhow::Result;

/// The answer.
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\n\
    content-length: 65\r\n\r\n<!doctype html><title>StolenTee</title><h1>Shirts of the day</h1>";

/// A site on a free port. It ends with the process.
pub(super) struct Target {
    url: String,
    asked: Arc<AtomicU64>,
}

impl Target {
    pub(super) fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let url = format!("http://127.0.0.1:{}", listener.local_addr()?.port());
        let asked = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&asked);
        thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let counter = Arc::clone(&counter);
                thread::spawn(move || serve(&socket, &counter));
            }
        });
        Ok(Self { url, asked })
    }

    /// `http://host:port`.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// How many requests of checks have come.
    pub(super) fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }
}

fn serve(socket: &TcpStream, counter: &AtomicU64) -> Result<()> {
    socket.set_nodelay(true)?;
    let (mut reader, mut writer) = (BufReader::new(socket), socket);
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        if line.starts_with("GET /") && !line.starts_with("GET /health") {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        if line.trim_end().is_empty() {
            writer.write_all(ANSWER)?;
        }
    }
}
