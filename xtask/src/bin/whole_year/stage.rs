//! What the program watches and whom it tells: the servers, set by the calendar, and the files that it is given.

use crate::Failure;
use crate::fault_server::{Answer, FaultServer, Step};
use crate::faults::{Peers, Row};
use crate::mail_faults::{self, ONE, Papers, Setup, papers, well};
use crate::pages::{self, Promise};
use crate::plan::Year;
use crate::smtp_server::{Script, Server};
use jiff::Timestamp;
use std::fmt::Write as _;
use std::path::PathBuf;

/// As many hosts; pages are dealt out to them.
const HOSTS: usize = 8;

/// A subscription as the reckoning needs it.
pub struct Audience {
    pub name: &'static str,
    pub receivers: &'static [&'static str],
    /// Its lines in the settings.
    lines: &'static str,
    /// Whether it is told of a page.
    pub wants: fn(usize) -> bool,
    /// It is told of troubles and gets a letter each week.
    pub weekly: bool,
}

/// Who is told what: at once, by day and by week, in four time zones, by mail, webhook and directory.
pub const AUDIENCES: [Audience; 5] = [
    Audience {
        name: "legal",
        receivers: &[ONE, "desk@press.example"],
        lines: "time_zone = \"America/New_York\"",
        wants: |_| true,
        weekly: true,
    },
    Audience {
        name: "press",
        receivers: &["editor@press.example"],
        lines: "time_zone = \"Europe/Berlin\"\nat_once = false\ndigest = \"weekly\"\ntargets = [\"*-law\"]",
        wants: |page| page.is_multiple_of(2),
        weekly: true,
    },
    Audience {
        name: "days",
        receivers: &["day@research.example"],
        lines: "time_zone = \"Asia/Kolkata\"\nat_once = false\nweekly = false\ntext_only = true\ntargets = [\"*-privacy\"]",
        wants: |page| !page.is_multiple_of(2),
        weekly: false,
    },
    Audience { name: "room", receivers: &["webhook:room"], lines: "", wants: |_| true, weekly: true },
    Audience {
        name: "shelf",
        receivers: &["mailbox:shelf"],
        lines: "time_zone = \"Pacific/Auckland\"\nat_once = false\ndigest = false\nweekly = true",
        wants: |_| true,
        weekly: true,
    },
];

/// The servers and what they show.
pub struct Stage {
    pub year: Year,
    rows: Vec<Row>,
    peers: Peers,
    hosts: Vec<FaultServer>,
    hook: FaultServer,
    pub mail: Server,
    mail_rows: Vec<mail_faults::Row>,
    papers: Papers,
    /// What each page shows.
    shown: Vec<Option<Scene>>,
    fault: Option<usize>,
    /// How often the webhook had been called each time it went down or came back.
    hook_turns: Vec<usize>,
    pub dir: PathBuf,
    /// Nobody waits here for a client's patience to end: answers that keep it waiting are cut short.
    pub brief: bool,
}

fn path(page: usize) -> String {
    format!("/{}", pages::names(page).0)
}

/// What one page shows.
#[derive(Clone, Copy, PartialEq)]
struct Scene {
    edition: usize,
    cosmetic: usize,
    fault: Option<usize>,
    no_network: bool,
    brief: bool,
}

/// The rows of the table of mail faults that fit letters in clear.
pub fn mail_rows(papers: &Papers) -> Vec<mail_faults::Row> {
    mail_faults::rows(papers).into_iter().filter(|row| row.setup == Setup::Clear).collect()
}

impl Stage {
    /// Starts the servers and writes the files.
    ///
    /// # Errors
    /// The files cannot be written.
    pub async fn new(year: Year, rows: Vec<Row>, peers: Peers, dir: PathBuf) -> Result<Self, Failure> {
        let mut hosts = Vec::new();
        for _ in 0..HOSTS {
            let host = FaultServer::start().await;
            let words = "Welcome to a place where people meet and share what they like. ".repeat(20);
            host.set("/", Answer::page(format!("<title>Home</title><p>{words}</p>")));
            hosts.push(host);
        }
        let (hook, mail, papers) = (FaultServer::start().await, Server::start(Script::default()).await, papers());
        hook.set("/hook", Answer::status("204 No Content"));
        let (shown, mail_rows) = (vec![None; year.pages], mail_rows(&papers));
        let (fault, hook_turns, brief) = (None, Vec::new(), false);
        let stage =
            Self { year, rows, peers, hosts, hook, mail, mail_rows, papers, shown, fault, hook_turns, dir, brief };
        std::fs::write(stage.dir.join("targets.toml"), stage.targets())?;
        stage.settings("20m")?;
        Ok(stage)
    }

    fn targets(&self) -> String {
        (0..self.year.pages).fold(String::new(), |mut all, page| {
            let ((id, kind), service) = (pages::names(page), pages::brand(page));
            let url = self.hosts[page % HOSTS].url(&format!("/{id}"));
            let select = if page % 4 == 1 { "select = \"div.doc\"\n" } else { "" };
            let _ = writeln!(
                all,
                "[[target]]\nid = \"{id}\"\nservice = \"{service}\"\nterms_type = \"{kind}\"\nurl = \"{url}\"\nlanguage = \"en\"\n{select}"
            );
            all
        })
    }

    /// Writes the settings, with this jitter; one that cannot be read makes them broken.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn settings(&self, jitter: &str) -> Result<(), Failure> {
        let mut allowed: Vec<String> = self.hosts.iter().map(FaultServer::authority).collect();
        allowed.extend(self.peers.authorities.iter().cloned().chain([self.hook.authority()]));
        let (ca, port) = (self.peers.authority.file.path().display(), self.mail.port);
        let backup = self.dir.join("backup").display().to_string();
        let mut text = format!(
            "contact = \"watch@noticewatch.example\"\noperator = \"ops@noticewatch.example\"\ntime_zone = \"UTC\"\n\
             [schedule]\njitter = \"{jitter}\"\n[fetch]\nallow = {allowed:?}\nextra_ca = [\"{ca}\"]\n\
             [backup]\ndirectory = \"{backup}\"\n[mail]\nfrom = \"watch@noticewatch.example\"\n\
             [mail.smtp]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nhelo = \"client.example\"\n"
        );
        for Audience { name, receivers, lines, .. } in &AUDIENCES {
            let mails: Vec<&str> = receivers.iter().copied().filter(|to| to.contains('@')).collect();
            let way = match (mails.is_empty(), receivers.first()) {
                (false, _) => format!("recipients = {mails:?}"),
                (true, Some(way)) if way.starts_with("webhook") => format!("webhook = \"{}\"", self.hook.url("/hook")),
                _ => format!("mailbox = \"{}\"", self.shelf().display()),
            };
            let _ = writeln!(text, "[[subscription]]\nname = \"{name}\"\n{way}\n{lines}");
        }
        Ok(std::fs::write(self.dir.join("noticewatch.toml"), text)?)
    }

    /// The directory that gets letters as files.
    pub fn shelf(&self) -> PathBuf {
        self.dir.join("shelf")
    }

    /// Sets what is served at that moment, where it differs from the last.
    pub fn set(&mut self, now: Timestamp) {
        for page in 0..self.year.pages {
            let scene = self.scene(page, now);
            if self.shown[page].replace(scene) != Some(scene) {
                let answer = self.answer(page, scene, now);
                self.hosts[page % HOSTS].set(&path(page), answer);
            }
        }
        for (page, at, promise) in &self.year.flashes {
            let scene = self.scene(*page, now);
            // Served to one request, if it falls into this moment.
            if *at == now && scene.fault.is_none() && !scene.no_network {
                let flash = pages::page(*page, promise, scene.cosmetic);
                let after = self.answer(*page, scene, now);
                self.hosts[*page % HOSTS].script(&path(*page), [Answer::page(flash), after]);
            }
        }
        let fault = self.year.mail.iter().find(|(_, from, until)| *from <= now && now < *until).map(|(row, ..)| *row);
        if fault != self.fault {
            self.fault = fault;
            let script = fault.map(|row| self.mail_rows[row].script.clone());
            self.mail.set(script.unwrap_or_else(|| well(Setup::Clear, &self.papers)));
            self.mail.cut();
        }
        let down = self.year.hook.iter().any(|(from, until)| *from <= now && now < *until);
        if down == self.hook_turns.len().is_multiple_of(2) {
            self.hook_turns.push(self.hook.count("/hook"));
            self.hook.set("/hook", Answer::status(if down { "503 Busy" } else { "204 No Content" }));
        }
    }

    fn scene(&self, page: usize, now: Timestamp) -> Scene {
        let faults = &self.year.faults;
        let struck = faults.faults.iter().find(|fault| fault.page == page && fault.from <= now && now < fault.until);
        let no_network = faults.nights.iter().any(|(from, until)| *from <= now && now < *until);
        let (edition, cosmetic) = (self.year.edition(page, now), self.year.cosmetic(page, now));
        Scene { edition, cosmetic, fault: struck.map(|fault| fault.row), no_network, brief: self.brief }
    }

    fn answer(&self, page: usize, scene: Scene, now: Timestamp) -> Answer {
        let body = pages::page(page, self.promise(page, scene), scene.cosmetic);
        match (scene.no_network, scene.fault.map(|row| &self.rows[row])) {
            (true, _) => Answer::default().then(Step::Reset),
            (false, None) => Answer::page(body),
            (false, Some(row)) if row.slow && scene.brief => Answer::default().then(Step::Reset),
            (false, Some(row)) => {
                let next = (page + 1) % self.year.pages;
                let neighbour = self.scene(next, now);
                row.answer(&body, &pages::page(next, self.promise(next, neighbour), neighbour.cosmetic))
            }
        }
    }

    fn promise(&self, page: usize, scene: Scene) -> &Promise {
        self.year.promise(page, scene.edition)
    }

    /// The name of the fault of the mail server, and whether it keeps clients waiting.
    pub fn mail_fault(&self) -> Option<(&'static str, bool)> {
        self.fault.map(|row| (self.mail_rows[row].name, self.mail_rows[row].slow))
    }

    /// The row of the table of page faults.
    pub fn row(&self, index: usize) -> &Row {
        &self.rows[index]
    }

    /// What the webhook was called with and took.
    pub fn hooks(&self) -> Vec<Vec<u8>> {
        let calls = self.hook.asked().into_iter().filter(|asked| asked.path == "/hook").enumerate();
        let well = |index| self.hook_turns.iter().filter(|turn| **turn <= index).count().is_multiple_of(2);
        calls.filter(|(index, _)| well(*index)).map(|(_, asked)| asked.body).collect()
    }
}
