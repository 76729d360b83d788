//! `noticewatch.toml`: how to run on this machine. What it leaves out has a value that lets the program run.
//!
//! It opens no file: paths and names of credentials are handed on as they stand.

use super::browser::BrowserSettings;
use super::fields::{Fields, KeyPlace, TomlSource};
use super::keep::Keep;
use super::mail::{Mail, MailWay};
use super::party::{Party, Sendable};
use super::proxies::Proxies;
use super::stamp::StampAuthority;
use super::subscription::Subscription;
use super::times::{Times, times};
use super::{browser, keep, mail, party, proxies, stamp, subscription, upkeep};
use noticewatch_core::address::Allowed;
use noticewatch_core::schedule::CronLine;
use noticewatch_core::target::Target;
use std::borrow::Cow;
use std::sync::LazyLock;
use std::time::Duration;
use url::Url;

static DEFAULTS: LazyLock<Settings> =
    LazyLock::new(|| read("defaults", "", None, |_| Ok(())).expect("the defaults are no mistake"));

/// How to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The state directory, where the file names one.
    pub state: Option<String>,
    /// Whom a site's operator can write to about our visits: a mail address or an https address. Part of the User-Agent.
    pub contact: Option<String>,
    /// The mail address of who runs the program; told of what only the operator can mend.
    pub operator: Option<String>,
    /// An address that is called after each run, so that a third party notices a dead daemon.
    pub ping_url: Option<String>,
    /// The IANA time zone of all lines.
    pub time_zone: String,
    /// When targets without a schedule of their own are visited.
    pub check: CronLine,
    /// Visits are spread over this much time after the line.
    pub jitter: Duration,
    /// When digests come.
    pub digest: CronLine,
    /// When the weekly letter comes.
    pub weekly: CronLine,
    /// How pages are fetched.
    pub fetch: Fetch,
    /// How long what was captured is kept.
    pub keep: Keep,
    /// The directory that the daemon copies the store into, once a day.
    pub backup: Option<String>,
    /// The file that figures are written to after each run, for Prometheus.
    pub metrics: Option<String>,
    /// Who stamps the daily root; None: nobody.
    pub stamp: Option<StampAuthority>,
    /// How pages are rendered that scripts write.
    pub browser: BrowserSettings,
    /// How letters are sent.
    pub mail: Mail,
    /// Who is told what; never empty.
    pub subscriptions: Vec<Subscription>,
}

impl Default for Settings {
    fn default() -> Self {
        DEFAULTS.clone()
    }
}

impl Settings {
    /// The line by which a target is visited: its own in the settings' time zone, or that of all.
    #[must_use]
    pub fn line_of(&self, target: &Target) -> Cow<'_, CronLine> {
        let own = target.schedule.as_ref().and_then(|cron| CronLine::parse(cron, &self.time_zone).ok());
        own.map_or(Cow::Borrowed(&self.check), Cow::Owned)
    }

    /// A recipient with the name that the settings give it.
    #[must_use]
    pub fn party(&self, address: &str) -> Party {
        let name = self.subscriptions.iter().find_map(|one| one.names.get(address)).cloned();
        Party { name, ..Party::of(address) }
    }

    /// What the program calls itself towards sites: `noticewatch/0.1.0 (+mailto:watch@example.org)`.
    #[must_use]
    pub fn user_agent(&self) -> String {
        let program = concat!("noticewatch/", env!("CARGO_PKG_VERSION"));
        if let Some(whole) = &self.fetch.user_agent {
            return whole.clone();
        }
        match &self.contact {
            Some(contact) if contact.contains("://") => format!("{program} (+{contact})"),
            Some(contact) => format!("{program} (+mailto:{contact})"),
            None => program.to_owned(),
        }
    }
}

/// How pages are fetched; the numbers are those of docs/FACTS.md 1 and 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetch {
    /// The whole User-Agent, where the operator wants another.
    pub user_agent: Option<String>,
    /// Until the connection stands: 10 s.
    pub connect_timeout: Duration,
    /// Between two reads: 20 s.
    pub read_timeout: Duration,
    /// For the whole answer: 60 s.
    pub timeout: Duration,
    /// Between two requests to one host: 2 s, and never less.
    pub spacing: Duration,
    /// Hosts asked at the same time: 8.
    pub parallel_hosts: usize,
    /// `host:port` pairs that may be asked although their address is not public.
    pub allow: Vec<String>,
    /// PEM files with certificates of authorities that are trusted besides the system's.
    pub extra_ca: Vec<String>,
    /// The operator's proxies; None: those that the environment names.
    pub proxies: Option<Proxies>,
}

/// Reads the file. With the targets at hand, a subscription that fits none of them is a mistake.
pub(crate) fn read(
    name: &str,
    text: &str,
    among: Option<&[Target]>,
    sendable: Sendable,
) -> Result<Settings, super::report::Report> {
    let source = TomlSource::new(name, text).trying(sendable);
    let Some(table) = source.parse() else { return source.finish(None) };
    let mut root = Fields::new(&source, table.get_ref(), KeyPlace { key: String::new(), span: 0..0 });
    let settings = settings(&mut root, among);
    root.finish();
    source.finish(settings)
}

fn settings(root: &mut Fields<'_>, among: Option<&[Target]>) -> Option<Settings> {
    let state = root.text("state").map(|given| given.value);
    let contact = contact(root);
    let operator = party::read(root, "operator").map(|party| party.address);
    let ping_url = ping_url(root);
    let times = times(root);
    let fetch = fetch(root);
    let keep = root.table("keep").map_or_else(Keep::default, keep::read);
    let backup = upkeep::backup(root);
    let metrics = upkeep::metrics(root);
    let stamp = stamp::read(root);
    let browser = browser::read(root);
    let mail = root.table("mail").map_or_else(|| Some(mail::default()), mail::read);
    let elsewhere = mail.as_ref().is_none_or(|mail| !matches!(mail.way, MailWay::Mailbox { .. }));
    let subscriptions = subscriptions(root, times.as_ref(), among, elsewhere, &fetch.allow);
    let times = times?;
    Some(Settings {
        state,
        contact,
        operator,
        ping_url,
        time_zone: times.zone,
        check: times.check,
        jitter: times.jitter,
        digest: times.digest,
        weekly: times.weekly,
        fetch,
        keep,
        backup,
        metrics,
        stamp,
        browser,
        mail: mail?,
        subscriptions,
    })
}

fn contact(root: &mut Fields<'_>) -> Option<String> {
    let given = root.text("contact")?;
    let site = Url::parse(&given.value).is_ok_and(|url| url.scheme() == "https" && url.has_host());
    if site || party::address(&given.value).is_ok() {
        return Some(given.value);
    }
    let problem = format!("\"{}\" is neither a mail address nor an https address", given.value);
    root.mistake(&given.place, problem, "write an address that someone reads, such as \"watch@example.org\"");
    None
}

fn ping_url(root: &mut Fields<'_>) -> Option<String> {
    let given = root.text("ping_url")?;
    let valid = Url::parse(&given.value).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if !valid {
        let problem = format!("\"{}\" is no web address", given.value);
        root.mistake(&given.place, problem, "write it whole, beginning with https://");
    }
    valid.then_some(given.value)
}

fn fetch(root: &mut Fields<'_>) -> Fetch {
    let seconds = Duration::from_secs;
    let mut fetch = Fetch {
        user_agent: None,
        connect_timeout: seconds(10),
        read_timeout: seconds(20),
        timeout: seconds(60),
        spacing: seconds(2),
        parallel_hosts: 8,
        allow: Vec::new(),
        extra_ca: Vec::new(),
        proxies: None,
    };
    let Some(mut fields) = root.table("fetch") else { return fetch };
    fetch.user_agent = fields.text("user_agent").map(|given| given.value);
    let within = seconds(1)..=seconds(60);
    fetch.connect_timeout = fields.duration("connect_timeout", within.clone()).unwrap_or(fetch.connect_timeout);
    fetch.read_timeout = fields.duration("read_timeout", within.clone()).unwrap_or(fetch.read_timeout);
    fetch.timeout = fields.duration("timeout", within).unwrap_or(fetch.timeout);
    fetch.spacing = fields.duration("spacing", seconds(2)..=seconds(3600)).unwrap_or(fetch.spacing);
    let hosts = fields.number("parallel_hosts", 1..=64).and_then(|hosts| usize::try_from(hosts).ok());
    fetch.parallel_hosts = hosts.unwrap_or(fetch.parallel_hosts);
    fetch.allow = allow(&mut fields);
    fetch.extra_ca = fields.texts("extra_ca").into_iter().map(|given| given.value).collect();
    fetch.proxies = proxies::read(&mut fields);
    fields.finish();
    fetch
}

fn allow(fields: &mut Fields<'_>) -> Vec<String> {
    let pairs = fields.texts("allow").into_iter().filter(|given| {
        let pair = Allowed::parse([given.value.as_str()]);
        if let Err(refused) = &pair {
            fields.mistake(&given.place, refused.to_string(), "write one such as \"wiki.example.org:443\"");
        }
        pair.is_ok()
    });
    pairs.map(|given| given.value).collect()
}

fn subscriptions(
    root: &mut Fields<'_>,
    times: Option<&Times>,
    among: Option<&[Target]>,
    elsewhere: bool,
    allow: &[String],
) -> Vec<Subscription> {
    let place = root.place_of("subscription");
    let tables = root.tables("subscription", "name");
    if tables.is_empty() && elsewhere && !root.holds("subscription") {
        let fix = "add a [[subscription]] with name and recipients";
        root.mistake(&place, "is missing: mail is set up, but nobody would be told", fix);
    }
    let mut read: Vec<Subscription> = Vec::new();
    for fields in tables {
        let name = fields.place_of("name");
        let found = subscription::read(fields, times, among, allow);
        if read.iter().any(|earlier| earlier.name == found.name && !found.name.is_empty()) {
            let problem = format!("\"{}\" is the name of another subscription", found.name);
            root.mistake(&name, problem, "give each subscription a name of its own");
        }
        read.push(found);
    }
    if read.is_empty() { times.map(subscription::local).into_iter().collect() } else { read }
}
