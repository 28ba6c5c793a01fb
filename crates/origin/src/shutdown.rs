//! How the server's life ends: readiness first, then the listener, then requests, then what it is
//! connected to.
//!
//! Nothing that was accepted is lost on the way. Connections that the kernel has accepted, and we
//! have not, are taken before the listener closes. From then on each answer closes its connection,
//! and a connection without a request stays open for [`LINGER`], since one may be on its way.

use std::iter;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};

/// How long a connection without a request stays open once the listener is closed. A client that
/// keeps connections busy uses each of them within it, and learns that it closes.
pub(crate) const LINGER: Duration = Duration::from_secs(1);
/// Connections that are taken from the kernel at the end; its own queue is no longer (`somaxconn`).
const MAX_BACKLOG: usize = 4_096;
/// Of the time for a shutdown, the part that is left for closing what is still open: a tenth, and
/// a second at most.
const CLOSING_SHARE: u32 = 10;
const CLOSING_MAX: Duration = Duration::from_secs(1);

/// Where the server's life stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// New connections and requests are taken.
    Serving,
    /// They still are, but whoever asks is told that they will not be.
    Leaving,
    /// Requests that are under way may finish.
    Draining,
    /// Everything ends.
    Closed,
}

/// How a shutdown went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Every request was answered, and every connection closed in order.
    Clean,
    /// The time was over before that.
    GaveUp,
}

/// The time for requests, and what is left for closing.
pub(crate) fn shares(whole: Duration) -> (Duration, Duration) {
    let closing = (whole / CLOSING_SHARE).min(CLOSING_MAX);
    (whole - closing, closing)
}

/// Takes the connections that the kernel has accepted, then closes the listener.
pub(crate) fn backlog(listener: TcpListener) -> Vec<TcpStream> {
    // It does not block, so that an empty queue is an error, which ends this.
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
    async fn what_the_kernel_has_accepted_is_taken() {
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
