//! Which passages before and after are the same promise: by meaning and over the whole document, never line by line
//! (docs/RULES.md 4.2).
//!
//! Knows likeness only; what a difference means is judged elsewhere.

use super::{movements, topic};
use crate::extract::Passage;
use crate::promise::Slot;
use crate::target::TermsKind;
use crate::text;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

/// The same promise before and after: places in the two lists. One side may be empty; several on a side were merged or split.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pair {
    /// Places in the list before.
    pub before: Vec<usize>,
    /// Places in the list after.
    pub after: Vec<usize>,
}

/// Above this many passages a side, likeness is not measured: no real page holds a quarter of it.
pub const MOST_PASSAGES: usize = 200;
/// Two passages that score less are two promises. Worked rewrites score 0.45 and more, two promises of one page at most 0.3.
const ALIKE: f64 = 0.36;
/// What is left alone on both sides is taken for the same promise from here on.
const AKIN: f64 = 0.18;
/// A passage belongs to a merged or split one if this share of it stands there.
const CONTAINED: f64 = 0.6;

/// Aligns the passages of two readings of one page: as [`align`], and where the only statement that came is weaker or
/// stronger than the only one that went and speaks of the same matter, they are one promise (docs/RULES.md 4.2, 4.10).
/// Across two pages that would be a guess.
#[must_use]
pub fn align_page(before: &[&Passage], after: &[&Passage], aliases: &[Vec<String>], kind: TermsKind) -> Vec<Pair> {
    let mut pairs = align(before, after, aliases);
    let firm = |passage: &Passage| movements::strength(&passage.commitment).unwrap_or_default();
    let states = |pair: &Pair, side: &[&Passage], places: fn(&Pair) -> (&[usize], &[usize])| {
        let (here, there) = places(pair);
        there.is_empty() && here.iter().any(|at| firm(side[*at]) != 0)
    };
    let lone = |side: &[&Passage], places: fn(&Pair) -> (&[usize], &[usize])| {
        let mut found = (0..pairs.len()).filter(|at| states(&pairs[*at], side, places));
        found.next().filter(|_| found.next().is_none())
    };
    let gone = lone(before, |pair| (&pair.before, &pair.after));
    let came = lone(after, |pair| (&pair.after, &pair.before));
    if let (Some(gone), Some(came)) = (gone, came) {
        let (one, other) = (before[pairs[gone].before[0]], after[pairs[came].after[0]]);
        // Promises of one rank in quite other words may be two; where the rank moved, the verdict says so in any case.
        let moved = (firm(one) - firm(other)).abs() >= 2 && firm(one).max(firm(other)) > 2;
        if moved && topic::same(one, other, kind) {
            pairs[came].before = std::mem::take(&mut pairs[gone].before);
            pairs.remove(gone);
        }
    }
    pairs
}

/// Aligns the passages of two readings; every passage stands in exactly one pair, and only passages of one class meet.
#[must_use]
pub fn align(before: &[&Passage], after: &[&Passage], aliases: &[Vec<String>]) -> Vec<Pair> {
    let mut groups = Groups::new(before.len(), after.len());
    groups.equal(before, after, |passage| format!("{}\n{}", passage.normal, passage.heading.join("\n")));
    groups.equal(before, after, |passage| passage.normal.clone());
    if groups.settled() {
        return groups.pairs();
    }
    groups.equal(before, after, |passage| text::unspaced(&passage.normal));
    groups.equal(before, after, |passage| text::canonical(&passage.quote, aliases));
    if before.len().max(after.len()) > MOST_PASSAGES {
        groups.equal(before, after, |passage| passage.heading.join("\n"));
        return groups.pairs();
    }
    let sides = [before, after].map(|side| side.iter().map(|passage| Traits::of(passage, aliases)).collect::<Vec<_>>());
    groups.parts(&sides, |part| &part.sentences, 0.99);
    groups.alike(&sides, ALIKE);
    groups.parts(&sides, |part| &part.runs, CONTAINED);
    groups.alone(&sides);
    groups.pairs()
}

/// Several passages of one side as one: the quotes in their order, and what they promise together.
#[must_use]
pub fn merged(passages: &[&Passage]) -> Option<Passage> {
    let (first, rest) = passages.split_first()?;
    let mut whole = (*first).clone();
    if rest.is_empty() {
        return Some(whole);
    }
    whole.quote = passages.iter().map(|passage| passage.quote.as_str()).collect::<Vec<_>>().join("\n");
    whole.normal = passages.iter().map(|passage| passage.normal.as_str()).collect::<Vec<_>>().join(" ");
    whole.commitment.slots = BTreeMap::new();
    let mut by_strength: Vec<&Passage> = passages.to_vec();
    by_strength.sort_by_key(|passage| std::cmp::Reverse(movements::strength(&passage.commitment)));
    for (slot, said) in by_strength.iter().flat_map(|passage| &passage.commitment.slots) {
        let whole = whole.commitment.slots.entry(*slot).or_insert_with(|| said.clone());
        if is_list(*slot) && whole.value != said.value {
            let mut items: Vec<&str> = whole.value.split(',').chain(said.value.split(',')).map(str::trim).collect();
            items.sort_unstable();
            items.dedup();
            whole.value = items.join(", ");
            whole.quote = format!("{} ... {}", whole.quote, said.quote);
        }
    }
    whole.tags.extend(rest.iter().flat_map(|passage| passage.tags.iter().cloned()));
    Some(whole)
}

fn is_list(slot: Slot) -> bool {
    matches!(slot, Slot::Exceptions | Slot::Trigger | Slot::Reach | Slot::Gag | Slot::Object)
}

/// The hashes by which one passage may hold another: its sentences, or its runs of words.
type By = for<'t, 'p> fn(&'t Traits<'p>) -> &'t [u64];

/// What likeness is measured by.
pub struct Traits<'a> {
    /// The passage.
    pub passage: &'a Passage,
    heading: String,
    /// Hashes of the words, of runs of two words, and of the sentences; sorted, each once.
    words: Vec<u64>,
    runs: Vec<u64>,
    sentences: Vec<u64>,
    /// The words of the sentence that says how firmly it is promised: what surrounds it comes and goes.
    core: Vec<u64>,
}

impl<'a> Traits<'a> {
    /// The traits of a passage.
    #[must_use]
    pub fn of(passage: &'a Passage, aliases: &[Vec<String>]) -> Self {
        let canonical = text::canonical(&passage.quote, aliases);
        let tokens = text::tokens(&canonical);
        let sentences = text::sentences(&passage.quote);
        let promise = passage
            .commitment
            .slots
            .get(&Slot::Strength)
            .and_then(|said| sentences.iter().find(|sentence| sentence.contains(said.quote.as_str())));
        let core = promise.map(|sentence| text::canonical(sentence, aliases)).unwrap_or_default();
        Self {
            core: sorted(text::tokens(&core).iter().map(hash)),
            passage,
            heading: passage.heading.last().map(|heading| text::canonical(heading, aliases)).unwrap_or_default(),
            words: sorted(tokens.iter().map(hash)),
            runs: sorted(tokens.windows(2).map(|run| hash(&run))),
            sentences: sorted(sentences.into_iter().map(|sentence| hash(&text::canonical(sentence, aliases)))),
        }
    }
}

fn hash<T: Hash + ?Sized>(value: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

fn sorted(hashes: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut hashes: Vec<u64> = hashes.collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}

/// How many hashes stand in both.
fn common(a: &[u64], b: &[u64]) -> usize {
    let (mut a, mut b, mut found) = (a, b, 0);
    while let (Some(x), Some(y)) = (a.first(), b.first()) {
        found += usize::from(x == y);
        if x <= y {
            a = &a[1..];
        }
        if y <= x {
            b = &b[1..];
        }
    }
    found
}

/// Dice's coefficient of two sets.
fn dice(a: &[u64], b: &[u64]) -> f64 {
    if a.is_empty() || b.is_empty() { 0.0 } else { 2.0 * ratio(common(a, b), a.len() + b.len()) }
}

#[expect(clippy::cast_precision_loss, reason = "counts of words are far below 2^52")]
fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// How alike two passages are, 0 to 1: words, order of words, heading, and what they promise.
fn likeness(a: &Traits<'_>, b: &Traits<'_>) -> f64 {
    if a.passage.class != b.passage.class {
        return 0.0;
    }
    let heading = if !a.heading.is_empty() && a.heading == b.heading { 1.0 } else { 0.0 };
    let (one, other) = (&a.passage.commitment.slots, &b.passage.commitment.slots);
    let agree = one.iter().filter(|(slot, said)| other.get(slot).is_some_and(|o| o.value == said.value)).count();
    let slots = ratio(agree, one.len().max(other.len()));
    wording(a, b).max(0.7 * dice(&a.core, &b.core)) + 0.1 * heading + 0.1 * slots
}

/// How alike two passages are in words and their order, 0 to 0.8.
#[must_use]
pub fn wording(a: &Traits<'_>, b: &Traits<'_>) -> f64 {
    0.5 * dice(&a.words, &b.words) + 0.3 * dice(&a.runs, &b.runs)
}

/// The pairs so far, and to which each passage belongs.
struct Groups {
    pairs: Vec<Pair>,
    of: [Vec<Option<usize>>; 2],
}

impl Groups {
    fn new(before: usize, after: usize) -> Self {
        Self { pairs: Vec::new(), of: [vec![None; before], vec![None; after]] }
    }

    fn settled(&self) -> bool {
        self.of.iter().flatten().all(Option::is_some)
    }

    fn free(&self, side: usize) -> Vec<usize> {
        (0..self.of[side].len()).filter(|at| self.of[side][*at].is_none()).collect()
    }

    fn join(&mut self, before: usize, after: usize) {
        let pair = match (self.of[0][before], self.of[1][after]) {
            (Some(pair), None) | (None, Some(pair)) => pair,
            (None, None) => {
                self.pairs.push(Pair::default());
                self.pairs.len() - 1
            }
            (Some(_), Some(_)) => return,
        };
        if self.of[0][before].replace(pair).is_none() {
            self.pairs[pair].before.push(before);
        }
        if self.of[1][after].replace(pair).is_none() {
            self.pairs[pair].after.push(after);
        }
    }

    /// Pairs what has an equal key, in order of appearance.
    fn equal(&mut self, before: &[&Passage], after: &[&Passage], key: impl Fn(&Passage) -> String) {
        let mut waiting: HashMap<_, VecDeque<usize>> = HashMap::new();
        for at in self.free(1) {
            waiting.entry((after[at].class, key(after[at]))).or_default().push_back(at);
        }
        for at in self.free(0) {
            let found = waiting.get_mut(&(before[at].class, key(before[at]))).and_then(VecDeque::pop_front);
            if let Some(found) = found {
                self.join(at, found);
            }
        }
    }

    /// Pairs the most alike first, one to one.
    fn alike(&mut self, sides: &[Vec<Traits<'_>>; 2], least: f64) {
        let mut scored = Vec::new();
        for before in self.free(0) {
            for after in self.free(1) {
                let score = likeness(&sides[0][before], &sides[1][after]);
                if score >= least {
                    scored.push((score, before, after));
                }
            }
        }
        scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
        for (_, before, after) in scored {
            if self.of[0][before].is_none() && self.of[1][after].is_none() {
                self.join(before, after);
            }
        }
    }

    /// Takes what is still free into a passage of the other side that holds it beside what it is paired with already.
    fn parts(&mut self, sides: &[Vec<Traits<'_>>; 2], of: By, least: f64) {
        for side in [0, 1] {
            for part in self.free(side) {
                let wanted = of(&sides[side][part]);
                let other = 1 - side;
                let mut best: Option<(f64, usize)> = None;
                for whole in 0..sides[other].len() {
                    if sides[other][whole].passage.class != sides[side][part].passage.class {
                        continue;
                    }
                    let surplus = self.surplus(sides, other, whole, of);
                    let share = ratio(common(wanted, &surplus), wanted.len());
                    if share >= least && best.is_none_or(|(most, _)| share > most) {
                        best = Some((share, whole));
                    }
                }
                if let Some((_, whole)) = best {
                    let (before, after) = if side == 0 { (part, whole) } else { (whole, part) };
                    self.join(before, after);
                }
            }
        }
    }

    /// What a passage holds beyond those it is paired with.
    fn surplus(&self, sides: &[Vec<Traits<'_>>; 2], side: usize, whole: usize, of: By) -> Vec<u64> {
        let all = of(&sides[side][whole]);
        let Some(pair) = self.of[side][whole].map(|pair| &self.pairs[pair]) else { return all.to_vec() };
        let partners = if side == 0 { &pair.after } else { &pair.before };
        let taken: Vec<&[u64]> = partners.iter().map(|at| of(&sides[1 - side][*at])).collect();
        all.iter().filter(|hash| taken.iter().all(|taken| taken.binary_search(hash).is_err())).copied().collect()
    }

    /// One statement left on each side that says how firmly it promises: the same promise in quite other words.
    fn alone(&mut self, sides: &[Vec<Traits<'_>>; 2]) {
        let free = [0, 1].map(|side| {
            let mut free = self.free(side);
            free.retain(|at| movements::strength(&sides[side][*at].passage.commitment).is_some());
            free
        });
        if let [[before], [after]] = [&free[0][..], &free[1][..]] {
            let (a, b) = (&sides[0][*before], &sides[1][*after]);
            let same_heading = !a.heading.is_empty() && a.heading == b.heading;
            if a.passage.class == b.passage.class && (same_heading || likeness(a, b) >= AKIN) {
                self.join(*before, *after);
            }
        }
    }

    /// All pairs in the order of the text after, what is gone where it stood.
    fn pairs(mut self) -> Vec<Pair> {
        for before in self.free(0) {
            self.pairs.push(Pair { before: vec![before], after: Vec::new() });
        }
        for after in self.free(1) {
            self.pairs.push(Pair { before: Vec::new(), after: vec![after] });
        }
        for pair in &mut self.pairs {
            pair.before.sort_unstable();
            pair.after.sort_unstable();
        }
        self.pairs
            .sort_by_key(|pair| (pair.after.first().or(pair.before.first()).copied(), pair.before.first().copied()));
        self.pairs
    }
}
