//! A connection of which nobody reads beyond the line that he asked for.
//!
//! What a server, or somebody on the way, sends in clear behind its `220 go ahead` to STARTTLS must not be taken for an
//! answer that came under TLS. lettre keeps what its buffer holds when TLS begins; so it gets a line at a time, and what
//! is left here meets the TLS handshake, which it breaks. And a server that knows only HELO hears HELO.

use lettre::transport::smtp::client::AsyncTokioStream;
use std::io::Result;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite, BufReader, ReadBuf};
use tokio::net::TcpStream;

/// The connection.
#[derive(Debug)]
pub(super) struct LineWise {
    stream: BufReader<TcpStream>,
    /// Of the first octets that are written, how many are written otherwise: see [`LineWise::old`].
    greeting: &'static [u8],
}

impl LineWise {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream: BufReader::new(stream), greeting: b"" }
    }

    /// A connection to a server that does not know EHLO: lettre's first word on it is EHLO, and HELO is what the server
    /// hears (RFC 5321, 3.2). What the server then says is one line and offers nothing.
    pub(super) fn old(stream: TcpStream) -> Self {
        Self { greeting: b"HELO", ..Self::new(stream) }
    }
}

impl AsyncRead for LineWise {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        let there = ready!(Pin::new(&mut self.stream).poll_fill_buf(context))?;
        let line = there.iter().position(|octet| *octet == b'\n').map_or(there.len(), |end| end + 1);
        let some = line.min(into.remaining());
        into.put_slice(&there[..some]);
        Pin::new(&mut self.stream).consume(some);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for LineWise {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, octets: &[u8]) -> Poll<Result<usize>> {
        // Whatever pieces the word is written in, each letter of it has its place.
        let most = self.greeting.len().min(octets.len());
        let piece = if most == 0 { octets } else { &self.greeting[..most] };
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, piece))?;
        self.greeting = self.greeting.get(written..).unwrap_or_default();
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl AsyncTokioStream for LineWise {
    fn peer_addr(&self) -> Result<SocketAddr> {
        self.stream.get_ref().peer_addr()
    }
}
