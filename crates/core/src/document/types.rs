//! The values that this room hands out: blocks, documents, passages, commitments, readings.
//!
//! Types only; how they are found stands in the files beside this one.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

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
pub enum Symptom {
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

impl Symptom {
    /// Whether it says that this is no page with a text of its own: a wall, an error, a shell, a few words.
    #[must_use]
    pub fn is_of_no_page(&self) -> bool {
        use Symptom::{Challenge, Empty, Few, Login, MetaRefresh, Shell, Title, Undecodable};
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
    pub signs: Vec<Symptom>,
    /// The source ends as it should (`</html>` or `</body>` seen; always true for other media types).
    pub closed: bool,
    /// Whether the selector of the part to read matched; None: there was none.
    pub selected: Option<bool>,
    /// The parts of the source that are no text of the page: margins, menus, what is folded away for good.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
}
