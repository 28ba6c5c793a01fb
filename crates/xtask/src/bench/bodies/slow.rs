//! Visitors who read slowly, and what memory they cost.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use rustix::net::{self, AddressFamily, SocketType, sockopt};

use crate::bench::cpu;

/// A visitor's own buffer, in bytes: what it takes is not the Worker's to hold.
const RECEIVED_MAX: usize = 4096;
/// What a visitor reads at once, and how often: 250 KB take about six seconds.
const STEP: usize = 10_000;
const PAUSE: Duration = Duration::from_millis(250);
/// After this long a visitor has been forgotten.
const LIMIT: Duration = Duration::from_secs(120);

/// In megabytes.
pub(super) struct Memory {
    pub(super) idle: f64,
    pub(super) most: f64,
}

/// Has `readers` visitors read a page of this length each, from below `path`, and watches the
/// process meanwhile.
pub(super) fn measure(
    authority: &str,
    pid: u32,
    path: &str,
    readers: usize,
    length: usize,
) -> Result<Memory> {
    let idle = cpu::resident_mb(pid)?;
    let mut most = idle;
    let port = authority.rsplit(':').next().and_then(|port| port.parse().ok());
    let port = port.context("an address without a port")?;
    let mut sockets = Vec::with_capacity(readers);
    for reader in 0..readers {
        let mut socket = connect(port)?;
        write!(
            socket,
            "GET {path}/{reader} HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\n\r\n"
        )?;
        socket.set_nonblocking(true)?;
        sockets.push((socket, 0));
    }
    let start = Instant::now();
    let mut buffer = vec![0; STEP];
    while sockets.iter().any(|(_, read)| *read < length) {
        ensure!(start.elapsed() < LIMIT, "not all bodies came within {LIMIT:?}");
        for (socket, read) in sockets.iter_mut().filter(|(_, read)| *read < length) {
            match socket.read(&mut buffer) {
                Ok(0) => anyhow::bail!("a body ended after {read} bytes"),
                Ok(bytes) => *read += bytes,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error.into()),
            }
        }
        most = most.max(cpu::resident_mb(pid)?);
        thread::sleep(PAUSE);
        most = most.max(cpu::resident_mb(pid)?);
    }
    Ok(Memory { idle, most })
}

/// The buffer's size must be known before the handshake, which tells the other side of it.
fn connect(port: u16) -> Result<TcpStream> {
    let socket = net::socket(AddressFamily::INET, SocketType::STREAM, None)?;
    sockopt::set_socket_recv_buffer_size(&socket, RECEIVED_MAX)?;
    net::connect(&socket, &SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)))?;
    Ok(socket.into())
}
