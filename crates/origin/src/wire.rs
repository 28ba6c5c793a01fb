//! The TCP stream of a connection, which can end in ways that HTTP does not know.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;

use crate::gauge::Entry;
use crate::handle::{Ending, Handle};

/// The client gets these bytes in place of an answer under the fault `garbage`.
const GARBAGE: &[u8] = b"\x16\x03\x00\xff\xfe tees for sale, no status line here \x00\x01\x02\n\n";

/// A TCP stream that tells its handle when it is flushed, and counts as open while it exists.
pub(crate) struct Wire {
    stream: TcpStream,
    handle: Handle,
    _entry: Entry,
}

impl Wire {
    /// Wraps an accepted stream.
    pub(crate) fn new(stream: TcpStream, handle: Handle, entry: Entry) -> Self {
        Self { stream, handle, _entry: entry }
    }

    /// Ends the stream. An error means that the client was faster.
    pub(crate) async fn end(mut self, ending: Ending) {
        let _ = match ending {
            Ending::Close => self.stream.shutdown().await,
            Ending::Reset => self.stream.set_zero_linger(),
            Ending::Garbage => match self.stream.write_all(GARBAGE).await {
                Ok(()) => self.stream.shutdown().await,
                Err(error) => Err(error),
            },
        };
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        if flushed.is_ready() {
            // hyper flushes only after its own buffer is empty, so the kernel has all bytes.
            self.handle.handle_flush();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
