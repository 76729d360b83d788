//! An SMTP server in the same process that misbehaves as its script says.
//!
//! Each step has a list of acts, one a connection; the last one stays. What arrives whole is kept.

use std::collections::HashMap;
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
    /// At the final dot: takes the letter, and answers nothing.
    TakeAndHang,
    /// At the final dot: takes the letter, and ends the connection.
    TakeAndDrop,
}

impl Act {
    /// Whether the letter is the server's after this answer to the final dot.
    fn takes(self) -> bool {
        match self {
            Self::Say(text) | Self::Slowly(text) => text.starts_with('2'),
            Self::TakeAndHang | Self::TakeAndDrop => true,
            Self::Hang | Self::Drop => false,
        }
    }
}

/// The steps of a session.
#[derive(Clone)]
pub struct Script {
    /// TLS from the first octet on.
    pub implicit: bool,
    pub banner: Vec<Act>,
    /// The answer to EHLO, where it is another than the usual one with the offers.
    pub ehlo: Option<&'static str>,
    /// Lines after the first of the answer to EHLO: `STARTTLS`, `AUTH PLAIN`.
    pub offers: Vec<&'static str>,
    pub starttls: Vec<Act>,
    pub auth: Vec<Act>,
    pub mail: Vec<Act>,
    pub rcpt: Vec<Act>,
    pub data: Vec<Act>,
    pub dot: Vec<Act>,
    pub tls: Option<TlsAcceptor>,
    /// Octets of a letter, at most.
    pub size: Option<usize>,
    /// From RCPT on, letters to this address are served so, each list counted by letters to it.
    pub only: Vec<(&'static str, Script)>,
}

impl Default for Script {
    fn default() -> Self {
        let fine = || vec![Act::Say("250 2.0.0 fine")];
        Self {
            implicit: false,
            banner: vec![Act::Say("220 test.example ESMTP")],
            ehlo: None,
            offers: Vec::new(),
            starttls: vec![Act::Say("220 go ahead")],
            auth: vec![Act::Say("235 2.7.0 welcome")],
            mail: fine(),
            rcpt: fine(),
            data: vec![Act::Say("354 go on")],
            dot: vec![Act::Say("250 2.0.0 queued as 42")],
            tls: None,
            size: None,
            only: Vec::new(),
        }
    }
}

/// What is served now: the script, the connections so far, and the letters so far to each address with its own.
type Scripted = (Script, usize, HashMap<&'static str, usize>);

/// A letter that was taken, and whether the client was told so.
pub type Arrived = (String, bool);

/// The running server.
pub struct Server {
    pub port: u16,
    arrived: Arc<Mutex<Vec<Arrived>>>,
    script: Arc<Mutex<Scripted>>,
    commands: Arc<watch::Sender<usize>>,
    cuts: Arc<watch::Sender<()>>,
}

impl Server {
    pub async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port on loopback");
        let port = listener.local_addr().expect("its address").port();
        let arrived = Arc::<Mutex<Vec<Arrived>>>::default();
        let script = Arc::new(Mutex::new((script, 0, HashMap::new())));
        let commands = Arc::new(watch::channel(0).0);
        let cuts = Arc::new(watch::channel(()).0);
        let cutting = Arc::clone(&cuts);
        let (kept, scripted, counted) = (Arc::clone(&arrived), Arc::clone(&script), Arc::clone(&commands));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (script, number) = {
                    let mut scripted = scripted.lock().expect("the script");
                    scripted.1 += 1;
                    (scripted.0.clone(), scripted.1 - 1)
                };
                let (arrived, commands) = (Arc::clone(&kept), Arc::clone(&counted));
                let scripted = Arc::clone(&scripted);
                let session = Session { script, number, arrived, commands, scripted };
                let mut cut = cutting.subscribe();
                tokio::spawn(async move {
                    tokio::select! {
                        _ = session.run(stream) => (),
                        _ = cut.changed() => (),
                    }
                });
            }
        });
        Self { port, arrived, script, commands, cuts }
    }

    /// From now on, connections are served so, counted anew.
    pub fn set(&self, script: Script) {
        *self.script.lock().expect("the script") = (script, 0, HashMap::new());
    }

    /// Ends all connections that stand.
    #[allow(dead_code, reason = "for those who have no time to wait for a client's patience to end")]
    pub fn cut(&self) {
        self.cuts.send_replace(());
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
        self.answered().into_iter().map(|(letter, _)| letter).collect()
    }

    /// The letters taken so far, each with whether that was said.
    pub fn answered(&self) -> Vec<Arrived> {
        self.arrived.lock().expect("the letters").clone()
    }
}

struct Session {
    script: Script,
    number: usize,
    arrived: Arc<Mutex<Vec<Arrived>>>,
    commands: Arc<watch::Sender<usize>>,
    scripted: Arc<Mutex<Scripted>>,
}

impl Session {
    async fn run(&self, stream: tokio::net::TcpStream) -> Option<()> {
        if self.script.implicit {
            let acceptor = self.script.tls.clone()?;
            let mut tls = BufReader::new(acceptor.accept(stream).await.ok()?);
            self.act(&self.script.banner, &mut tls).await?;
            return self.talk(&mut tls).await.map(|_| ());
        }
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
        let mut own = None;
        loop {
            let command = line(stream).await?;
            self.commands.send_modify(|count| *count += 1);
            let here = own.as_ref().unwrap_or(self);
            match command.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase().as_str() {
                "EHLO" if self.script.ehlo.is_some() => {
                    write(stream, &format!("{}\r\n", self.script.ehlo.unwrap_or_default())).await?;
                }
                "HELO" => write(stream, "250 test.example\r\n").await?,
                "EHLO" => {
                    let offers =
                        self.script.offers.iter().fold(String::new(), |all, offer| all + "250-" + offer + "\r\n");
                    write(stream, &format!("250-test.example\r\n{offers}250 HELP\r\n")).await?;
                }
                "STARTTLS" => {
                    self.act(&self.script.starttls, stream).await?;
                    if matches!(self.of(&self.script.starttls), Act::Say(text) if text.starts_with('2')) {
                        return Some(true);
                    }
                }
                "AUTH" => self.act(&self.script.auth, stream).await?,
                "MAIL" => self.act(&self.script.mail, stream).await?,
                "RCPT" => {
                    own = self.for_recipient(&command);
                    let here = own.as_ref().unwrap_or(self);
                    here.act(&here.script.rcpt, stream).await?;
                }
                "DATA" => {
                    here.act(&here.script.data, stream).await?;
                    here.letter(stream).await?;
                }
                _ => {
                    write(stream, "221 bye\r\n").await?;
                    return None;
                }
            }
        }
    }

    /// How a letter to this recipient is served, where it has a script of its own.
    fn for_recipient(&self, command: &str) -> Option<Self> {
        let (address, script) = self.script.only.iter().find(|(address, _)| command.contains(address))?;
        let mut scripted = self.scripted.lock().expect("the script");
        let count = scripted.2.entry(address).or_default();
        *count += 1;
        let (number, script) = (*count - 1, script.clone());
        let (arrived, commands) = (Arc::clone(&self.arrived), Arc::clone(&self.commands));
        Some(Self { script, number, arrived, commands, scripted: Arc::clone(&self.scripted) })
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
        if let Some(why) = self.refusal(&letter) {
            self.commands.send_modify(|count| *count += 1);
            return write(stream, &format!("{why}\r\n")).await;
        }
        let act = self.of(&self.script.dot);
        if act.takes() {
            let said = matches!(act, Act::Say(_) | Act::Slowly(_));
            self.arrived.lock().expect("the letters").push((letter, said));
        }
        self.commands.send_modify(|count| *count += 1);
        self.act(&self.script.dot, stream).await
    }

    /// What a strict server does not take: too much, octets of eight bits that it did not offer to take, long lines.
    fn refusal(&self, letter: &str) -> Option<&'static str> {
        if self.script.size.is_some_and(|size| letter.len() > size) {
            return Some("552 5.3.4 message size exceeds fixed limit");
        }
        let eight = self.script.offers.contains(&"8BITMIME") || letter.is_ascii();
        let short = letter.lines().all(|line| line.len() <= 998);
        (!eight || !short).then_some("554 5.6.0 not the mail of a careful sender")
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
            Act::Hang | Act::TakeAndHang => std::future::pending().await,
            Act::Drop | Act::TakeAndDrop => None,
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
