//! HTML to blocks: which part of a page is its document, and what it gives away besides its text.
//!
//! Parsing is `scraper`'s; what is chrome is judged by `chrome`; the text is taken by `walk`.

pub(crate) mod boilerplate;
pub(crate) mod entities;
pub(crate) mod grafts;
pub(crate) mod hidden;
pub(crate) mod limit;
pub(crate) mod tree;
pub(crate) mod walk;
pub(crate) mod xhtml;

use super::blocks::collapse;
use super::html::boilerplate::ElementPlace;
use super::html::tree::{Amount, Node, NodeKind};
use super::html::walk::{Walk, heading_level};
use super::types::Block;
use crate::target::ReadingSettings;
use scraper::{Html, Selector};
use std::collections::HashSet;
use std::ops::Range;

/// What an HTML page gives away besides its blocks.
#[derive(Debug, Default)]
pub(crate) struct HtmlFacts {
    /// The text of `<title>`.
    pub(crate) title: Option<String>,
    /// The `lang` of `<html>`.
    pub(crate) lang: Option<String>,
    /// Where `<meta http-equiv=refresh>` leads.
    pub(crate) refresh: Option<String>,
    /// How many scripts there are.
    pub(crate) scripts: usize,
    /// What the part that was read holds.
    pub(crate) amount: Amount,
    /// What the whole page holds, chrome and hidden parts too.
    pub(crate) all: Amount,
    /// The normal form of the parts that were left out and may speak of telling, a line a part.
    pub(crate) left_out: Vec<String>,
    /// Whether the selector of the part to read matched; None: there was none.
    pub(crate) selected: Option<bool>,
}

/// Reads a page that was parsed from that source.
pub(crate) fn read(mut html: Html, source: &str, settings: &ReadingSettings) -> (Vec<Block>, HtmlFacts) {
    grafts::place(&mut html, source);
    let nodes = tree::flatten(&html);
    let mut seen = look(&nodes);
    let removed = places(&html, &nodes, settings.remove.iter());
    let dropped = drop_chrome(&nodes, &removed);
    let kept = kept(&nodes, &dropped);
    let selected = places(&html, &nodes, settings.select.iter());
    seen.selected = settings.select.is_some().then_some(!selected.is_empty());
    let mut walk = Walk::over(&nodes, &dropped);
    let mut read = Vec::new();
    if selected.is_empty() {
        let root = root(&nodes, &kept);
        seen.amount = kept[root];
        read.push(root..nodes[root].end);
        walk.element(root);
    } else {
        let mut end = 0;
        let mut places: Vec<usize> = selected.into_iter().collect();
        places.sort_unstable();
        for place in places {
            if place >= end {
                end = nodes[place].end;
                seen.amount.words += kept[place].words;
                seen.amount.linked += kept[place].linked;
                read.push(place..end);
                walk.element(place);
            }
        }
    }
    let (blocks, links) = walk.finish();
    let (blocks, margins) = boilerplate::without_margins(blocks, &links);
    seen.left_out = left_out(&nodes, &dropped, &read, &margins);
    (blocks, seen)
}

/// So many octets of what was left out are looked through; whole sites in a menu are no place to find a passage again.
const LEFT_OUT: usize = 100_000;

/// The parts that were left out, where a promise may have gone. `read` are the
/// places that were read, in order, and `margins` the blocks taken from them afterwards.
fn left_out(nodes: &[Node<'_>], dropped: &[bool], read: &[Range<usize>], margins: &[Block]) -> Vec<String> {
    let mut parts: Vec<String> = margins.iter().map(|block| block.text.clone()).collect();
    let mut beside = String::new();
    let (mut at, mut looked, mut next) = (0, 0, read.iter().peekable());
    while at < nodes.len() && looked < LEFT_OUT {
        while next.next_if(|range| range.end <= at).is_some() {}
        if dropped[at] {
            let part = words_of(&nodes[at..nodes[at].end]);
            looked += part.len();
            parts.push(part);
            at = nodes[at].end;
            continue;
        }
        if let Some(text) = text_of(&nodes[at])
            && next.peek().is_none_or(|range| !range.contains(&at))
            && nodes[nodes[at].parent].name() != "title"
        {
            looked += text.len();
            beside.push_str(text);
            beside.push(' ');
        }
        at += 1;
    }
    parts.push(beside);
    parts
}

/// The words of a part that could be read, with a space between pieces; titles of pages are none.
fn words_of(nodes: &[Node<'_>]) -> String {
    let mut words = String::new();
    for text in nodes.iter().filter(|node| node.amount.words > 0).filter_map(text_of) {
        words.push_str(text);
        words.push(' ');
    }
    words
}

/// Title, language, refresh and amounts of the whole page.
fn look(nodes: &[Node<'_>]) -> HtmlFacts {
    let mut seen = HtmlFacts { all: nodes.first().map(|node| node.amount).unwrap_or_default(), ..HtmlFacts::default() };
    for (at, node) in nodes.iter().enumerate() {
        match node.name() {
            "html" if at == 0 => seen.lang = node.attr("lang").or_else(|| node.attr("xml:lang")).map(str::to_owned),
            "title" if seen.title.is_none() && nodes[node.parent].name() == "head" => {
                let text: String = nodes[at..node.end].iter().filter_map(text_of).collect();
                seen.title = Some(collapse(&text)).filter(|title| !title.is_empty());
            }
            "script" => seen.scripts += 1,
            "meta" if node.attr("http-equiv").is_some_and(|name| name.eq_ignore_ascii_case("refresh")) => {
                seen.refresh = node
                    .attr("content")
                    .and_then(|content| content.split_once('='))
                    .map(|(_, url)| url.trim().to_owned());
            }
            _ => {}
        }
    }
    seen
}

/// The text, where it is one.
pub(crate) fn text_of<'a>(node: &Node<'a>) -> Option<&'a str> {
    match node.kind {
        NodeKind::Text(text) => Some(text),
        NodeKind::Element(_) => None,
    }
}

/// The places that selectors match; one that is no selector matches nothing.
fn places<'s>(html: &Html, nodes: &[Node<'_>], selectors: impl Iterator<Item = &'s String>) -> HashSet<usize> {
    let selectors: Vec<Selector> = selectors.filter_map(|text| Selector::parse(text).ok()).collect();
    if selectors.is_empty() {
        return HashSet::new();
    }
    let found: HashSet<_> = selectors
        .iter()
        .flat_map(|selector| html.select(selector))
        .map(|element| std::ptr::from_ref(element.value()))
        .collect();
    let matches = |node: &Node<'_>| node.element().is_some_and(|element| found.contains(&std::ptr::from_ref(element)));
    nodes.iter().enumerate().filter(|(_, node)| matches(node)).map(|(at, _)| at).collect()
}

/// Which places are left out.
fn drop_chrome(nodes: &[Node<'_>], removed: &HashSet<usize>) -> Vec<bool> {
    let total = nodes.first().map_or(0, |node| node.amount.words);
    let mut dropped = vec![false; nodes.len()];
    let opened = hidden::opened(nodes);
    let has_main = nodes.iter().any(is_main);
    let (mut main_until, mut heading_until) = (0, 0);
    let mut at = 0;
    while at < nodes.len() {
        let node = &nodes[at];
        let place = ElementPlace {
            in_main: at < main_until,
            has_main,
            in_heading: at < heading_until,
            opened: node.attr("role") == Some("tabpanel") || node.attr("id").is_some_and(|id| opened.contains(id)),
            total,
        };
        if removed.contains(&at) || at > 0 && boilerplate::is_chrome(&nodes[at..node.end], place) {
            dropped[at] = true;
            at = node.end;
            continue;
        }
        if is_main(node) {
            main_until = main_until.max(node.end);
        }
        if heading_level(node).is_some() || matches!(node.name(), "summary" | "dt") {
            heading_until = heading_until.max(node.end);
        }
        at += 1;
    }
    dropped
}

/// What each element holds once chrome is left out.
fn kept(nodes: &[Node<'_>], dropped: &[bool]) -> Vec<Amount> {
    let mut kept = vec![Amount::default(); nodes.len()];
    let mut at = 0;
    while at < nodes.len() {
        if dropped[at] {
            at = nodes[at].end;
            continue;
        }
        if text_of(&nodes[at]).is_some() {
            kept[at] = nodes[at].amount;
        }
        at += 1;
    }
    for at in (1..nodes.len()).rev() {
        let amount = kept[at];
        let parent = &mut kept[nodes[at].parent];
        parent.words += amount.words;
        parent.linked += amount.linked;
    }
    kept
}

/// Where the document stands: the largest `<main>` or `<article>` that holds at least half of the words, else all.
fn root(nodes: &[Node<'_>], kept: &[Amount]) -> usize {
    let Some(all) = kept.first().map(|amount| u64::from(amount.words)) else { return 0 };
    let largest = |wanted: &dyn Fn(&Node<'_>) -> bool, within: std::ops::Range<usize>| {
        within.filter(|at| wanted(&nodes[*at])).max_by_key(|at| (kept[*at].words, std::cmp::Reverse(*at)))
    };
    let is_article = |node: &Node<'_>| node.name() == "article" || node.attr("role") == Some("article");
    let main = largest(&|node| is_main(node) && !is_article(node), 0..nodes.len());
    let main = main.filter(|at| u64::from(kept[*at].words) * 2 >= all && all > 0);
    let (root, words, linked) =
        main.map_or((0, all, kept[0].linked), |at| (at, u64::from(kept[at].words), kept[at].linked));
    let Some(article) = largest(&is_article, root..nodes[root].end) else { return root };
    let inside = u64::from(kept[article].words);
    // Beside the article: related articles and tables of contents may go, a line "Last updated" may not.
    let beside_is_links = u64::from(linked - kept[article].linked) * 2 >= words - inside;
    if inside * 2 >= words && (beside_is_links || main.is_none()) { article } else { root }
}

fn is_main(node: &Node<'_>) -> bool {
    matches!(node.name(), "main" | "article") || matches!(node.attr("role"), Some("main" | "article"))
}
