//! The values that this room hands out: looks, changes, findings, standings.

use super::accepted::Accepted;
use super::trouble::Trouble;
use crate::capture::{Missed, Sha256};
use crate::compare::{Change, Direction, Rank, Severity, Verdict};
use crate::document::StatedDate;
use crate::extract::{Passage, Reading};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What a capture shows about its own health, judged against the past (docs/RULES.md 5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HealthState {
    /// The page.
    #[default]
    Good,
    /// The page, rewritten: it settles slowly.
    Rewritten,
    /// Not this page: quarantined.
    Suspect,
}

/// The judgement of one capture's health.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// What it comes to.
    pub state: HealthState,
    /// The signs, for a person: `21 % of the words of the last good capture`.
    pub signs: Vec<String>,
}

/// Two whole readings compared, without a past (the `compare` verb).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// The gravest of the changes, or `suspect-capture`.
    pub verdict: Verdict,
    /// The dominant sign.
    pub dominant: Option<Direction>,
    /// The gravest severity.
    pub severity: Severity,
    /// Whether a finding of its own would be mailed.
    pub alert: bool,
    /// Health of the side that is worse.
    pub health: Health,
    /// Each passage that differs.
    pub changes: Vec<Change>,
}

/// What one visit showed, with the reading that today's rules give it.
#[derive(Clone, Debug)]
pub struct Look {
    /// When.
    pub at: Timestamp,
    /// New connection, no conditions.
    pub unconditional: bool,
    /// What was seen.
    pub seen: Seen,
}

/// What was seen at a look.
#[derive(Clone, Debug)]
pub enum Seen {
    /// The page, as kept in a capture.
    Page {
        /// The kept capture.
        capture: Sha256,
        /// The final address that answered.
        final_url: Arc<str>,
        /// What it says by today's rules.
        reading: Arc<Reading>,
        /// Another target served this very body while its last good one differed.
        twin: Option<String>,
    },
    /// Nothing usable.
    Missed(Missed),
    /// An operator's `accept`: what is served now is the page.
    Accepted {
        /// Why, in the operator's words; empty where none were given.
        reason: String,
    },
    /// The target's URL changed: the next settled reading is compared with the last, `needs-human`.
    Redefined,
}

/// Whether looks are ours, or an archive's recordings (docs/RULES.md 6.10: a recording is confirmed by standing).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LookSource {
    /// Visits of this daemon.
    #[default]
    Live,
    /// Versions recorded by an archive: each stands until the next.
    Recorded,
}

/// A wording that is live now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The wording.
    pub passage: Passage,
    /// First healthy look that showed it.
    pub since: Timestamp,
    /// Last healthy look that showed it.
    pub last_seen: Timestamp,
    /// The capture it was first seen in.
    pub capture: Sha256,
    /// Seen at one look only: so far, or before it was replaced.
    pub seen_once: bool,
    /// The page shows it in turn with another wording, or with none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_turn: bool,
    /// The capture it was last seen in.
    pub last_capture: Sha256,
    /// For a wording of the past: the first healthy look that showed otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// A settled change with its proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Stable for the same change of the same target under any rules: derived from target, interval and normal forms.
    pub id: String,
    /// The target's id.
    pub target: String,
    /// The service.
    pub service: String,
    /// The terms type.
    pub terms_type: String,
    /// What changed and how it is judged.
    #[serde(flatten)]
    pub change: Change,
    /// Last healthy look with the old wording, first with the new.
    pub between: [Timestamp; 2],
    /// The captures of the two looks; the first None where nothing stood before.
    pub captures: [Option<Sha256>; 2],
    /// When it settled.
    pub settled: Timestamp,
    /// How soon it is told.
    #[serde(default)]
    pub rank: Rank,
    /// Dates that the new page states.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stated: Vec<StatedDate>,
    /// The page as a whole was rewritten.
    #[serde(default)]
    pub rewritten: bool,
    /// The same wording on a sibling page, or siblings that could not be looked at, for a person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub siblings: Vec<String>,
    /// For `restored`: the id of the finding that it takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restores: Option<String>,
    /// For wordings that no longer take turns: the id of the finding that told of their turns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_turn: Option<String>,
    /// It settled by the operator's word, not by looks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Accepted>,
}

/// What is served in place of a page and put aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aside {
    /// The first capture put aside since the last good one.
    pub since: Timestamp,
    /// When this text was first served.
    pub first: Timestamp,
    /// Its last capture.
    pub capture: Sha256,
    /// Its number of words.
    pub words: usize,
    /// Why it is not the page, for a person.
    pub signs: Vec<String>,
    /// How it begins.
    pub opening: String,
    /// It looks like no page at all, whatever stood there before: a login form, an error, a few words.
    #[serde(default)]
    pub no_page: bool,
}

/// Looks in a row that ended alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Streak {
    /// They showed the page.
    pub good: bool,
    /// How many.
    pub looks: usize,
    /// The first of them.
    pub since: Option<Timestamp>,
}

/// A change of the page outside any passage: counted, so that silence is never ambiguous.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outside {
    /// When it was first seen.
    pub at: Timestamp,
    /// The capture that showed it.
    pub capture: Sha256,
}

/// One target followed through all its looks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Followed {
    /// The target's id.
    pub target: String,
    /// The wordings live now.
    pub standings: Vec<Standing>,
    /// The wordings that stood before, oldest first.
    pub past: Vec<Standing>,
    /// Settled changes, oldest first, before siblings are looked at.
    pub findings: Vec<Finding>,
    /// Troubles, oldest first, ended ones included.
    pub troubles: Vec<Trouble>,
    /// Text changes outside any passage.
    pub outside: Vec<Outside>,
    /// Changes seen but not settled, as sentences for `status`.
    pub pending: Vec<String>,
    /// Wordings whose absence is not settled yet: a sibling's `added` may be explained by one of them.
    pub fading: Vec<Passage>,
    /// When unconditional looks are wanted to settle what is pending or to end a quarantine.
    pub wanted: Vec<Timestamp>,
    /// The first look of all.
    pub first_look: Option<Timestamp>,
    /// The last look, of whatever end.
    pub last_look: Option<Timestamp>,
    /// The first look that showed the page.
    #[serde(default)]
    pub first_good: Option<Timestamp>,
    /// The last look that showed the page.
    pub last_good: Option<Timestamp>,
    /// Health of the last capture.
    pub health: Health,
    /// Why the last look missed; None where it did not.
    pub missed: Option<Missed>,
    /// The last good capture.
    pub capture: Option<Sha256>,
    /// What is served in place of the page.
    #[serde(default)]
    pub aside: Option<Aside>,
    /// The last looks that ended alike.
    #[serde(default)]
    pub streak: Streak,
}
