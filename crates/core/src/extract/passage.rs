//! Which parts of a document speak of telling users about demands for their data.
//!
//! A passage is what one section says of it: the lines that speak, those that hang on them, and the list items under
//! them. Lines about other things in the same paragraph stay out, so that their edits move nothing.

use super::relevance::Around;
use super::sentences::Line;
use super::types::{Class, Passage};
use super::{other_languages, relevance, sentences, slots, unknown_recipient};
use crate::document::{BlockKind, Document};
use crate::target::{ReadingSettings, TermsKind};
use crate::text;
use std::collections::{BTreeSet, HashSet};
use std::rc::Rc;

/// No policy has more lines that speak of telling; beyond this a page is hostile, and the rest is not weighed.
const MOST: usize = 1_500;

/// Passages of one section may have so many other blocks between their lines.
const GAP: usize = 6;

/// Without a heading above them, lines further apart than this are different passages.
const GAP_UNDER_NO_HEADING: usize = 2;

/// The passages of a document, in reading order.
#[must_use]
pub fn find(document: &Document, settings: &ReadingSettings) -> Vec<Passage> {
    let kind = TermsKind::of(&settings.terms_type);
    let mut lines = sentences::of(document, kind);
    let foreign = other_languages::tables(document.language.as_deref());
    if let Some(tables) = foreign {
        other_languages::mark(&mut lines, kind, tables);
    } else {
        mark_hits(document, &mut lines, kind);
        mark_dependents(&mut lines, kind);
    }
    mark_sections(&mut lines);
    mark_items(document, &mut lines, kind);
    let mut passages = Vec::new();
    for class in [Class::UserNotice, Class::ContentDemand, Class::B2b] {
        passages
            .extend(clusters(document, &lines, class).iter().map(|cluster| passage(document, &lines, cluster, class)));
    }
    passages.sort_by_key(|(first, _)| *first);
    without_copies(passages.into_iter().map(|(_, passage)| passage).collect())
}

/// Weighs every line that is worth it.
fn mark_hits(document: &Document, lines: &mut [Line<'_>], kind: TermsKind) {
    mark_answers(document, lines, kind);
    let worth: Vec<usize> = (0..lines.len()).filter(|&at| relevance::worth(&lines[at])).take(MOST).collect();
    for at in worth {
        let close = at > 0 && lines[at - 1].block == lines[at].block && relevance::names_demand(&lines[at - 1]);
        let around = Around { demand: demand_before(document, lines, at), close, other: false };
        if relevance::may_be_of_demand(&lines[at], kind, around)
            && let Some(named) = unknown_recipient::named(&lines[at].plain)
        {
            lines[at].plain = named;
        }
        let mut weight = relevance::weigh(&lines[at], kind, around);
        // What the sentence before is about is asked only where it may matter: it can but take away.
        let beside = at > 0 && lines[at - 1].block == lines[at].block && lines[at - 1].hit.is_none();
        if weight.class.is_some() && beside && relevance::about_other(&lines[at - 1]) {
            weight = relevance::weigh(&lines[at], kind, Around { other: true, ..around });
        }
        lines[at].hit = weight.class.or(lines[at].hit);
        lines[at].tags = Rc::from(weight.tags);
    }
}

/// The first words after a question whether users are told of demands: "Yes, unless gagged."
fn mark_answers(document: &Document, lines: &mut [Line<'_>], kind: TermsKind) {
    for at in 0..lines.len() {
        let line = &lines[at];
        let first = at == 0 || lines[at - 1].section != line.section;
        let question = match document.blocks[line.block].heading.last() {
            Some(heading) if first && heading.ends_with('?') => heading.as_str(),
            _ if first => continue,
            _ if lines[at - 1].text.ends_with('?') && line.block - lines[at - 1].block <= 1 => lines[at - 1].text,
            _ => continue,
        };
        let about = kind == TermsKind::LawEnforcement
            || line.announced.demand
            || relevance::names_demand(line)
            || relevance::may_be_banned(line);
        if about && relevance::answers(line) && relevance::asks(question) {
            let (section, block) = (line.section, line.block);
            lines[at].hit = Some(Class::UserNotice);
            // A bare "No." says nothing without its question and its reason.
            if at > 0 && lines[at - 1].section == section && lines[at - 1].text.ends_with('?') {
                lines[at - 1].depends = true;
            }
            if let Some(reason) = lines.get_mut(at + 1).filter(|next| next.block == block) {
                reason.depends = true;
            }
        }
    }
}

/// Whether a demand was named shortly before: in the three sentences before in the block, or in the words above a list.
fn demand_before(document: &Document, lines: &[Line<'_>], at: usize) -> bool {
    let block = lines[at].block;
    let above = match document.blocks[block].kind {
        BlockKind::Item(_) => intro(document, block),
        _ => None,
    };
    let near = lines[..at].iter().rev().take(40).filter(|line| line.section == lines[at].section);
    let mut same = 0;
    let mut previous = 0;
    for line in near {
        let counts = if line.block == block {
            same += 1;
            same <= 3
        } else if Some(line.block) == above {
            true
        } else if above.is_none() && same == 0 && line.block + 1 == block {
            previous += 1;
            previous <= 1
        } else {
            false
        };
        if counts && relevance::names_demand(line) {
            return true;
        }
    }
    false
}

/// The block that a list item hangs on.
fn intro(document: &Document, item: usize) -> Option<usize> {
    let BlockKind::Item(depth) = document.blocks[item].kind else { return None };
    (item.saturating_sub(30)..item).rev().find(|&at| match document.blocks[at].kind {
        BlockKind::Item(above) => above < depth,
        BlockKind::Paragraph => true,
        BlockKind::Heading | BlockKind::Row => false,
    })
}

/// A section whose heading says that it is about user notice belongs to it whole, where a line of it speaks.
fn mark_sections(lines: &mut [Line<'_>]) {
    let sections: BTreeSet<usize> = lines
        .iter()
        .filter(|line| line.announced.notice && line.hit == Some(Class::UserNotice))
        .map(|line| line.section)
        .collect();
    for line in lines.iter_mut().filter(|line| line.hit.is_none() && sections.contains(&line.section)) {
        line.depends = !relevance::misconduct(line);
    }
}

/// Lines that hang on a promise: in a guideline those of its section, elsewhere those of its block.
fn mark_dependents(lines: &mut [Line<'_>], kind: TermsKind) {
    let hits: Vec<(usize, usize)> = lines
        .iter()
        .filter(|line| line.hit == Some(Class::UserNotice))
        .map(|line| (line.section, line.block))
        .collect();
    let sections: BTreeSet<usize> = hits.iter().map(|hit| hit.0).collect();
    let blocks: BTreeSet<usize> = hits.iter().map(|hit| hit.1).collect();
    for line in lines.iter_mut().filter(|line| !line.speaks()) {
        let beside = if kind == TermsKind::LawEnforcement {
            sections.contains(&line.section)
                && blocks.range(line.block.saturating_sub(GAP)..=line.block + GAP).next().is_some()
        } else {
            blocks.contains(&line.block)
        };
        line.depends = beside && relevance::depends(line);
    }
}

/// List items under a line that ends in a colon belong to it; an item that is no sentence brings the words above it.
fn mark_items(document: &Document, lines: &mut [Line<'_>], kind: TermsKind) {
    let mut wanted = BTreeSet::new();
    let mut above = BTreeSet::new();
    for at in 0..lines.len() {
        let line = &lines[at];
        if !line.speaks() {
            continue;
        }
        let last = lines.get(at + 1).is_none_or(|next| next.block != line.block);
        if last && (line.text.ends_with([':', ',', ';', '-', '\u{2013}', '\u{2014}']) || opens_list(line)) {
            wanted.extend(items_under(document, line.block));
        }
        let fragment = without_mark(line.text).starts_with(char::is_lowercase);
        if fragment
            && line.hit.is_some()
            && lines.get(at.wrapping_sub(1)).is_none_or(|before| before.block != line.block)
        {
            above.extend(intro(document, line.block).filter(|&block| document.blocks[block].text.ends_with(':')));
        }
    }
    for at in 0..lines.len() {
        let last = lines.get(at + 1).is_none_or(|next| next.block != lines[at].block);
        let line = &lines[at];
        if !line.speaks() && (wanted.contains(&line.block) || last && above.contains(&line.block)) {
            lines[at].depends = if kind == TermsKind::LawEnforcement || above.contains(&line.block) {
                !relevance::misconduct(line)
            } else {
                relevance::bears_on_notice(line)
            };
        }
    }
}

/// A line that announces a list without a colon: "unless", "if", "where it" at its end.
fn opens_list(line: &Line<'_>) -> bool {
    let text = line.plain.text().trim_end();
    ["unless", " if", " where", " when", " that", " following", " or", " and", " notice"]
        .iter()
        .any(|end| text.ends_with(end))
}

/// The list items that follow a block and stand under it; paragraphs that begin with an enumerator count.
fn items_under(document: &Document, block: usize) -> impl Iterator<Item = usize> {
    let depth = match document.blocks[block].kind {
        BlockKind::Item(depth) => depth,
        _ => 0,
    };
    let heading = &document.blocks[block].heading;
    (block + 1..document.blocks.len()).take(20).take_while(move |&at| {
        let next = &document.blocks[at];
        next.heading.len() >= heading.len()
            && match next.kind {
                BlockKind::Item(under) => under > depth,
                BlockKind::Paragraph => depth == 0 && enumerated(&next.text),
                BlockKind::Heading | BlockKind::Row => false,
            }
    })
}

/// A list item without its `a.`, `(b)` or `ii)`.
fn without_mark(text: &str) -> &str {
    let inner = text.trim_start_matches(['(', '\u{2022}', '-', '*', ' ']);
    let mark: usize = inner.chars().take_while(char::is_ascii_alphanumeric).map(char::len_utf8).sum();
    let closed = (1..=4).contains(&mark) && inner[mark..].starts_with([')', '.']);
    if closed { inner[mark + 1..].trim_start() } else { text }
}

/// Whether a text begins like `(b)`, `ii)` or `2.`.
fn enumerated(text: &str) -> bool {
    let text = text.trim_start_matches(['(', '\u{2022}', '-', '*', ' ']);
    let mark: usize = text.chars().take_while(char::is_ascii_alphanumeric).map(char::len_utf8).sum();
    (1..=4).contains(&mark) && text[mark..].starts_with([')', '.']) || text.starts_with(char::is_lowercase)
}

/// Runs of speaking lines of one class in one section: indices into `lines`.
fn clusters(document: &Document, lines: &[Line<'_>], class: Class) -> Vec<Vec<usize>> {
    let mut clusters: Vec<Vec<usize>> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if !line.speaks()
            || line.hit.is_some_and(|hit| hit != class)
            || line.hit.is_none() && class != Class::UserNotice
        {
            continue;
        }
        let bare = document.blocks[line.block].heading.is_empty();
        let gap = if bare { GAP_UNDER_NO_HEADING } else { GAP };
        match clusters.last_mut() {
            Some(cluster) if cluster.last().is_some_and(|&last| joined(&lines[last], line, gap)) => cluster.push(at),
            _ => clusters.push(vec![at]),
        }
    }
    clusters.retain(|cluster| cluster.iter().any(|&at| lines[at].hit == Some(class)));
    clusters
}

fn joined(last: &Line<'_>, next: &Line<'_>, gap: usize) -> bool {
    last.section == next.section && next.block - last.block <= gap
}

/// A cluster as a passage, with its place.
fn passage(document: &Document, lines: &[Line<'_>], cluster: &[usize], class: Class) -> (usize, Passage) {
    let mut quote = String::new();
    let mut block = None;
    for &at in cluster {
        if let Some(last) = block {
            quote.push(if last == lines[at].block { ' ' } else { '\n' });
        }
        quote.push_str(lines[at].text);
        block = Some(lines[at].block);
    }
    let tags: BTreeSet<String> =
        cluster.iter().flat_map(|&at| lines[at].tags.iter()).map(|tag| (*tag).to_owned()).collect();
    let spoken: Vec<&Line<'_>> = cluster.iter().map(|&at| &lines[at]).collect();
    let passage = Passage {
        normal: text::normal(&quote),
        quote,
        heading: cluster.first().map(|&at| document.blocks[lines[at].block].heading.clone()).unwrap_or_default(),
        class,
        commitment: slots::of(&spoken),
        tags: tags.into_iter().collect(),
    };
    (cluster.first().copied().unwrap_or_default(), passage)
}

/// A page that holds one text twice, as for two widths of a screen, says it once. Copies that differ by a word are two:
/// an edit of either is seen (docs/RULES.md 4.11).
fn without_copies(passages: Vec<Passage>) -> Vec<Passage> {
    let mut seen = HashSet::new();
    passages.into_iter().filter(|passage| seen.insert((passage.class, passage.normal.clone()))).collect()
}
