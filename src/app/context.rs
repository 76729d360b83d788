//! What every verb stands on: settings, targets, the state directory and the clock, found where the options say.

use super::analysis::facts::Facts;
use super::analysis::incremental::TargetFolds;
use super::analysis::reading_cache::ReadingCache;
use super::analysis::types::{TargetState, WatchState};
use super::error::Failure;
use super::paths::Paths;
use super::version::TARGETS;
use super::{analysis, local_page};
use crate::config;
use crate::config::{Proxies, Report, Sendable, Settings};
use crate::io::clock::Clock;
use crate::io::mail::sendable;
use crate::io::store::Store;
use jiff::{SignedDuration, Timestamp};
use noticewatch_core::target::Target;
use std::path::{Path, PathBuf};

/// How both files are understood.
type Load = fn((&str, &str), Option<(&str, &str)>, Sendable) -> Result<(Vec<Target>, Settings), Vec<Report>>;

/// Settings, targets, state directory, clock.
#[derive(Clone, Debug)]
pub struct AppContext {
    /// How to run.
    pub settings: Settings,
    /// What to watch, disabled ones included.
    pub targets: Vec<Target>,
    /// Where what was seen is kept.
    pub state: PathBuf,
    /// The time.
    pub clock: Clock,
    /// The files that were read.
    pub sources: Sources,
}

/// The names of the files that settings and targets were read from; None: there was none, and what the program carries
/// applies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// The settings.
    pub settings: Option<String>,
    /// The targets.
    pub targets: Option<String>,
}

impl AppContext {
    /// Reads the configuration that the options name.
    ///
    /// # Errors
    /// A file that was named does not exist, or the configuration has mistakes (all of them are in the error).
    pub fn open(paths: &Paths, clock: Clock) -> Result<Self, Failure> {
        Self::on(text_of(paths.config.as_deref(), "noticewatch.toml")?.as_ref(), paths, clock)
    }

    /// As [`Office::open`], for one who is about to add to the targets: none yet is no mistake.
    ///
    /// # Errors
    /// As there.
    pub fn open_to_add(paths: &Paths, clock: Clock) -> Result<Self, Failure> {
        let settings = text_of(paths.config.as_deref(), "noticewatch.toml")?;
        Self::read(settings.as_ref(), paths, clock, config::load_to_add)
    }

    /// As [`Office::open`], on settings (their name and text) that need not stand in a file yet.
    ///
    /// # Errors
    /// As there.
    pub fn on(settings: Option<&(String, String)>, paths: &Paths, clock: Clock) -> Result<Self, Failure> {
        Self::read(settings, paths, clock, config::load)
    }

    fn read(settings: Option<&(String, String)>, paths: &Paths, clock: Clock, load: Load) -> Result<Self, Failure> {
        let targets = text_of(paths.targets.as_deref(), "targets.toml")?;
        let name = |file: Option<&(String, String)>| file.map(|(name, _)| name.clone());
        let sources = Sources { settings: name(settings), targets: name(targets.as_ref()) };
        let targets =
            targets.unwrap_or_else(|| ("targets.toml (carried by the program)".to_owned(), TARGETS.to_owned()));
        let settings = settings.map(|(name, text)| (name.as_str(), text.as_str()));
        let (targets, settings) = load((&targets.0, &targets.1), settings, sendable).map_err(Failure::Config)?;
        let state = paths
            .state
            .clone()
            .or_else(|| settings.state.as_ref().map(PathBuf::from))
            .or_else(|| std::env::var_os("STATE_DIRECTORY").map(PathBuf::from))
            .unwrap_or_else(|| PathBuf::from("state"));
        if state.exists() && !state.is_dir() {
            return Err(Failure::State(format!("{}: is no directory; what was seen is kept in one", state.display())));
        }
        Ok(Self { settings, targets, state, clock, sources })
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
    pub fn writer(&self) -> Result<(Store, ReadingCache), Failure> {
        let store = Store::open(&self.state)?;
        Ok((store, ReadingCache::open(&self.state)))
    }

    /// The store, to read; works beside a daemon. None where nothing was kept yet.
    ///
    /// # Errors
    /// The state directory cannot be read.
    pub fn reader(&self) -> Result<Option<(Store, ReadingCache)>, Failure> {
        if !self.state.is_dir() {
            return Ok(None);
        }
        let store = Store::read_only(&self.state)?;
        Ok(Some((store, ReadingCache::open(&self.state))))
    }

    /// As [`Office::survey`], and after these targets the documents that were imported from archives.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn survey_all(&self, store: &Store, readings: &mut ReadingCache) -> Result<WatchState, Failure> {
        let mut targets = self.targets.clone();
        let recorded = Facts::of(store)?.recorded().into_iter();
        targets.extend(recorded.filter(|target| self.targets.iter().all(|own| own.id != target.id)));
        let courses = &mut TargetFolds::default();
        analysis::survey(store, readings, courses, &targets, self.clock.now(), |target| self.interval(target))
    }

    /// The targets of the list by today's rules, as of now.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn survey(&self, store: &Store, readings: &mut ReadingCache) -> Result<WatchState, Failure> {
        self.survey_on(store, readings, &mut TargetFolds::default())
    }

    /// As [`Office::survey`], going on from the last one.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn survey_on(
        &self,
        store: &Store,
        readings: &mut ReadingCache,
        courses: &mut TargetFolds,
    ) -> Result<WatchState, Failure> {
        analysis::survey(store, readings, courses, &self.targets, self.clock.now(), |target| self.interval(target))
    }

    /// The usual time between two looks at a target.
    #[must_use]
    pub fn interval(&self, target: &Target) -> SignedDuration {
        SignedDuration::try_from(self.settings.line_of(target).interval()).unwrap_or(SignedDuration::from_hours(24))
    }

    /// Since when a target was not looked at although it should have been: for more than two of its intervals, or of
    /// the time that its server asked for, and a day.
    #[must_use]
    pub fn overdue(&self, page: &TargetState) -> Option<Timestamp> {
        let last = page.followed.last_look.filter(|_| page.is_looked_at())?;
        let away = page.followed.missed.as_ref().and_then(|missed| missed.retry_after_s).unwrap_or_default();
        let interval = self.interval(&page.target).max(SignedDuration::from_secs(away.into()));
        let long = interval.saturating_mul(2).max(SignedDuration::from_hours(24));
        (self.clock.now().duration_since(last) > long).then_some(last)
    }

    /// The last look at any target.
    #[must_use]
    pub fn last_run(&self, survey: &WatchState) -> Option<Timestamp> {
        let now = self.clock.now();
        // Noted by a clock that was ahead: it would stand for looks that nobody makes.
        survey.pages.iter().filter_map(|page| page.followed.last_look).filter(|last| *last <= now).max()
    }

    /// Since when nobody looks at anything; None: somebody does.
    #[must_use]
    pub fn unattended(&self, survey: &WatchState) -> Option<Timestamp> {
        let seen = survey.pages.iter().filter(|page| page.is_looked_at() && page.followed.last_look.is_some());
        seen.map(|page| self.overdue(page)).collect::<Option<Vec<_>>>()?.into_iter().max()
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
}

/// A file that was named, or that stands here under its usual name.
fn text_of(named: Option<&Path>, usual: &str) -> Result<Option<(String, String)>, Failure> {
    let path = named.unwrap_or(Path::new(usual));
    match local_page::octets(path) {
        Ok(octets) => Ok(Some((path.display().to_string(), decoded(path, octets)?))),
        Err(Failure::Missing(_)) if named.is_none() => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// The text of a configuration file; where it is none, the line is named.
fn decoded(path: &Path, octets: Vec<u8>) -> Result<String, Failure> {
    String::from_utf8(octets).map_err(|error| {
        let (whole, octets) = (error.utf8_error().valid_up_to(), error.as_bytes());
        let line = String::from_utf8_lossy(&octets[..whole]).matches('\n').count() + 1;
        let octet = octets.get(whole).copied().unwrap_or_default();
        Failure::Setup(format!(
            "{}:{line}: the octet 0x{octet:02X} is no UTF-8, the encoding of TOML files; save the file as UTF-8, or write \
             that letter anew",
            path.display()
        ))
    })
}
