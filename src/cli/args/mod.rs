//! The command line as clap knows it: verbs, options, examples, exit codes.

pub mod add;
pub mod check;
pub mod common;
pub mod correct;
pub mod decide;
pub mod evidence;
pub mod export;
pub mod import;
pub mod init;
pub mod outbox;

use super::args::common::{Common, moment};
use clap::{Parser, Subcommand};
use jiff::Timestamp;
use std::path::PathBuf;

/// The end of every `--help`: exit codes, as sysexits(3) names them where one fits.
const EXITS: &str = "\
Exit codes:
   0  done
   1  done, and something needs you: a target out of sight, a letter refused, damage found
  64  the command line is wrong
  65  a file that was named cannot be understood
  66  a file, target or capture that was named does not exist
  69  a server could not be reached, or no mail could be sent
  73  the state directory cannot be written
  74  reading or writing failed
  75  another noticewatch holds the state directory; try again later
  78  the configuration is wrong; nothing was started or changed";

/// noticewatch watches what platforms promise their users about demands for their data, and mails a digest with the diff when a promise changes.
#[derive(Debug, Parser)]
#[command(name = "noticewatch", version, long_version = crate::app::version::VERSION, after_help = EXITS, max_term_width = 100, disable_help_subcommand = true)]
pub struct Cli {
    /// Options of every verb.
    #[command(flatten)]
    pub common: Common,
    /// The verb.
    #[command(subcommand)]
    pub verb: Verb,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Write a first noticewatch.toml: asks on a terminal what no option says
    #[command(
        after_help = "Examples:\n  noticewatch init\n  noticewatch init --contact watch@example.org --host mail.example.org --username watch@example.org --to counsel@example.org\n  noticewatch --config /etc/noticewatch/noticewatch.toml init --contact watch@example.org\n\nA file that is there is never overwritten. Without --host letters are written as files.\n\nExit codes besides 0 (all stand in `noticewatch --help`):\n  1 the test letter was not taken, or a page could not be read\n  64 the file is there already, or an answer is missing and nobody is there to ask\n  73 the file cannot be written\n  78 an answer is wrong; nothing was written"
    )]
    Init(super::args::init::InitArgs),
    /// Say what one page promises
    #[command(
        after_help = "Examples:\n  noticewatch read 'Mosaic/Law Enforcement Guidelines.html'\n  noticewatch read --as 'Law Enforcement Guidelines' --json page.html\n  noticewatch read https://example.org/privacy\n\nExit codes besides 0 (all stand in `noticewatch --help`):\n  65 the file is neither text nor a PDF file that can be read, or too large\n  66 no such file\n  69 the page could not be fetched\n  74 what was named is no file, or may not be read"
    )]
    Read {
        /// Files (HTML, PDF, Markdown, text; `-` is the standard input) or addresses
        #[arg(required = true, value_name = "FILE|URL")]
        pages: Vec<String>,
        /// The terms type, where the file's name does not say it
        #[arg(long = "as", value_name = "TYPE")]
        terms_type: Option<String>,
    },
    /// Say what changed between two files
    #[command(
        after_help = "Example:\n  noticewatch compare --as 'Privacy Policy' old.md new.md\n\nExit codes besides 0 (all stand in `noticewatch --help`):\n  65 a file is neither text nor a PDF file that can be read, or too large\n  66 no such file\n  74 what was named is no file, or may not be read"
    )]
    Compare {
        /// The older file
        old: PathBuf,
        /// The newer file
        new: PathBuf,
        /// The terms type, where the file's name does not say it
        #[arg(long = "as", value_name = "TYPE")]
        terms_type: Option<String>,
        /// Names that mean the same brand, comma-separated (may be given more than once)
        #[arg(long, value_name = "NAMES")]
        alias: Vec<String>,
    },
    /// Show the timeline of a target, or of all
    #[command(
        after_help = "Examples:\n  noticewatch history mosaic-privacy\n  noticewatch history mosaic-privacy --at 2026-03-01\n  noticewatch history --changes --json\n\nExit codes besides 0 (all stand in `noticewatch --help`):\n  66 no such target, or nothing was kept yet"
    )]
    History {
        /// A target's id
        target: Option<String>,
        /// What was promised on that day (a date, or a time in UTC)
        #[arg(long, value_name = "DATE", value_parser = moment)]
        at: Option<Timestamp>,
        /// Only findings
        #[arg(long)]
        changes: bool,
    },
    /// Show what each service promises today
    #[command(
        after_help = "Examples:\n  noticewatch board\n  noticewatch board --json\n\nExit codes besides 0 (all stand in `noticewatch --help`):\n  66 nothing was kept yet"
    )]
    Board,
    /// Show the letter that would be sent now
    #[command(
        after_help = "Examples:\n  noticewatch digest\n  noticewatch digest --subscription press --html > letter.html\n\nExit codes besides 0 (all stand in `noticewatch --help`):\n  66 no such subscription, or nothing was kept yet"
    )]
    Digest {
        /// The subscription [default: the first]
        #[arg(long, value_name = "NAME")]
        subscription: Option<String>,
        /// Write the HTML part instead of the text
        #[arg(long)]
        html: bool,
    },
    /// Fetch, settle and tell, once
    #[command(
        after_help = "Examples:\n  noticewatch check\n  noticewatch check mosaic-privacy --no-wait\n  noticewatch check --due --no-wait --lasting     (every few minutes, from a timer)\n  noticewatch check --now 2026-03-01T06:00:00Z   (with pages served by yourself, to go through the past)\n\nExit codes besides 0 (all stand in `noticewatch --help`):\n  1 a page that was asked for was not read (a fault, a wall, an error page), none was, or a letter was not taken or cannot be made\n  64 a target that was named is paused, or not watched\n  66 no such target\n  73 the state directory cannot be written\n  75 another noticewatch is at work\n  78 the configuration is wrong"
    )]
    Check {
        /// Targets to look at [default: all that are watched]
        #[arg(value_name = "TARGET")]
        only: Vec<String>,
        /// Only what is due by its own schedule, or waits for a second look: what the daemon would do now
        #[arg(long, conflicts_with = "only")]
        due: bool,
        /// Run at this moment by the program's own clock
        #[arg(long, value_name = "TIME", value_parser = moment)]
        now: Option<Timestamp>,
        /// Do not wait ten minutes for the second look that a change needs
        #[arg(long)]
        no_wait: bool,
        /// End with 1 only for what lasts: a page out of sight for a day, a letter not taken (for a timer)
        #[arg(long)]
        lasting: bool,
    },
    /// Watch for ever: the daemon
    #[command(
        after_help = "Example:\n  noticewatch --config /etc/noticewatch/noticewatch.toml watch\n\nExit codes (all stand in `noticewatch --help`):\n  0 told to stop (SIGTERM, SIGINT)\n  73 the state directory cannot be written\n  75 another noticewatch is at work\n  78 the configuration is wrong"
    )]
    Watch,
    /// Check the list of targets
    #[command(
        after_help = "Examples:\n  noticewatch targets\n  noticewatch --targets new.toml targets --online\n\nExit codes besides 0 (all stand in `noticewatch --help`):\n  78 the configuration is wrong"
    )]
    Targets {
        /// Fetch each page once and say what would be read
        #[arg(long)]
        online: bool,
    },
    /// Fetch a page once, propose an entry for it, and append that to the list of targets
    #[command(
        after_help = "Examples:\n  noticewatch add https://example.org/legal/requests\n  noticewatch --targets /etc/noticewatch/targets.toml add https://example.org/privacy --service Example --yes\n\nComments in the file are kept. With --json nothing is asked: the proposal is printed, and appended with --yes.\n\nExit codes besides 0 (all stand in `noticewatch --help`):\n  64 the page is watched already, or nobody is there to ask and --yes was not given\n  69 the page could not be fetched\n  78 the configuration is wrong"
    )]
    Add(super::args::add::AddArgs),
    /// Show how each target, the outbox and the schedule stand
    #[command(
        after_help = "Examples:\n  noticewatch status\n  noticewatch status --json\n\nExit codes besides 0 (all stand in `noticewatch --help`):\n  1 the store is damaged, nobody looks any more, or letters to somebody cannot be made\n  66 nothing was kept yet"
    )]
    Status,
    /// Print the figures that alerts are made of, as Prometheus reads them
    #[command(
        after_help = "Examples:\n  noticewatch metrics\n  noticewatch metrics --json\n\nThe daemon writes the same after each run to the file of [metrics] in noticewatch.toml.\n\nExit codes besides 0 (all stand in `noticewatch --help`):\n  66 nothing was kept yet"
    )]
    Metrics,
    /// Show a capture: as text, as served, or as headers
    #[command(
        after_help = "Examples:\n  noticewatch show mosaic-privacy\n  noticewatch show mosaic-privacy 1f2e3d4c5b6a\n  noticewatch show mosaic-privacy --at 2026-03-01 --raw > page.html\n  noticewatch show mosaic-privacy --diff 1f2e3d4c5b6a 9a8b7c6d5e4f\n\nExit codes besides 0 (all stand in `noticewatch --help`):\n  66 no such target or capture"
    )]
    Show {
        /// A target's id
        target: String,
        /// The capture with this digest (its first digits) [default: the last one]
        #[arg(value_name = "CAPTURE")]
        named: Option<String>,
        /// The same, as an option
        #[arg(long, value_name = "SHA256", conflicts_with = "named")]
        capture: Option<String>,
        /// The capture that stood on that day
        #[arg(long, value_name = "DATE", value_parser = moment, conflicts_with_all = ["capture", "named"])]
        at: Option<Timestamp>,
        /// The bytes as captured: as served, or what a browser made of them
        #[arg(long, conflicts_with = "headers")]
        raw: bool,
        /// The bytes as served, where a browser rendered the page
        #[arg(long, conflicts_with_all = ["headers", "raw", "diff"])]
        served: bool,
        /// The headers, redirects and hashes
        #[arg(long)]
        headers: bool,
        /// What differs between two captures, passage by passage
        #[arg(long, num_args = 2, value_names = ["OLD", "NEW"], conflicts_with_all = ["at", "capture", "named", "raw", "headers"])]
        diff: Option<Vec<String>>,
        /// With --diff: the whole text, not only the passages
        #[arg(long, requires = "diff")]
        whole: bool,
        /// With --diff: as a page of HTML
        #[arg(long, requires = "diff", conflicts_with = "json")]
        html: bool,
    },
    /// Show the letters of the outbox; try one again, or give it up
    #[command(
        after_help = "Examples:\n  noticewatch outbox\n  noticewatch outbox --all --json\n  noticewatch outbox show 12\n  noticewatch outbox show 12 --raw > letter.eml\n  noticewatch outbox retry --waiting\n  noticewatch outbox drop 12 --reason 'she left the firm'\n\nA noticewatch that runs takes retry and drop up within half a minute.\n\nExit codes besides 0 (all stand in `noticewatch --help`):\n  64 a letter that was sent is not tried again, nor one that does not wait given up\n  66 no such letter, or nothing was kept yet"
    )]
    Outbox(super::args::outbox::OutboxArgs),
    /// Tell all who were told of a finding that it was a fault of ours
    #[command(
        after_help = "Example:\n  noticewatch history --changes          (prints the ids)\n  noticewatch correct 0a1b2c3d4e5f --reason 'we were served a test version of the page'\n\nThe letter goes to each who got the first one, in the same thread, once. The finding is told to nobody else.\nA noticewatch that runs takes this up within half a minute and sends the letters.\n\nExit codes besides 0 (all stand in `noticewatch --help`):\n  1 a letter was not taken yet\n  64 it is corrected already\n  66 no such finding, or nobody was told of it"
    )]
    Correct(super::args::correct::CorrectArgs),
    /// Say that what a target serves now is its page: ends a quarantine
    #[command(
        after_help = "Example:\n  noticewatch show mosaic-privacy        (what is served)\n  noticewatch accept mosaic-privacy --reason 'they merged their policies'\n\nWhat looks like no page (a login form, an error, a few words) is accepted only after a question, or with --yes.\nA noticewatch that runs takes the decision up within half a minute.\n\nExit codes besides 0 (all stand in `noticewatch --help`):\n  64 it looks like no page, and nobody agreed to accept it\n  66 no such target, or nothing of it is put aside"
    )]
    Accept {
        /// A target's id
        target: String,
        /// Why, for whoever asks later
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        /// Decide at this moment by the program's own clock, as `check --now` does
        #[arg(long, value_name = "TIME", value_parser = moment)]
        now: Option<Timestamp>,
        /// Accept it even where it looks like no page, without asking
        #[arg(long)]
        yes: bool,
    },
    /// Let a target rest, with a reason
    #[command(
        after_help = "Example:\n  noticewatch pause mosaic-privacy --reason 'they asked us to wait until Monday'\n\nLetters name a paused page as not checked, with the reason.\nA noticewatch that runs takes the decision up within half a minute.\n\nExit codes besides 0 (all stand in `noticewatch --help`):\n  64 it is paused already, or not watched\n  66 no such target"
    )]
    Pause {
        /// A target's id
        target: String,
        /// Why; it stands in every letter until the target is resumed
        #[arg(long, value_name = "TEXT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
        reason: String,
        /// Decide at this moment by the program's own clock, as `check --now` does
        #[arg(long, value_name = "TIME", value_parser = moment)]
        now: Option<Timestamp>,
    },
    /// Look at a paused target again
    #[command(
        after_help = "Example:\n  noticewatch resume mosaic-privacy\n\nExit codes besides 0 (all stand in `noticewatch --help`):\n  64 it is not paused\n  66 no such target"
    )]
    Resume {
        /// A target's id
        target: String,
        /// Why, for whoever asks later
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        /// Decide at this moment by the program's own clock, as `check --now` does
        #[arg(long, value_name = "TIME", value_parser = moment)]
        now: Option<Timestamp>,
    },
    /// Import what Open Terms Archive, or another noticewatch, recorded
    #[command(
        after_help = "Examples:\n  noticewatch import contrib-versions.bundle --terms-type '*Guidelines' --dry-run\n  noticewatch import pga-versions.git --map 'TikTok/Law Enforcement Guidelines=tiktok-law-enforcement'\n\nAn import can be repeated: only what is new is added. What is imported is never mailed."
    )]
    Import(super::args::import::ImportArgs),
    /// Write a bundle that proves a finding or a day to whoever checks it
    #[command(
        after_help = "Examples:\n  noticewatch evidence 3f9c2b71d0aa -o evidence.zip\n  noticewatch evidence mosaic-privacy --at 2026-03-01 -o evidence.tar\n\n`noticewatch history` shows the ids of findings. The bundle's README.txt says how to check it without noticewatch.\n\nExit codes besides 0 (all stand in `noticewatch --help`):\n  64 the finding was corrected, and --corrected is missing\n  66 no such finding, target or capture\n  73 the file cannot be written"
    )]
    Evidence {
        /// A finding's id (its first digits), or a target's id
        #[arg(value_name = "FINDING|TARGET")]
        named: String,
        /// For a target: the capture that stood on that day [default: the last one]
        #[arg(long, value_name = "DATE", value_parser = moment)]
        at: Option<Timestamp>,
        /// The file to write: .tar or .zip
        #[arg(long, short, value_name = "FILE")]
        output: PathBuf,
        /// Make it of a finding that was corrected, too: each paper then says at its head that it was a fault of ours
        #[arg(long)]
        corrected: bool,
    },
    /// Write what was kept in a form that others read
    Export {
        /// The form
        #[command(subcommand)]
        form: super::args::export::ExportArgs,
    },
    /// Read one PDF file from the standard input, under bounds: how the program calls itself
    #[command(hide = true)]
    ReadOne {
        /// Seconds of computing
        computing_s: u64,
    },
    /// Check that everything that was kept is as it was written
    #[command(
        after_help = "Examples:\n  noticewatch verify\n  noticewatch verify --state /mnt/backup/noticewatch      (checks a backup)\n\nIt runs beside a noticewatch that is at work, and changes nothing.\n\nExit codes besides 0 (all stand in `noticewatch --help`):\n  1 something is damaged\n  66 nothing was kept yet"
    )]
    Verify,
    /// Copy what is new of the store into another directory
    #[command(
        after_help = "Examples:\n  noticewatch backup /mnt/backup/noticewatch\n  noticewatch backup                 (to the directory of [backup] in noticewatch.toml)\n\nIt runs beside a noticewatch that is at work. Whenever it is interrupted, the backup before it is still there.\n\nExit codes besides 0 (all stand in `noticewatch --help`):\n  1 something is damaged and was not copied, or is damaged in the copy too\n  64 no directory was named\n  66 nothing was kept yet\n  73 the directory cannot take the backup\n  75 another backup is under way"
    )]
    Backup {
        /// The directory, on another disk or machine [default: the config's]
        #[arg(value_name = "DIR")]
        to: Option<PathBuf>,
    },
    /// Bring back from a backup what is damaged; everything, where there is nothing
    #[command(
        after_help = "Examples:\n  noticewatch restore /mnt/backup/noticewatch\n  noticewatch --state /var/lib/noticewatch restore /mnt/backup/noticewatch --whole\n\nExit codes besides 0 (all stand in `noticewatch --help`):\n  1 something stays lost\n  66 there is no backup\n  75 another noticewatch is at work: stop it first"
    )]
    Restore {
        /// The directory of the backup
        #[arg(value_name = "DIR")]
        from: PathBuf,
        /// Everything, even where nothing is damaged; what is there now is moved aside
        #[arg(long)]
        whole: bool,
        /// Restore at this moment by the program's own clock, as `check --now` does
        #[arg(long, value_name = "TIME", value_parser = moment)]
        now: Option<Timestamp>,
    },
    /// Send a test letter to every recipient and say how it went
    #[command(
        after_help = "Examples:\n  noticewatch send-test\n  noticewatch send-test --to counsel@example.org\n\nExit codes besides 0 (all stand in `noticewatch --help`):\n  1 a letter was not taken\n  78 the configuration is wrong"
    )]
    SendTest {
        /// Only to this mail address, or to this notifier (webhook:NAME, command:NAME or mailbox:NAME)
        #[arg(long, value_name = "ADDRESS")]
        to: Option<String>,
    },
    /// Render the page of one order that comes on standard input, a socket: for the program itself and for systemd
    #[command(hide = true)]
    RenderService,
    /// Watch three invented platforms for some weeks, in seconds
    #[command(
        after_help = "Example:\n  noticewatch demo --dir /tmp/noticewatch-demo\n\nExit codes besides 0 (all stand in `noticewatch --help`):\n  73 the directory cannot be used"
    )]
    Demo {
        /// Where the letters are left
        #[arg(long, value_name = "DIR", default_value = "noticewatch-demo")]
        dir: PathBuf,
    },
}
