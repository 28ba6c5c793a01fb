//! The order of the server's shutdown: readiness first, then the listener, then requests, then the
//! connections to dependencies.
//!
//! No accepted request is lost. Connections that the kernel has accepted, and the server has not,
//! are taken before the listener closes. From then on each answer closes its connection, and a
//! connection without a request stays open for [`LINGER`], since a request may be on its way.

use std::iter;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};

/// A connection without a request stays open for 1 s after the listener has closed. A client that
/// keeps its connections busy uses each of them within that time, and learns that it will be
/// closed.
pub(crate) const LINGER: Duration = Duration::from_secs(1);
/// At the end at most 4,096 connections are taken from the kernel, whose queue is no longer
/// (`somaxconn`).
const MAX_BACKLOG: usize = 4_096;
/// A tenth of the time for a shutdown, and at most 1 s of it, is left for closing the open
/// connections.
const CLOSING_SHARE: u32 = 10;
const CLOSING_MAX: Duration = Duration::from_secs(1);

/// The phase of the server's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The server takes connections and requests.
    Serving,
    /// The server still takes them, but readiness says that it will stop.
    Leaving,
    /// Requests that are in progress may finish.
    Draining,
    /// Everything ends.
    Closed,
}

/// The result of a shutdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Every request was answered, and every connection closed in order.
    Clean,
    /// The time ran out before that.
    GaveUp,
}

/// The time for requests, and the time that is left for closing.
pub(crate) fn shares(whole: Duration) -> (Duration, Duration) {
    let closing = (whole / CLOSING_SHARE).min(CLOSING_MAX);
    (whole - closing, closing)
}

/// Takes the connections that the kernel has accepted, then closes the listener.
pub(crate) fn backlog(listener: TcpListener) -> Vec<TcpStream> {
    // The listener does not block, so an empty queue is an error, which ends the loop.
    let Ok(listener) = listener.into_std() else { return Vec::new() };
    let streams = iter::from_fn(|| listener.accept().ok()).take(MAX_BACKLOG);
    streams
        .filter_map(|(stream, _)| {
            stream.set_nonblocking(true).ok()?;
            TcpStream::from_std(stream).ok()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt as _;

    #[test]
    fn closing_gets_a_tenth_and_a_second_at_most() {
        let ms = Duration::from_millis;
        assert_eq!(shares(ms(10_000)), (ms(9_000), ms(1_000)));
        assert_eq!(shares(ms(60_000)), (ms(59_000), ms(1_000)));
        assert_eq!(shares(ms(500)), (ms(450), ms(50)));
    }

    #[tokio::test]
    async fn connections_that_the_kernel_has_accepted_are_taken() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut clients = Vec::new();
        for _ in 0..5 {
            clients.push(TcpStream::connect(address).await.unwrap());
        }
        assert_eq!(backlog(listener).len(), 5);
        TcpStream::connect(address).await.unwrap_err();
        clients[0].write_all(b"a").await.unwrap();
    }
}
