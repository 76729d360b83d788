//! A connection of which nobody reads beyond the line that he asked for.
//!
//! What a server, or somebody on the way, sends in clear behind its `220 go ahead` to STARTTLS must not be taken for an
//! answer that came under TLS. lettre keeps what its buffer holds when TLS begins; so it gets a line at a time, and what
//! is left here meets the TLS handshake, which it breaks.

use lettre::transport::smtp::client::AsyncTokioStream;
use std::io::Result;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite, BufReader, ReadBuf};
use tokio::net::TcpStream;

/// The connection.
#[derive(Debug)]
pub(super) struct LineWise(BufReader<TcpStream>);

impl LineWise {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self(BufReader::new(stream))
    }
}

impl AsyncRead for LineWise {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        let there = ready!(Pin::new(&mut self.0).poll_fill_buf(context))?;
        let line = there.iter().position(|octet| *octet == b'\n').map_or(there.len(), |end| end + 1);
        let some = line.min(into.remaining());
        into.put_slice(&there[..some]);
        Pin::new(&mut self.0).consume(some);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for LineWise {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, octets: &[u8]) -> Poll<Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

impl AsyncTokioStream for LineWise {
    fn peer_addr(&self) -> Result<SocketAddr> {
        self.0.get_ref().peer_addr()
    }
}
