//! The judgement of one aligned pair: the slots that moved, what they come to together, how grave, and why, in words.
//!
//! The rules of docs/RULES.md 4.6 to 4.13. Never sees a whole page; what neither slot nor rule
//! explains is said to need a person.

use super::condition_words::{BELIEF, Difference, Roles};
use super::edits::Edits;
use super::movements::Movement;
use super::reasons::{reason, whole_words};
use super::scales::UNREAD;
use super::sentence_pairs::Touched;
use super::types::{Change, Direction, Rank, Severity, Span, Verdict};
use super::unexplained::Unread;
use super::{dependent_slots, diff, edits, existence, movements, sentence_pairs, unexplained};
use crate::extract::Passage;
use crate::promise::{Commitment, Slot};
use crate::target::TermsKind;
use crate::text;

/// Judges a passage before and after; either may be absent.
#[must_use]
pub fn change(before: Option<&Passage>, after: Option<&Passage>, aliases: &[Vec<String>], kind: TermsKind) -> Change {
    let ruling = match (before, after) {
        (Some(before), Some(after)) => pair(before, after, aliases, kind),
        (Some(before), None) => existence::gone(before, kind),
        (None, Some(after)) => existence::new(after, kind),
        (None, None) => Ruling::default(),
    };
    told(ruling, before, after)
}

/// A passage in a language whose promises are quoted and told, never judged; either side may be absent.
#[must_use]
pub fn unjudged(before: Option<&Passage>, after: Option<&Passage>, aliases: &[Vec<String>], language: &str) -> Change {
    let alike = match (before, after) {
        (Some(before), Some(after)) => same_words(before, after, aliases),
        (None, None) => Some(Ruling::default()),
        _ => None,
    };
    let ruling = alike.unwrap_or_else(|| Ruling {
        verdict: Verdict::NeedsHuman,
        severity: Severity::Low,
        reasons: vec![format!("The wording changed; this language ({language}) is quoted, not judged.")],
        ..Ruling::default()
    });
    told(ruling, before, after)
}

fn told(ruling: Ruling, before: Option<&Passage>, after: Option<&Passage>) -> Change {
    let quote = |passage: Option<&Passage>| passage.map_or("", |passage| passage.quote.as_str()).to_owned();
    let diff = if ruling.verdict == Verdict::None { Vec::new() } else { diff::words(&quote(before), &quote(after)) };
    Change {
        before: before.cloned(),
        after: after.cloned(),
        verdict: ruling.verdict,
        dominant: ruling.dominant,
        severity: ruling.severity,
        slots: ruling.movements.into_iter().map(|movement| movement.moved).collect(),
        reasons: ruling.reasons,
        touches_clause: ruling.touches_clause,
        diff,
    }
}

/// How soon a change is told (docs/RULES.md 4.13).
#[must_use]
pub fn rank(change: &Change) -> Rank {
    match change.verdict {
        Verdict::None | Verdict::SuspectCapture => Rank::Silent,
        Verdict::Reworded => Rank::Tail,
        Verdict::Removed | Verdict::Weakened => Rank::AtOnce,
        Verdict::Mixed if change.dominant == Some(Direction::Minus) => Rank::AtOnce,
        Verdict::NeedsHuman if change.touches_clause => Rank::AtOnce,
        _ => Rank::Digest,
    }
}

/// Whether a finding with this verdict is mailed as one of its own.
#[must_use]
pub fn alert(verdict: Verdict) -> bool {
    !matches!(verdict, Verdict::None | Verdict::Reworded | Verdict::SuspectCapture)
}

/// A change that is quoted and told, but judged by a person: another language, a page replaced, a copy gone.
#[must_use]
pub fn for_a_person(change: Change, reason: String) -> Change {
    if !alert(change.verdict) {
        return change;
    }
    Change {
        verdict: Verdict::NeedsHuman,
        dominant: None,
        severity: Severity::Low,
        slots: Vec::new(),
        reasons: vec![reason],
        touches_clause: false,
        ..change
    }
}

/// What a judgement comes to, before the texts are attached.
pub(crate) struct Ruling {
    pub(crate) verdict: Verdict,
    pub(crate) dominant: Option<Direction>,
    pub(crate) severity: Severity,
    pub(crate) movements: Vec<Movement>,
    pub(crate) reasons: Vec<String>,
    pub(crate) touches_clause: bool,
}

impl Default for Ruling {
    fn default() -> Self {
        Self {
            verdict: Verdict::None,
            dominant: None,
            severity: Severity::None,
            movements: Vec::new(),
            reasons: Vec::new(),
            touches_clause: false,
        }
    }
}

impl Ruling {
    fn reworded(reason: &str) -> Self {
        Self {
            verdict: Verdict::Reworded,
            severity: Severity::Low,
            reasons: vec![reason.to_owned()],
            ..Self::default()
        }
    }
}

/// The judgement of two wordings that say the same in the same words; white space counts for nothing, for the text of a PDF
/// loses it at the ends of lines.
fn same_words(before: &Passage, after: &Passage, aliases: &[Vec<String>]) -> Option<Ruling> {
    if text::unspaced(&before.normal) == text::unspaced(&after.normal)
        || sentence_pairs::sentences(before, text::normal) == sentence_pairs::sentences(after, text::normal)
    {
        return Some(Ruling::default());
    }
    let canonical = |text: &str| text::canonical(text, aliases);
    (text::unspaced(&canonical(&before.quote)) == text::unspaced(&canonical(&after.quote))
        || sentence_pairs::sentences(before, canonical) == sentence_pairs::sentences(after, canonical))
    .then(|| Ruling::reworded("Only spelling, names or the order of sentences differ."))
}

fn pair(before: &Passage, after: &Passage, aliases: &[Vec<String>], kind: TermsKind) -> Ruling {
    if let Some(ruling) = same_words(before, after, aliases) {
        return ruling;
    }
    let touched = sentence_pairs::touched(before, after, aliases);
    if let Some(ruling) = turned_round(before, after, aliases) {
        return ruling;
    }
    let mut movements = movements::movements(&before.commitment, &after.commitment, kind);
    dependent_slots::apply(&mut movements, before, after, &touched, aliases);
    let unread = unexplained::of(before, after, aliases);
    if movements.iter().all(|movement| movement.moved.sign == Direction::Zero) {
        movements.extend(unread.losses.iter().cloned());
        movements.sort_by_key(|movement| movement.moved.slot);
    }
    for Movement { moved, .. } in &mut movements {
        moved.from_quote = moved.from_quote.take().map(|quote| whole_words(moved.slot, &quote, &before.quote));
        moved.to_quote = moved.to_quote.take().map(|quote| whole_words(moved.slot, &quote, &after.quote));
    }
    let edits = edits::of(before, after, &movements, aliases);
    let refuses =
        [before, after].iter().all(|side| movements::strength(&side.commitment).is_some_and(|strength| strength < 0));
    let mut ruling = judged(movements, movements::strength(&before.commitment));
    if ruling.verdict == Verdict::None {
        unmoved(&mut ruling, &touched);
        for_its_words(&mut ruling, &unread);
        for_its_edits(&mut ruling, &edits, refuses);
        if unknown(&before.commitment, &after.commitment) {
            ruling.severity = Severity::Medium;
            for_its_promise(&mut ruling, NO_STRENGTH.to_owned());
        }
        return ruling;
    }
    let besides = besides(before, after, &ruling.movements, aliases);
    if besides.touches_clause() {
        ruling.reasons.push(format!("Also touched: {}.", besides.told()));
    }
    if [before, after].iter().all(|side| movements::strength(&side.commitment).is_some_and(|strength| strength > 0)) {
        conditional(&mut ruling, &touched.own, &besides);
    }
    if unread.narrows && ruling.verdict == Verdict::Strengthened {
        for_its_words(&mut ruling, &unread);
    }
    for_its_edits(&mut ruling, &edits, refuses);
    if ruling.verdict == Verdict::Strengthened && unknown(&before.commitment, &after.commitment) {
        for_its_promise(&mut ruling, NO_STRENGTH.to_owned());
    }
    ruling
}

/// Why a promise whose strength no rule reads is a person's.
pub(crate) const NO_STRENGTH: &str = "How firmly users are told stands in words that no rule reads.";

/// How firmly is promised differs, and one side is in words that no rule reads.
pub(crate) fn unknown(before: &Commitment, after: &Commitment) -> bool {
    let [was, is] = [before, after].map(|side| side.value(Slot::Strength));
    was != is && [was, is].contains(&Some(UNREAD))
}

/// A condition on the promise that no slot explains is never hidden by a plus; one that is gone is not hidden by a
/// minus of little weight (docs/RULES.md 4.9).
fn conditional(ruling: &mut Ruling, own: &Difference, besides: &Difference) {
    let slight = ruling.movements.iter().all(|movement| movement.slight || movement.moved.sign == Direction::Zero);
    let hidden = match ruling.verdict {
        Verdict::Strengthened => own.narrowed(),
        Verdict::Weakened => slight && own.widened() && besides.widened(),
        _ => false,
    };
    if hidden {
        ruling.verdict = Verdict::NeedsHuman;
        ruling.dominant = None;
        ruling.touches_clause = true;
        ruling.reasons.push(format!("Words that carry a condition differ and no slot explains them: {}.", own.told()));
    }
}

/// Words that bear on the promise came or went and no rule reads them: quoted, for a person to judge.
fn for_its_words(ruling: &mut Ruling, unread: &Unread) {
    if let Some(said) = unread.told() {
        for_its_promise(ruling, format!("Words that bear on the promise and that no rule reads: {said}."));
    }
}

/// Words of the promise itself came or went that nothing explains: no other words for the same, and no plus either.
fn for_its_edits(ruling: &mut Ruling, edits: &Edits, refuses: bool) {
    // Other words for a refusal give nothing; what is put into it may refuse more.
    let put_in = edits.lost.is_empty() && !edits.gained.is_empty();
    let silent = ruling.verdict == Verdict::Reworded && if refuses { put_in } else { !edits.is_empty() };
    // What narrows a promise takes; of a refusal, what no longer narrows it.
    // A sentence that is written anew has other words on both sides.
    let (more, fewer) = if refuses { (&edits.lost, &edits.gained) } else { (&edits.gained, &edits.lost) };
    if silent || ruling.verdict == Verdict::Strengthened && more.len() > fewer.len() {
        ruling.severity = ruling.severity.max(Severity::Medium);
        for_its_promise(
            ruling,
            format!("Words of the promise itself differ and no rule reads them: {}.", edits.told()),
        );
    }
}

/// The promise itself was touched, and a person must say how.
pub(crate) fn for_its_promise(ruling: &mut Ruling, reason: String) {
    if ruling.verdict == Verdict::Reworded {
        ruling.reasons.clear();
    }
    ruling.verdict = Verdict::NeedsHuman;
    ruling.dominant = None;
    ruling.touches_clause = true;
    ruling.reasons.push(reason);
}

/// No slot moved for better or worse: other words, or a case for a person (docs/RULES.md 4.9).
fn unmoved(ruling: &mut Ruling, touched: &Touched) {
    ruling.severity = Severity::Low;
    let Touched { unexplained, own, .. } = touched;
    let conditions =
        if unexplained.all.is_empty() && (own.narrowed() || own.widened()) { own } else { &unexplained.all };
    if conditions.is_empty() && ruling.movements.iter().all(|movement| movement.slight) {
        ruling.verdict = Verdict::Reworded;
        ruling.reasons.push("Other words; no modal, negation, condition or number differs.".to_owned());
        return;
    }
    ruling.verdict = Verdict::NeedsHuman;
    ruling.touches_clause = unexplained.main.touches_clause() || own.touches_clause();
    ruling.reasons.push(if conditions.is_empty() {
        "No rule says whether this is more or less for users.".to_owned()
    } else {
        format!("Words that carry a condition differ and no slot explains them: {}.", conditions.told())
    });
}

/// "Will not notify unless required" and "will notify where required" come to the same, but a negation is touched.
fn turned_round(before: &Passage, after: &Passage, aliases: &[Vec<String>]) -> Option<Ruling> {
    let strengths = [before, after].map(|passage| passage.commitment.value(Slot::Strength));
    let floor = [before, after].iter().all(|passage| Roles::of(&text::canonical(&passage.quote, aliases)).floor());
    (matches!(strengths, [Some("refusal"), Some("legal-floor")] | [Some("legal-floor"), Some("refusal")]) && floor)
        .then(|| Ruling {
            verdict: Verdict::NeedsHuman,
            severity: Severity::Low,
            reasons: vec![
                "Users are told only where the law requires it, before and after; a negation is touched.".to_owned(),
            ],
            touches_clause: true,
            ..Ruling::default()
        })
}

/// Role tokens that changed apart from the words of any slot that moved: said, so that a plus never hides them.
fn besides(before: &Passage, after: &Passage, movements: &[Movement], aliases: &[Vec<String>]) -> Difference {
    let quotes = movements.iter().flat_map(|movement| [&movement.moved.from_quote, &movement.moved.to_quote]).flatten();
    let parts: Vec<&str> = quotes.flat_map(|quote| quote.split("; ")).collect();
    let explained = |text: &str| parts.iter().any(|part| text.contains(part) || part.contains(text.trim()));
    let (mut lost, mut gained) = (String::new(), String::new());
    for span in diff::words(&before.quote, &after.quote) {
        match span {
            Span::Removed(text) if !explained(&text) => lost = format!("{lost} . {text}"),
            Span::Added(text) if !explained(&text) => gained = format!("{gained} . {text}"),
            _ => {}
        }
    }
    let roles = |text: &str| Roles::of(&text::canonical(text, aliases));
    let mut left = roles(&lost).difference(&roles(&gained));
    if movements.iter().any(|movement| movement.moved.slot == Slot::Decider) {
        left.lost.retain(|token| token != BELIEF);
        left.gained.retain(|token| token != BELIEF);
    }
    left
}

/// Combines movements (docs/RULES.md 4.9) and ranks them (4.12); `firm` is the strength before.
pub(crate) fn judged(movements: Vec<Movement>, firm: Option<i8>) -> Ruling {
    let signs = |sign| movements.iter().any(|movement| movement.moved.sign == sign);
    let verdict = match (signs(Direction::Minus), signs(Direction::Plus)) {
        (true, true) => Verdict::Mixed,
        (true, false) => Verdict::Weakened,
        (false, true) => Verdict::Strengthened,
        (false, false) => Verdict::None,
    };
    // A list that moved both ways gives one sentence.
    let mut reasons: Vec<String> = movements.iter().filter_map(reason).collect();
    reasons.dedup();
    Ruling {
        verdict,
        dominant: movements.iter().map(|movement| movement.moved.sign).find(|sign| *sign != Direction::Zero),
        severity: severity(&movements, firm),
        reasons,
        movements,
        touches_clause: false,
    }
}

fn severity(movements: &[Movement], firm: Option<i8>) -> Severity {
    let minus = |movement: &&Movement| movement.moved.sign == Direction::Minus && !movement.slight;
    let grave = |movement: &Movement| {
        matches!(movement.moved.slot, Slot::Strength | Slot::Timing | Slot::LeadTime) && firm.is_some_and(|s| s >= 4)
    };
    match movements.iter().filter(minus).map(grave).max() {
        Some(true) => Severity::High,
        Some(false) => Severity::Medium,
        None if movements.is_empty() => Severity::None,
        None => Severity::Low,
    }
}
