//! The values that go into a letter, and the letter.

use crate::compare::{Beside, Verdict};
use crate::history::{Finding, Trouble};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Why a letter is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Occasion {
    /// A finding that does not wait.
    AtOnce,
    /// The digest of the subscription's schedule.
    #[default]
    Digest,
    /// The weekly letter with the board, which comes even when nothing happened.
    Weekly,
    /// A correction of a finding that was a fault of ours.
    Correction,
}

/// How a finding comes to stand in this letter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ItemMark {
    /// For the first time, in time.
    #[default]
    Fresh,
    /// It settled before this recipient was ours, or before these rules; or its letter expired.
    Late,
    /// It was told lower; today's rules rank it higher.
    JudgedAnew,
}

/// One finding as it stands in a letter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// The finding.
    pub finding: Finding,
    /// `Discord privacy policy`.
    pub label: String,
    /// The page's address.
    pub url: String,
    /// Whom the page speaks to.
    pub region: Option<String>,
    /// Its language.
    pub language: Option<String>,
    /// How it comes to stand here.
    pub mark: ItemMark,
    /// The addresses whose text was compared, before and now, where they are not the page's own.
    #[serde(default)]
    pub answered: Option<[String; 2]>,
    /// What sibling pages of the service still promise: label and quote.
    pub siblings: Vec<(String, String)>,
    /// Earlier findings of the same page, oldest first: when the change was first seen, and verdict with wording in
    /// short.
    pub earlier: Vec<(Timestamp, String)>,
    /// Since when the wording before had been seen.
    #[serde(default)]
    pub stood_since: Option<Timestamp>,
    /// The page on which the wording stands now, where that is another one: its id, and the first look that showed it.
    #[serde(default)]
    pub elsewhere: Option<(String, Timestamp)>,
    /// What else of the same edit speaks of demands for data.
    #[serde(default)]
    pub beside: Vec<Beside>,
    /// For a correction: what the page says today, label and quote; the quote is empty where it promises nothing.
    #[serde(default)]
    pub today: Vec<(String, String)>,
}

/// A change that was told before the day from which it holds by the page's own words: that day has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arrived {
    /// The ids under which it was told.
    #[serde(default)]
    pub findings: Vec<String>,
    /// `Discord privacy policy`.
    pub label: String,
    /// The page's address.
    pub url: String,
    /// What it was told as.
    pub verdict: Verdict,
    /// What moved, in a subject's words.
    pub words: String,
    /// The wording that is in force now, whole.
    pub quote: String,
    /// The day.
    pub date: Date,
    /// When it was told.
    pub told: Timestamp,
}

/// How a trouble comes to stand in this letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TroubleNews {
    /// It began.
    Begun,
    /// It was told a week ago and lasts.
    Lasts,
    /// It ended.
    Ended,
}

/// A trouble as it stands in a letter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TroubleLine {
    /// The trouble.
    pub trouble: Trouble,
    /// `Discord privacy policy`.
    pub label: String,
    /// The page's service; empty where it is no page's own trouble.
    #[serde(default)]
    pub service: String,
    /// The page's address.
    pub url: String,
    /// How it comes to stand here.
    pub news: TroubleNews,
}

/// Something that this recipient was told in an earlier letter: a line of the weekly letter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToldBefore {
    /// When the letter was written.
    pub at: Timestamp,
    /// `Discord privacy policy`.
    pub label: String,
    /// The page's address.
    pub url: String,
    /// What it was told as; None: a trouble.
    pub verdict: Option<Verdict>,
    /// What moved, in a subject's words: `"before" -> "only where"`.
    pub words: String,
}

/// What one page promises today: a line of the board.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BoardRow {
    /// The service.
    pub service: String,
    /// The target's id.
    pub target: String,
    /// `Discord privacy policy`.
    pub label: String,
    /// The page's address.
    pub url: String,
    /// The main promise in the words of the scale: `policy, before disclosure`; `no promise found`; `not read yet`.
    pub promise: String,
    /// The sentence that says so, whole; empty where there is none.
    pub quote: String,
    /// First look that showed it.
    pub since: Option<Timestamp>,
    /// Last look that showed it.
    pub last_seen: Option<Timestamp>,
    /// Seen at one look only.
    pub seen_once: bool,
    /// The other wordings, whole, that the page shows in turn with that sentence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub in_turn: Vec<String>,
    /// Why it cannot be vouched for now.
    pub trouble: Option<String>,
}

/// What was looked at (docs/FACTS.md 3.8).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Checked {
    /// Pages with a good look in the last 24 h that can be vouched for.
    pub good: usize,
    /// Pages under watch.
    pub of: usize,
    /// Pages without one: label, last good look, reason.
    pub unseen: Vec<(String, Option<Timestamp>, String)>,
    /// Pages with a good look in that time that cannot be vouched for now all the same: label, since when, why.
    #[serde(default)]
    pub doubtful: Vec<(String, Timestamp, String)>,
    /// Pages that stand in the targets file but cannot be read yet: label and reason.
    pub not_readable: Vec<(String, String)>,
    /// Pages whose text changed outside any passage since the last letter: labels.
    pub outside: Vec<String>,
}

/// Everything that one letter is made of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Material {
    /// Why it is written.
    pub occasion: Occasion,
    /// The subscription's name, shown in the tail.
    pub subscription: String,
    /// When it is written.
    pub at: Timestamp,
    /// The time of the last letter of this subscription.
    pub since: Option<Timestamp>,
    /// The verdicts that this recipient is told of; empty: all.
    #[serde(default)]
    pub only: Vec<String>,
    /// Findings, gravest first.
    pub items: Vec<Item>,
    /// Findings of the tail: one line each.
    pub tail: Vec<Item>,
    /// Late findings beyond the three worst, counted.
    pub late_more: usize,
    /// Told changes that are in force since the last digest.
    #[serde(default)]
    pub arrived: Vec<Arrived>,
    /// Troubles that begin, last or end.
    pub troubles: Vec<TroubleLine>,
    /// What this recipient was told since the last weekly letter, oldest first; empty in other letters.
    #[serde(default)]
    pub recent: Vec<ToldBefore>,
    /// The time of that weekly letter; None: there was none yet.
    #[serde(default)]
    pub recent_since: Option<Timestamp>,
    /// The board; empty in letters that do not carry it.
    pub board: Vec<BoardRow>,
    /// What was looked at.
    pub checked: Checked,
    /// Sentences of the program about itself: own downtime, a late digest, letters that could not be delivered.
    pub notes: Vec<String>,
    /// For a correction: the operator's reason.
    pub reason: Option<String>,
    /// For a correction: when the letter was written that it withdraws.
    #[serde(default)]
    pub withdraws: Option<Timestamp>,
    /// `noticewatch 0.1.0`.
    pub program: String,
}

/// A letter: everything but recipient, date and transport. Same material, same octets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// At most 150 characters, one line, clean.
    pub subject: String,
    /// The text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// Digest of the material: names the letter in `Message-ID` and headers.
    pub id: String,
    /// The gravest verdict, for filters.
    pub verdict: Option<Verdict>,
    /// The targets it speaks of.
    pub targets: Vec<String>,
    /// The single target whose thread it belongs to; None: several, or none.
    pub thread: Option<String>,
}
