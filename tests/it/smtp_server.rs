//! An SMTP server in the same process that misbehaves as its script says.
//!
//! Each step has a list of acts, one a connection; the last one stays. What arrives whole is kept.

use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

/// What the server does at a step.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    /// Answers so.
    Say(&'static str),
    /// Answers nothing, and holds the connection.
    Hang,
    /// Ends the connection.
    Drop,
    /// Answers so, octet after octet.
    Slowly(&'static str),
}

/// The steps of a session.
#[derive(Clone)]
pub struct Script {
    pub banner: Vec<Act>,
    /// Lines after the first of the answer to EHLO: `STARTTLS`, `AUTH PLAIN`.
    pub offers: Vec<&'static str>,
    pub auth: Vec<Act>,
    pub mail: Vec<Act>,
    pub rcpt: Vec<Act>,
    pub data: Vec<Act>,
    pub dot: Vec<Act>,
    pub tls: Option<TlsAcceptor>,
}

impl Default for Script {
    fn default() -> Self {
        let fine = || vec![Act::Say("250 2.0.0 fine")];
        Self {
            banner: vec![Act::Say("220 test.example ESMTP")],
            offers: Vec::new(),
            auth: vec![Act::Say("235 2.7.0 welcome")],
            mail: fine(),
            rcpt: fine(),
            data: vec![Act::Say("354 go on")],
            dot: vec![Act::Say("250 2.0.0 queued as 42")],
            tls: None,
        }
    }
}

/// The running server.
pub struct Server {
    pub port: u16,
    arrived: Arc<Mutex<Vec<String>>>,
    script: Arc<Mutex<(Script, usize)>>,
    commands: Arc<watch::Sender<usize>>,
}

impl Server {
    pub async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port on loopback");
        let port = listener.local_addr().expect("its address").port();
        let arrived = Arc::<Mutex<Vec<String>>>::default();
        let script = Arc::new(Mutex::new((script, 0)));
        let commands = Arc::new(watch::channel(0).0);
        let (kept, scripted, counted) = (Arc::clone(&arrived), Arc::clone(&script), Arc::clone(&commands));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (script, number) = {
                    let mut scripted = scripted.lock().expect("the script");
                    scripted.1 += 1;
                    (scripted.0.clone(), scripted.1 - 1)
                };
                let (arrived, commands) = (Arc::clone(&kept), Arc::clone(&counted));
                let session = Session { script, number, arrived, commands };
                tokio::spawn(async move { session.run(stream).await });
            }
        });
        Self { port, arrived, script, commands }
    }

    /// From now on, connections are served so, counted anew.
    pub fn set(&self, script: Script) {
        *self.script.lock().expect("the script") = (script, 0);
    }

    /// The connections since the script was set.
    pub fn connections(&self) -> usize {
        self.script.lock().expect("the script").1
    }

    /// The number of commands and final dots so far, counted before they are answered.
    pub fn commands(&self) -> watch::Receiver<usize> {
        self.commands.subscribe()
    }

    /// The letters taken so far, as they came.
    pub fn arrived(&self) -> Vec<String> {
        self.arrived.lock().expect("the letters").clone()
    }
}

struct Session {
    script: Script,
    number: usize,
    arrived: Arc<Mutex<Vec<String>>>,
    commands: Arc<watch::Sender<usize>>,
}

impl Session {
    async fn run(&self, stream: tokio::net::TcpStream) -> Option<()> {
        let mut stream = BufReader::new(stream);
        self.act(&self.script.banner, &mut stream).await?;
        if self.talk(&mut stream).await? {
            let acceptor = self.script.tls.clone()?;
            let tls = acceptor.accept(stream.into_inner()).await.ok()?;
            self.talk(&mut BufReader::new(tls)).await?;
        }
        Some(())
    }

    /// The conversation; true: the client wants TLS now. None: the connection is over.
    async fn talk<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: &mut BufReader<S>) -> Option<bool> {
        loop {
            let command = line(stream).await?;
            self.commands.send_modify(|count| *count += 1);
            match command.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase().as_str() {
                "EHLO" => {
                    let offers =
                        self.script.offers.iter().fold(String::new(), |all, offer| all + "250-" + offer + "\r\n");
                    write(stream, &format!("250-test.example\r\n{offers}250 HELP\r\n")).await?;
                }
                "STARTTLS" => {
                    write(stream, "220 go ahead\r\n").await?;
                    return Some(true);
                }
                "AUTH" => self.act(&self.script.auth, stream).await?,
                "MAIL" => self.act(&self.script.mail, stream).await?,
                "RCPT" => self.act(&self.script.rcpt, stream).await?,
                "DATA" => {
                    self.act(&self.script.data, stream).await?;
                    self.letter(stream).await?;
                }
                _ => {
                    write(stream, "221 bye\r\n").await?;
                    return None;
                }
            }
        }
    }

    async fn letter<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: &mut BufReader<S>) -> Option<()> {
        if !matches!(self.of(&self.script.data), Act::Say(text) | Act::Slowly(text) if text.starts_with('3')) {
            return Some(());
        }
        let mut letter = String::new();
        loop {
            let line = line(stream).await?;
            if line == "." {
                break;
            }
            letter.push_str(line.strip_prefix('.').unwrap_or(&line));
            letter.push_str("\r\n");
        }
        if matches!(self.of(&self.script.dot), Act::Say(text) | Act::Slowly(text) if text.starts_with('2')) {
            self.arrived.lock().expect("the letters").push(letter);
        }
        self.commands.send_modify(|count| *count += 1);
        self.act(&self.script.dot, stream).await
    }

    fn of(&self, acts: &[Act]) -> Act {
        acts[self.number.min(acts.len() - 1)]
    }

    async fn act<S: AsyncRead + AsyncWrite + Unpin>(&self, acts: &[Act], stream: &mut BufReader<S>) -> Option<()> {
        match self.of(acts) {
            Act::Say(text) => write(stream, &format!("{text}\r\n")).await,
            Act::Slowly(text) => {
                for octet in format!("{text}\r\n").chars() {
                    tokio::task::yield_now().await;
                    write(stream, &octet.to_string()).await?;
                }
                Some(())
            }
            Act::Hang => std::future::pending().await,
            Act::Drop => None,
        }
    }
}

async fn line<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufReader<S>) -> Option<String> {
    let mut line = String::new();
    let read = stream.read_line(&mut line).await.ok()?;
    (read > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned())
}

async fn write<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufReader<S>, text: &str) -> Option<()> {
    stream.write_all(text.as_bytes()).await.ok()?;
    stream.flush().await.ok()
}
