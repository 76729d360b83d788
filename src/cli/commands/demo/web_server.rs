//! The demo's web server: a few pages over loopback that can be changed while it runs.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What stands at a path: a status and a page.
type Pages = Arc<Mutex<HashMap<String, (u16, String)>>>;

/// A small web server on a port of its own; it ends with the program.
pub struct Site {
    pages: Pages,
    port: u16,
}

impl Site {
    /// Starts serving on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// No port is free.
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let pages = Pages::default();
        let served = Arc::clone(&pages);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&served)));
            }
        });
        Ok(Self { pages, port })
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Puts a page at a path.
    pub fn put(&self, path: &str, status: u16, page: &str) {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        pages.insert(path.to_owned(), (status, page.to_owned()));
    }
}

/// One request, one answer, then the connection ends.
async fn answer(mut stream: TcpStream, pages: Pages) {
    let mut head = Vec::new();
    let mut piece = [0; 1024];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") && head.len() < 16_384 {
        match stream.read(&mut piece).await {
            Ok(read) if read > 0 => head.extend_from_slice(&piece[..read]),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or("/").to_owned();
    let found = pages.lock().unwrap_or_else(PoisonError::into_inner).get(&path).cloned();
    let (status, page) = found.unwrap_or((404, "<title>Not found</title><p>No such page.</p>".to_owned()));
    let head = format!(
        "HTTP/1.1 {status} Demo\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        page.len()
    );
    // A client that went away wants no answer.
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(page.as_bytes()).await;
    let _ = stream.shutdown().await;
}
