//! What is watched: a target is one page of one service, and what the operator said of it.
//!
//! This module knows nothing of files, networks or captures; definitions are read by `config`.

use serde::{Deserialize, Serialize};

/// What the operator expects a page to hold, so that a promise that was never seen is a trouble, not silence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Expect {
    /// The page holds a promise of user notice; its absence from the first capture on is a trouble.
    Promise,
    /// The page says that users are not told.
    Refusal,
    /// The page is not known to speak of user notice (docs/RULES.md 3.14: silence is recorded, so that a later promise
    /// is `added`).
    #[default]
    Silence,
}

/// The kind of document, which supplies context for reading: a law-enforcement guideline speaks of demands for data throughout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TermsKind {
    /// Law Enforcement Guidelines, Government Requests, Transparency pages about requests.
    LawEnforcement,
    /// Privacy policies, statements and notices.
    Privacy,
    /// Transparency reports: about demands throughout, but to the public.
    Report,
    /// Everything else: terms of service, data processing agreements ...
    Other,
}

impl TermsKind {
    /// The kind for one of Open Terms Archive's terms types, or a free name.
    ///
    /// # Examples
    /// ```
    /// use noticewatch_core::target::TermsKind;
    /// assert_eq!(TermsKind::of("Law Enforcement Guidelines"), TermsKind::LawEnforcement);
    /// assert_eq!(TermsKind::of("Privacy Policy"), TermsKind::Privacy);
    /// assert_eq!(TermsKind::of("Terms of Service"), TermsKind::Other);
    /// ```
    #[must_use]
    pub fn of(terms_type: &str) -> Self {
        let name = terms_type.to_lowercase();
        let legal = ["law enforcement", "government request", "legal request", "data request", "legal process"];
        if legal.iter().any(|word| name.contains(word)) {
            Self::LawEnforcement
        } else if name.contains("privacy") {
            Self::Privacy
        } else if name.contains("transparency") {
            Self::Report
        } else {
            Self::Other
        }
    }
}

/// One page under watch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// An explicit slug, unique in the file, that names the target in commands, letters and the store.
    pub id: String,
    /// The service as its users call it; targets of one service are siblings.
    pub service: String,
    /// One of Open Terms Archive's terms types, such as `Law Enforcement Guidelines`.
    pub terms_type: String,
    /// The address that is fetched. For an import, where the document came from.
    pub url: String,
    /// The pattern of the link on the page at `url` whose document is watched, for addresses that change with each
    /// version; None: the page at `url` itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follow: Option<String>,
    /// Whom the page speaks to: `US`, `EU`, ... as the operator knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// BCP 47 tag of the page's language; also sent as `Accept-Language`. None: the language of most captures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// A cron line (five fields) or `@hourly`-like name; None: the schedule of `noticewatch.toml`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
    /// What the page is known to hold.
    #[serde(default)]
    pub expect: Expect,
    /// Groups of names that mean the same brand, such as `["Twitter", "X"]`; a rename inside a group is no change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<Vec<String>>,
    /// CSS selector of the part that is read; rarely needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub select: Option<String>,
    /// CSS selectors of parts that are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remove: Vec<String>,
    /// Words that the page always holds; a capture without one of them is not the page.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub must_contain: Vec<String>,
    /// A capture with fewer words is not the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_words: Option<u32>,
    /// The id of a target that is known to serve the same body (a mirror), so that equal bodies are no sign of ill health.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as: Option<String>,
    /// Why it is watched, one line for the reader of the board.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// The text is put there by a script: a browser renders the page, and its DOM is what is read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub render: bool,
    /// Why it is fetched although the site's robots.txt asks not to; None: robots.txt is respected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignore_robots: Option<String>,
    /// The reason why it is not fetched (needs a browser, moving PDF ...); None: it is watched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<String>,
}

impl Target {
    /// The part of the definition that a reading depends on; it is part of the key of a cached reading.
    #[must_use]
    pub fn reading(&self) -> ReadingSettings {
        ReadingSettings {
            terms_type: self.terms_type.clone(),
            select: self.select.clone(),
            remove: self.remove.clone(),
            must_contain: self.must_contain.clone(),
            min_words: self.min_words,
            names: std::iter::once(self.service.clone()).chain(self.aliases.iter().flatten().cloned()).collect(),
        }
    }

    /// Where it stands, for a person: its address, and the link that is followed from there.
    #[must_use]
    pub fn place(&self) -> String {
        match &self.follow {
            Some(link) => format!("{} > link \"{link}\"", self.url),
            None => self.url.clone(),
        }
    }

    /// `Accept-Language`: its own language with the bare one behind it; US English where none is given, so that no
    /// server guesses one from our address.
    #[must_use]
    pub fn accept_language(&self) -> String {
        match self.language.as_deref().unwrap_or("en") {
            "en" => "en-US,en;q=0.8".to_owned(),
            tag => match tag.split_once('-') {
                Some((bare, _)) => format!("{tag},{bare};q=0.8"),
                None => tag.to_owned(),
            },
        }
    }

    /// Service and terms type as a person would say them: `Discord privacy policy`.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{} {}", self.service, self.terms_type.to_lowercase())
    }
}

/// How one target's captures are read. Today's settings are used for every capture, old or new (docs/RULES.md 6.11).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ReadingSettings {
    /// The terms type, which supplies context ([`Kind::of`]).
    pub terms_type: String,
    /// CSS selector of the part that is read. Where it matches nothing the page is read without it.
    pub select: Option<String>,
    /// CSS selectors of parts that are left out.
    pub remove: Vec<String>,
    /// Words that the page always holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub must_contain: Vec<String>,
    /// The number of words that the page has at the least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_words: Option<u32>,
    /// Names of the service, which may stand for "we" in its texts.
    pub names: Vec<String>,
}
