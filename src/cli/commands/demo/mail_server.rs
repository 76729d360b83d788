//! The demo's mail server: takes every letter over SMTP on loopback and keeps the octets.

use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A letter as it came: recipient and octets.
pub type Received = (String, Vec<u8>);

/// A small mail server on a port of its own; it ends with the program.
pub struct Receiver {
    letters: Arc<Mutex<Vec<Received>>>,
    port: u16,
}

impl Receiver {
    /// Starts listening on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// No port is free.
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let letters = Arc::new(Mutex::new(Vec::new()));
        let taken = Arc::clone(&letters);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, Arc::clone(&taken)));
            }
        });
        Ok(Self { letters, port })
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The letters that came so far.
    #[must_use]
    pub fn letters(&self) -> Vec<Received> {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// One SMTP session; any trouble ends it, and the client tries again.
async fn converse(stream: TcpStream, letters: Arc<Mutex<Vec<Received>>>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    stream.get_mut().write_all(b"220 demo.invalid ESMTP\r\n").await.ok()?;
    let mut recipient = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let verb = line.trim_end().to_ascii_uppercase();
        let reply = if verb.starts_with("EHLO") {
            "250-demo.invalid\r\n250 8BITMIME"
        } else if verb.starts_with("RCPT TO:") {
            recipient = line[8..].trim().trim_matches(['<', '>']).to_owned();
            "250 ok"
        } else if verb == "DATA" {
            stream.get_mut().write_all(b"354 go ahead\r\n").await.ok()?;
            let octets = message(&mut stream).await?;
            letters.lock().unwrap_or_else(PoisonError::into_inner).push((recipient.clone(), octets));
            "250 taken"
        } else if verb == "QUIT" {
            stream.get_mut().write_all(b"221 bye\r\n").await.ok()?;
            return Some(());
        } else {
            "250 ok"
        };
        stream.get_mut().write_all(format!("{reply}\r\n").as_bytes()).await.ok()?;
    }
}

/// The octets up to the lone dot, with doubled dots undone (RFC 5321, 4.5.2).
async fn message(stream: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let mut octets = Vec::new();
    loop {
        let mut line = Vec::new();
        if stream.read_until(b'\n', &mut line).await.ok()? == 0 {
            return None;
        }
        if line == b".\r\n" {
            return Some(octets);
        }
        octets.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}
