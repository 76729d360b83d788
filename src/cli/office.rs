//! What every verb stands on: settings, targets, the state directory and the clock, found where the options say.

use super::args::Common;
use super::courses::Courses;
use super::failure::Failure;
use super::making;
use super::readings::Readings;
use super::survey::{self, Facts, Survey};
use crate::address::Allowed;
use crate::config::{self, Proxies, Settings};
use crate::io::clock::Clock;
use crate::io::fetch::{Fetcher, Options, Waits};
use crate::io::store::Store;
use crate::target::Target;
use jiff::SignedDuration;
use std::path::{Path, PathBuf};

/// The targets that the program carries.
pub const TARGETS: &str = include_str!("../../targets.toml");

/// Settings, targets, state directory, clock.
#[derive(Clone, Debug)]
pub struct Office {
    /// How to run.
    pub settings: Settings,
    /// What to watch, disabled ones included.
    pub targets: Vec<Target>,
    /// Where what was seen is kept.
    pub state: PathBuf,
    /// The time.
    pub clock: Clock,
}

impl Office {
    /// Reads the configuration that the options name.
    ///
    /// # Errors
    /// A file that was named does not exist, or the configuration has mistakes (all of them are in the error).
    pub fn open(common: &Common, clock: Clock) -> Result<Self, Failure> {
        Self::on(text_of(common.config.as_deref(), "noticewatch.toml")?.as_ref(), common, clock)
    }

    /// As [`Office::open`], on settings (their name and text) that need not stand in a file yet.
    ///
    /// # Errors
    /// As there.
    pub fn on(settings: Option<&(String, String)>, common: &Common, clock: Clock) -> Result<Self, Failure> {
        let targets = text_of(common.targets.as_deref(), "targets.toml")?
            .unwrap_or_else(|| ("targets.toml (carried by the program)".to_owned(), TARGETS.to_owned()));
        let settings = settings.map(|(name, text)| (name.as_str(), text.as_str()));
        let (targets, settings) = config::load((&targets.0, &targets.1), settings).map_err(Failure::Config)?;
        let state = common
            .state
            .clone()
            .or_else(|| settings.state.as_ref().map(PathBuf::from))
            .or_else(|| std::env::var_os("STATE_DIRECTORY").map(PathBuf::from))
            .unwrap_or_else(|| PathBuf::from("state"));
        Ok(Self { settings, targets, state, clock })
    }

    /// The target of that id.
    ///
    /// # Errors
    /// There is none; the nearest id is named.
    pub fn target(&self, id: &str) -> Result<&Target, Failure> {
        self.targets.iter().find(|target| target.id == id).ok_or_else(|| self.unknown(id, &self.targets))
    }

    /// Says that no target has that id, and names the nearest.
    #[must_use]
    pub fn unknown<'a>(&self, id: &str, all: impl IntoIterator<Item = &'a Target>) -> Failure {
        let near = config::nearest(id, all.into_iter().map(|target| target.id.as_str()));
        let hint =
            near.map_or_else(|| "`noticewatch targets` lists them".to_owned(), |near| format!("did you mean {near}?"));
        Failure::Missing(format!("no target is called {id}; {hint}"))
    }

    /// The targets that are watched.
    pub fn watched(&self) -> impl Iterator<Item = &Target> {
        self.targets.iter().filter(|target| target.disabled.is_none())
    }

    /// The store, to write; refused while another noticewatch does.
    ///
    /// # Errors
    /// The state directory cannot be used.
    pub fn writer(&self) -> Result<(Store, Readings), Failure> {
        let store = Store::open(&self.state)?;
        Ok((store, Readings::open(&self.state)))
    }

    /// The store, to read; works beside a daemon. None where nothing was kept yet.
    ///
    /// # Errors
    /// The state directory cannot be read.
    pub fn reader(&self) -> Result<Option<(Store, Readings)>, Failure> {
        if !self.state.is_dir() {
            return Ok(None);
        }
        let store = Store::read_only(&self.state)?;
        Ok(Some((store, Readings::open(&self.state))))
    }

    /// As [`Office::survey`], and after these targets the documents that were imported from archives.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn survey_all(&self, store: &Store, readings: &mut Readings) -> Result<Survey, Failure> {
        let mut targets = self.targets.clone();
        let recorded = Facts::of(store)?.recorded().into_iter();
        targets.extend(recorded.filter(|target| self.targets.iter().all(|own| own.id != target.id)));
        let courses = &mut Courses::default();
        survey::survey(store, readings, courses, &targets, self.clock.now(), |target| self.interval(target))
    }

    /// The targets of the list by today's rules, as of now.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn survey(&self, store: &Store, readings: &mut Readings) -> Result<Survey, Failure> {
        self.survey_on(store, readings, &mut Courses::default())
    }

    /// As [`Office::survey`], going on from the last one.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn survey_on(&self, store: &Store, readings: &mut Readings, courses: &mut Courses) -> Result<Survey, Failure> {
        survey::survey(store, readings, courses, &self.targets, self.clock.now(), |target| self.interval(target))
    }

    /// The usual time between two looks at a target.
    #[must_use]
    pub fn interval(&self, target: &Target) -> SignedDuration {
        SignedDuration::try_from(self.settings.line_of(target).interval()).unwrap_or(SignedDuration::from_hours(24))
    }

    /// The operator's proxies: those of the settings, else those that the environment names, as curl reads it.
    #[must_use]
    pub fn proxies(&self) -> Proxies {
        let named = |names: &[&str]| names.iter().find_map(|name| std::env::var(name).ok()).unwrap_or_default();
        let of = |names: &[&str]| Some(named(names)).filter(|named| !named.is_empty());
        self.settings.fetch.proxies.clone().unwrap_or_else(|| {
            let all = named(&["all_proxy", "ALL_PROXY"]);
            Proxies {
                http: of(&["http_proxy", "HTTP_PROXY"]).unwrap_or_else(|| all.clone()),
                https: of(&["https_proxy", "HTTPS_PROXY"]).unwrap_or(all),
                no: named(&["no_proxy", "NO_PROXY"]),
            }
        })
    }

    /// The HTTP client by these settings.
    ///
    /// # Errors
    /// A certificate file cannot be read.
    pub fn fetcher(&self) -> Result<Fetcher, Failure> {
        self.fetcher_with(Waits::default())
    }

    /// The HTTP client by these settings, with other waits before it tries again.
    ///
    /// # Errors
    /// A certificate file cannot be read.
    pub fn fetcher_with(&self, waits: Waits) -> Result<Fetcher, Failure> {
        let fetch = &self.settings.fetch;
        let allowed = Allowed::parse(fetch.allow.iter().map(String::as_str))
            .map_err(|error| Failure::Usage(error.to_string()))?;
        let options = Options {
            user_agent: Some(self.settings.user_agent()),
            connect: fetch.connect_timeout,
            read: fetch.read_timeout,
            total: fetch.timeout,
            spacing: fetch.spacing,
            hosts_at_once: fetch.parallel_hosts,
            extra_ca: fetch.extra_ca.iter().map(PathBuf::from).collect(),
            allowed,
            waits,
            proxies: self.proxies(),
            maker: Some(making::maker(self)),
            ..Options::default()
        };
        Fetcher::new(options, self.clock.clone()).map_err(|error| Failure::Usage(error.to_string()))
    }
}

/// A file that was named, or that stands here under its usual name.
fn text_of(named: Option<&Path>, usual: &str) -> Result<Option<(String, String)>, Failure> {
    let path = named.unwrap_or(Path::new(usual));
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some((path.display().to_string(), text))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && named.is_none() => Ok(None),
        Err(error) => Err(Failure::of_file(path, &error)),
    }
}
