//! The values that this room hands out: blocks, documents, passages, commitments, readings.
//!
//! Types only; how they are found stands in the files beside this one.

use crate::capture::Sha256;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a block of text is on its page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BlockKind {
    /// A heading; its text also stands in the heading path of what follows.
    Heading,
    /// A paragraph or any other run of text.
    Paragraph,
    /// A list item, at a nesting depth from 1.
    Item(u8),
    /// A row of a table, cells joined by ` | `.
    Row,
}

/// A run of text that a reader takes in as one piece.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// The text: one line, white space collapsed, entities decoded, links reduced to their text.
    pub text: String,
    /// The headings above it, outermost first. A heading's own text is not in its own path.
    pub heading: Vec<String>,
}

/// A date that the page states about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatedDate {
    /// `effective`, `updated` or `revised`.
    pub kind: String,
    /// The date.
    pub date: Date,
    /// The words it stands in.
    pub quote: String,
}

/// Something in one capture that speaks against its being the page. History judges them against the past.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "sign", content = "detail", rename_all = "kebab-case")]
pub enum Sign {
    /// A title or heading of the list of walls: "Just a moment", "Log in", "Something went wrong" ...
    Title(String),
    /// Such a title on a page longer than walls are: it counts only where all else is new too.
    Headed(String),
    /// A marker of a bot challenge in the source.
    Challenge(String),
    /// The body is a form that asks for a password, and little else.
    Login,
    /// The page asks for a script: a shell with hardly any text.
    Shell,
    /// A `<meta http-equiv=refresh>` to elsewhere.
    MetaRefresh(String),
    /// No word at all.
    Empty,
    /// More than one character in a hundred could not be decoded.
    Undecodable,
    /// Fewer words than any document of this kind has (the number).
    Few(usize),
    /// A list of links and little else: a landing page or a hub.
    Links,
    /// Words are missing that the operator says it always holds.
    Lacks(String),
    /// Fewer words (the first number) than the operator says it has at the least.
    Under(usize, u32),
    /// Parsing was cut short: nested too deeply or too long.
    Limit(String),
}

impl Sign {
    /// Whether it says that this is no page with a text of its own: a wall, an error, a shell, a few words.
    #[must_use]
    pub fn is_of_no_page(&self) -> bool {
        use Sign::{Challenge, Empty, Few, Login, MetaRefresh, Shell, Title, Undecodable};
        matches!(self, Title(_) | Challenge(_) | Login | Shell | MetaRefresh(_) | Empty | Undecodable | Few(_))
    }
}

/// What a reader would see of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// The page's `<title>`, or first heading.
    pub title: Option<String>,
    /// BCP 47 primary tag, `en`; None where no language was found with confidence.
    pub language: Option<String>,
    /// The blocks, in reading order, chrome left out.
    pub blocks: Vec<Block>,
    /// Dates that the page states about itself.
    pub dates: Vec<StatedDate>,
    /// What speaks against its being the page.
    pub signs: Vec<Sign>,
    /// The source ends as it should (`</html>` or `</body>` seen; always true for other media types).
    pub closed: bool,
    /// Whether the selector of the part to read matched; None: there was none.
    pub selected: Option<bool>,
    /// The normal form of what was left out and has words of telling in it, a line a part.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub left_out: String,
}

/// One sentence of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sentence {
    /// The words, as they stand there.
    pub text: String,
    /// Their normal form, by which two sentences are the same.
    pub normal: String,
    /// It speaks of demands for data, or of those who make them.
    pub demand: bool,
}

/// Classes of passages (DOMAIN.md 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Users told about demands for their data: what the program exists for.
    UserNotice,
    /// Users told about demands to remove or withhold content: shown as related, never judged.
    ContentDemand,
    /// Businesses telling each other about demands: confidentiality clauses, processor to controller.
    B2b,
}

/// The slots of a commitment (DOMAIN.md 1), in the order in which R4 lets them dominate; existence stands above all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Slot {
    /// How firmly it is promised, on the ordinal scale of DOMAIN.md 1.2.
    Strength,
    /// Before, on receipt, unstated, at or after disclosure.
    Timing,
    /// Days between notice and disclosure.
    LeadTime,
    /// Who decides whether an exception holds.
    Decider,
    /// When users are not told.
    Exceptions,
    /// Whether the list of exceptions is closed.
    ClosedList,
    /// Which demands are covered.
    Trigger,
    /// What an official must show to prevent notice.
    Burden,
    /// Notice after the obstacle has gone.
    Delayed,
    /// The chance to object before data is handed over.
    Object,
    /// What the notice contains.
    Contents,
    /// How non-disclosure orders are met.
    Gag,
    /// Which users are reached.
    Reach,
    /// By which way users are told.
    Channel,
    /// Who promises.
    Actor,
}

/// What a passage says in one slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The meaning, in the canonical words of the lexicon: `policy`, `before`, `emergency, prohibited-by-law`.
    pub value: String,
    /// The words of the page that carry it.
    pub quote: String,
}

/// What a passage promises, slot by slot. A slot that is not there was not spoken of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Commitment {
    /// The slots.
    pub slots: BTreeMap<Slot, Said>,
}

impl Commitment {
    /// The canonical value of a slot.
    #[must_use]
    pub fn value(&self, slot: Slot) -> Option<&str> {
        self.slots.get(&slot).map(|said| said.value.as_str())
    }
}

/// A block, or part of one, that speaks of telling users about demands for their data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    /// The sentences that speak and those that depend on them, verbatim; list items on lines of their own.
    pub quote: String,
    /// The headings above it, outermost first.
    pub heading: Vec<String>,
    /// Its class.
    pub class: Class,
    /// What it promises.
    pub commitment: Commitment,
    /// Guards that spoke (DOMAIN.md 2) without deciding; shown, never hidden.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The normal form of the quote (DOMAIN.md R1 without aliases and spelling): the passage's identity in time.
    pub normal: String,
}

/// All that one capture says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// Digest of the set of normal forms of the passages: equal keys, nothing moved.
    pub key: Sha256,
    /// Digest of the normalised visible text.
    pub text: Sha256,
    /// BCP 47 primary tag of the language found.
    pub language: Option<String>,
    /// What speaks against its being the page.
    pub signs: Vec<Sign>,
    /// Whether the source ended as it should.
    pub closed: bool,
    /// The page's title.
    pub title: Option<String>,
    /// Normal forms of the headings, in order.
    pub headings: Vec<String>,
    /// Number of words of visible text.
    pub words: usize,
    /// A fixed sample of the text's shingles.
    pub shingles: crate::words::Shingles,
    /// All of them: whether words stand on the page.
    #[serde(default)]
    pub runs: crate::words::EveryRun,
    /// For each block, in order, the digest of its first words and the number of its words: where a page breaks off.
    pub outline: Vec<(u32, u32)>,
    /// Dates that the page states about itself.
    pub dates: Vec<StatedDate>,
    /// The passages, in reading order.
    pub passages: Vec<Passage>,
    /// How the text begins, for a person who asks what was served in place of the page.
    #[serde(default)]
    pub opening: String,
    /// Whether the target's selector matched; None: it has none.
    #[serde(default)]
    pub selected: Option<bool>,
    /// The media type under which it was read.
    #[serde(default)]
    pub media_type: String,
    /// The normal form of the parts that were left out and have words of telling in them, a line a part: what moved there is
    /// not gone.
    #[serde(default)]
    pub left_out: String,
}
