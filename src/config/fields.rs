//! Reading a TOML table key by key: what is asked for is known, what is left over is a mistake, and so is every value of
//! another kind than asked for.
//!
//! It knows nothing of targets or mail. A value that is wrong is reported here and given out as None, so that reading
//! goes on and all mistakes come at once.

use super::party::{Party, Sendable};
use super::report::{Mistake, Report};
use jiff::SignedDuration;
use std::cell::RefCell;
use std::ops::Range;
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The candidate that a mistyped name most likely meant; None where none comes near.
///
/// # Examples
/// ```
/// use noticewatch::config::nearest;
/// assert_eq!(nearest("discord-privcy", ["discord-privacy", "snap-law"]), Some("discord-privacy"));
/// assert_eq!(nearest("zzz", ["discord-privacy", "snap-law"]), None);
/// ```
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&name, &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness >= 0.8)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, candidate)| candidate)
}

/// One text under reading, and the mistakes found so far.
pub(crate) struct TomlSource<'a> {
    name: &'a str,
    text: &'a str,
    sendable: Sendable,
    mistakes: RefCell<Vec<Mistake>>,
}

/// Where something stands: its key with the table, and its span.
#[derive(Clone, Debug)]
pub(crate) struct KeyPlace {
    pub key: String,
    pub span: Range<usize>,
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct GivenValue<T> {
    pub value: T,
    pub place: KeyPlace,
}

/// One table under reading.
pub(crate) struct Fields<'a> {
    source: &'a TomlSource<'a>,
    table: &'a DeTable<'a>,
    known: Vec<&'static str>,
    pub place: KeyPlace,
}

/// Something that a table may hold: its spanned value and its place.
type FoundKey<'a> = (&'a Spanned<DeValue<'a>>, KeyPlace);

impl<'a> TomlSource<'a> {
    pub fn new(name: &'a str, text: &'a str) -> Self {
        Self { name, text, sendable: |_| Ok(()), mistakes: RefCell::default() }
    }

    /// The same, with what tries senders and recipients.
    pub fn trying(self, sendable: Sendable) -> Self {
        Self { sendable, ..self }
    }

    /// The text as TOML; None where it is none: then only its syntax is reported, one mistake a line.
    pub fn parse(&self) -> Option<Spanned<DeTable<'a>>> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        let mut lines = Vec::new();
        for error in &errors {
            let span = error.span().unwrap_or(0..0);
            let problem = error.message().trim().replace('\n', ", ");
            let mistake = Mistake::new(self.text, span, "syntax".to_owned(), problem, None);
            if !lines.contains(&mistake.line) {
                lines.push(mistake.line);
                self.mistakes.borrow_mut().push(mistake);
            }
        }
        errors.is_empty().then_some(table)
    }

    pub fn mistake(&self, place: &KeyPlace, problem: impl Into<String>, fix: Option<String>) {
        let mistake = Mistake::new(self.text, place.span.clone(), place.key.clone(), problem.into(), fix);
        self.mistakes.borrow_mut().push(mistake);
    }

    /// The line on which something stands, from 1.
    pub fn line(&self, place: &KeyPlace) -> usize {
        self.text.get(..place.span.start).unwrap_or(self.text).matches('\n').count() + 1
    }

    /// What was built, if no mistake was found on the way.
    pub fn finish<T>(self, built: Option<T>) -> Result<T, Report> {
        let mistakes = self.mistakes.into_inner();
        match built {
            Some(built) if mistakes.is_empty() => Ok(built),
            _ => Err(Report::new(self.name, self.text, mistakes)),
        }
    }
}

impl<'a> Fields<'a> {
    pub fn new(source: &'a TomlSource<'a>, table: &'a DeTable<'a>, place: KeyPlace) -> Self {
        Self { source, table, known: Vec::new(), place }
    }

    /// The place of a key in this table, with the span of the table itself where the key does not stand.
    pub fn place_of(&self, key: &str) -> KeyPlace {
        let span = self.table.get(key).map_or_else(|| self.place.span.clone(), Spanned::span);
        KeyPlace { key: self.path(key), span }
    }

    pub fn holds(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Whether letters can be made with this party.
    pub fn sendable(&self, party: &Party) -> Result<(), String> {
        (self.source.sendable)(party)
    }

    pub fn mistake(&self, place: &KeyPlace, problem: impl Into<String>, fix: impl Into<String>) {
        self.source.mistake(place, problem, Some(fix.into()));
    }

    /// A string without control characters, not empty.
    pub fn text(&mut self, key: &'static str) -> Option<GivenValue<String>> {
        let (value, place) = self.take(key)?;
        let Some(text) = value.get_ref().as_str() else {
            self.wrong_kind(value, &place, "a text in quotes");
            return None;
        };
        self.clean(text, place)
    }

    /// A string that must be there.
    pub fn required(&mut self, key: &'static str, example: &str) -> Option<GivenValue<String>> {
        if !self.holds(key) {
            let fix = format!("add a line such as {key} = \"{example}\"");
            self.mistake(&self.place_of(key), "is missing", fix);
        }
        self.text(key)
    }

    /// One of a few words.
    pub fn choice<T: Copy>(&mut self, key: &'static str, choices: &[(&'static str, T)]) -> Option<T> {
        let given = self.text(key)?;
        let found = choices.iter().find(|(word, _)| *word == given.value);
        if found.is_none() {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            let fix =
                did_you_mean(&given.value, &words).unwrap_or_else(|| format!("write \"{}\"", words.join("\" or \"")));
            self.mistake(&given.place, format!("\"{}\" is none of {}", given.value, words.join(", ")), fix);
        }
        found.map(|(_, value)| *value)
    }

    pub fn flag(&mut self, key: &'static str) -> Option<bool> {
        let (value, place) = self.take(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong_kind(value, &place, "true or false");
        }
        flag
    }

    /// A whole number within bounds.
    pub fn number(&mut self, key: &'static str, within: std::ops::RangeInclusive<u32>) -> Option<u32> {
        let (value, place) = self.take(key)?;
        let number = value.get_ref().as_integer().and_then(|int| u32::from_str_radix(int.as_str(), int.radix()).ok());
        let number = number.filter(|number| within.contains(number));
        if number.is_none() {
            let fix = format!("write a whole number from {} to {}", within.start(), within.end());
            self.mistake(&place, "is no number that can be used here", fix);
        }
        number
    }

    /// A duration such as `"20s"` or `"1h 30m"`, within bounds.
    pub fn duration(&mut self, key: &'static str, within: std::ops::RangeInclusive<Duration>) -> Option<Duration> {
        let given = self.text(key)?;
        let parsed = given.value.parse::<SignedDuration>().ok().and_then(|parsed| Duration::try_from(parsed).ok());
        let parsed = parsed.filter(|parsed| within.contains(parsed));
        if parsed.is_none() {
            let (least, most) = (within.start().as_secs(), within.end().as_secs());
            let fix = format!("write a duration between \"{least}s\" and \"{most}s\"");
            self.mistake(&given.place, format!("\"{}\" is no duration that can be used here", given.value), fix);
        }
        parsed
    }

    /// A list of strings; one string alone is a list of one.
    pub fn texts(&mut self, key: &'static str) -> Vec<GivenValue<String>> {
        let Some((value, place)) = self.take(key) else { return Vec::new() };
        if let Some(text) = value.get_ref().as_str() {
            return self.clean(text, place).into_iter().collect();
        }
        let Some(items) = value.get_ref().as_array() else {
            self.wrong_kind(value, &place, "a list of texts, [\"...\", \"...\"]");
            return Vec::new();
        };
        let texts = items.iter().filter_map(|item| {
            let place = KeyPlace { key: place.key.clone(), span: item.span() };
            let Some(text) = item.get_ref().as_str() else {
                self.wrong_kind(item, &place, "a text in quotes");
                return None;
            };
            self.clean(text, place)
        });
        texts.collect()
    }

    /// A list of lists of strings, each of at least two.
    pub fn groups(&mut self, key: &'static str) -> Vec<Vec<String>> {
        let Some((value, place)) = self.take(key) else { return Vec::new() };
        let groups: Option<Vec<Vec<String>>> = value.get_ref().as_array().and_then(|items| {
            let group = |item: &Spanned<DeValue<'_>>| {
                let names = item.get_ref().as_array()?.iter().map(|name| name.get_ref().as_str().map(str::to_owned));
                names.collect::<Option<Vec<String>>>().filter(|names| names.len() >= 2)
            };
            items.iter().map(group).collect()
        });
        if groups.is_none() {
            self.mistake(&place, "is no list of groups of names", "write it as [[\"Old name\", \"New name\"]]");
        }
        groups.unwrap_or_default()
    }

    /// A table; None where it does not stand.
    pub fn table(&mut self, key: &'static str) -> Option<Fields<'a>> {
        let (value, place) = self.take(key)?;
        let Some(table) = value.get_ref().as_table() else {
            self.wrong_kind(value, &place, &format!("a table, [{}]", place.key));
            return None;
        };
        Some(Fields::new(self.source, table, place))
    }

    /// The tables of this table, by their own names: `[service."Old name"]`.
    pub fn named_tables(&mut self, key: &'static str) -> Vec<(GivenValue<String>, Fields<'a>)> {
        let Some(parent) = self.table(key) else { return Vec::new() };
        let tables = parent.table.iter().filter_map(|(name, value)| {
            let place = KeyPlace { key: format!("{key}.{}", name.get_ref()), span: name.span() };
            let Some(table) = value.get_ref().as_table() else {
                self.wrong_kind(value, &place, &format!("a table, [{key}.\"{}\"]", name.get_ref()));
                return None;
            };
            let given = GivenValue { value: name.get_ref().to_string(), place: place.clone() };
            Some((given, Fields::new(self.source, table, place)))
        });
        tables.collect()
    }

    /// The tables of an array of tables, each known by the text under `naming` where it has one.
    pub fn tables(&mut self, key: &'static str, naming: &str) -> Vec<Fields<'a>> {
        let Some((value, place)) = self.take(key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            self.wrong_kind(value, &place, &format!("written with double brackets, [[{key}]]"));
            return Vec::new();
        };
        let tables = items.iter().enumerate().filter_map(|(index, item)| {
            let table = item.get_ref().as_table()?;
            let name = table.get(naming).and_then(|name| name.get_ref().as_str()).map(str::to_owned);
            let key = format!("{key}.{}", name.unwrap_or_else(|| format!("{}", index + 1)));
            Some(Fields::new(self.source, table, KeyPlace { key, span: item.span() }))
        });
        tables.collect()
    }

    /// A key that may hold several kinds of value.
    pub fn take(&mut self, key: &'static str) -> Option<FoundKey<'a>> {
        self.known.push(key);
        let value = self.table.get(key)?;
        Some((value, KeyPlace { key: self.path(key), span: value.span() }))
    }

    /// The text under a key, without asking for it: nothing is reported.
    pub fn peek(&self, key: &str) -> Option<&'a str> {
        self.table.get(key).and_then(|value| value.get_ref().as_str())
    }

    /// The truth value under a key, without asking for it.
    pub fn boolean(&self, key: &str) -> Option<bool> {
        self.table.get(key).and_then(|value| value.get_ref().as_bool())
    }

    /// The whole number under a key, without asking for it.
    pub fn integer(&self, key: &str) -> Option<u32> {
        let integer = self.table.get(key)?.get_ref().as_integer()?;
        u32::from_str_radix(integer.as_str(), integer.radix()).ok()
    }

    /// Whether a list stands under the key that holds nothing.
    pub fn empty_list(&self, key: &str) -> bool {
        self.table.get(key).and_then(|value| value.get_ref().as_array()).is_some_and(|items| items.is_empty())
    }

    /// Reports every key that nobody asked for.
    pub fn finish(self) {
        for (key, _) in self.table.iter().filter(|(key, _)| !self.known.contains(&key.get_ref().as_ref())) {
            let place = KeyPlace { key: self.path(key.get_ref()), span: key.span() };
            let keys = format!("known keys: {}", self.known.join(", "));
            let fix = did_you_mean(key.get_ref(), &self.known).unwrap_or(keys);
            self.mistake(&place, "is no known key", fix);
        }
    }

    fn wrong_kind(&self, value: &Spanned<DeValue<'_>>, place: &KeyPlace, wanted: &str) {
        let kind = value.get_ref().type_str();
        self.mistake(place, format!("is of the kind {kind}"), format!("it must be {wanted}"));
    }

    fn clean(&self, text: &str, place: KeyPlace) -> Option<GivenValue<String>> {
        let hidden = |c: char| {
            c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        if text.trim().is_empty() {
            self.mistake(&place, "is empty", "write something, or leave the key out");
            return None;
        }
        if let Some(found) = text.chars().find(|c| hidden(*c)) {
            let problem = format!("holds the invisible character U+{:04X}", u32::from(found));
            self.mistake(&place, problem, "write it on one line, without control characters");
            return None;
        }
        Some(GivenValue { value: text.trim().to_owned(), place })
    }

    fn path(&self, key: &str) -> String {
        if self.place.key.is_empty() { key.to_owned() } else { format!("{}.{key}", self.place.key) }
    }
}

/// The fix for a mistyped word.
pub(crate) fn did_you_mean(word: &str, candidates: &[&str]) -> Option<String> {
    nearest(word, candidates.iter().copied()).map(|near| format!("did you mean \"{near}\"?"))
}
