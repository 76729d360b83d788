//! HTML to blocks: which part of a page is its document, and what it gives away besides its text.
//!
//! Parsing is `scraper`'s; what is chrome is judged by `chrome`; the text is taken by `walk`.

use super::Block;
use super::blocks::collapse;
use super::chrome::{self, Place};
use super::tree::{self, Amount, Kind, Node};
use super::walk::{Walk, heading_level};
use crate::target::ReadingSettings;
use regex::Regex;
use scraper::{Html, Selector};
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// What an HTML page gives away besides its blocks.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The text of `<title>`.
    pub(super) title: Option<String>,
    /// The `lang` of `<html>`.
    pub(super) lang: Option<String>,
    /// Where `<meta http-equiv=refresh>` leads.
    pub(super) refresh: Option<String>,
    /// How many scripts there are.
    pub(super) scripts: usize,
    /// What the part that was read holds.
    pub(super) amount: Amount,
    /// What the whole page holds, chrome and hidden parts too.
    pub(super) all: Amount,
    /// Whether the selector of the part to read matched; None: there was none.
    pub(super) selected: Option<bool>,
}

/// Reads a page that was parsed from that source.
pub(super) fn read(mut html: Html, source: &str, settings: &ReadingSettings) -> (Vec<Block>, Seen) {
    place_streamed(&mut html, source);
    let nodes = tree::flatten(&html);
    let mut seen = look(&nodes);
    let removed = places(&html, &nodes, settings.remove.iter());
    let dropped = drop_chrome(&nodes, &removed);
    let kept = kept(&nodes, &dropped);
    let selected = places(&html, &nodes, settings.select.iter());
    seen.selected = settings.select.is_some().then_some(!selected.is_empty());
    let mut walk = Walk::over(&nodes, &dropped);
    if selected.is_empty() {
        let root = root(&nodes, &kept);
        seen.amount = kept[root];
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
                walk.element(place);
            }
        }
    }
    let (blocks, links) = walk.finish();
    (chrome::without_margins(blocks, &links), seen)
}

/// Calls of React's inline script that put a part which was streamed later, `<div hidden id="S:0">`, in its place.
static STREAMED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"\$R[CSR]\("([BSP]:[0-9a-f]{1,8})","([BSP]:[0-9a-f]{1,8})""#).expect("a regular expression")
});

/// More parts than this no page has; each costs a walk up the tree.
const STREAMED_PARTS: usize = 500;

/// Puts streamed parts where the page's script would put them: behind the `<template>` that keeps their place.
fn place_streamed(html: &mut Html, source: &str) {
    if !source.contains("\"S:") {
        return;
    }
    let mut places = HashMap::new();
    for node in html.tree.root().descendants() {
        if let Some(id) = node.value().as_element().and_then(|element| element.attr("id"))
            && (id.starts_with("S:") || id.starts_with("B:") || id.starts_with("P:"))
        {
            places.insert(id.to_owned(), node.id());
        }
    }
    for call in STREAMED.captures_iter(source).take(STREAMED_PARTS) {
        let (part, gap) = if call[1].starts_with('S') { (&call[1], &call[2]) } else { (&call[2], &call[1]) };
        let (Some(part), Some(gap)) = (places.get(part).copied(), places.get(gap).copied()) else { continue };
        let around = html.tree.get(gap).is_none_or(|node| {
            node.parent().is_none() || part == gap || node.ancestors().any(|above| above.id() == part)
        });
        if !around && let Some(mut gap) = html.tree.get_mut(gap) {
            gap.insert_id_after(part);
        }
    }
}

/// Title, language, refresh and amounts of the whole page.
fn look(nodes: &[Node<'_>]) -> Seen {
    let mut seen = Seen { all: nodes.first().map(|node| node.amount).unwrap_or_default(), ..Seen::default() };
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

fn text_of<'a>(node: &Node<'a>) -> Option<&'a str> {
    match node.kind {
        Kind::Text(text) => Some(text),
        Kind::Element(_) => None,
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
    let (mut main_until, mut heading_until) = (0, 0);
    let mut at = 0;
    while at < nodes.len() {
        let node = &nodes[at];
        let place = Place { in_main: at < main_until, in_heading: at < heading_until, total };
        if removed.contains(&at) || at > 0 && chrome::is_chrome(node, place) {
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
