//! Puts parts of a parsed page where a reader sees them: what was streamed later, shadow trees, pages inside frames.
//!
//! Moves what the parser made, and judges nothing of it.

use super::limit;
use regex::Regex;
use scraper::{Html, Node};
use std::collections::HashMap;
use std::sync::LazyLock;

/// Puts every such part into its place.
pub(crate) fn place(html: &mut Html, source: &str) {
    streamed(html, source);
    if source.contains("shadowroot") {
        shadows(html);
    }
    if source.contains("srcdoc") {
        frames(html);
    }
}

/// More shadow trees or frames than this are left where they are.
const GRAFTS: usize = 2_000;

/// Puts declarative shadow trees where they show: in front of their `<template>`, and what they frame into their slot.
fn shadows(html: &mut Html) {
    let is_shadow = |node: &Node| {
        node.as_element().is_some_and(|element| {
            element.name() == "template"
                && (element.attr("shadowrootmode").is_some() || element.attr("shadowroot").is_some())
        })
    };
    let descendants = html.tree.root().descendants();
    let templates: Vec<_> =
        descendants.filter(|node| is_shadow(node.value())).map(|node| node.id()).take(GRAFTS).collect();
    for id in templates {
        let Some(template) = html.tree.get(id) else { continue };
        let Some(content) = template.first_child().filter(|child| child.value().is_fragment()) else { continue };
        let is_slot = |node: &Node| {
            node.as_element().is_some_and(|element| element.name() == "slot" && element.attr("name").is_none())
        };
        let slot = content.descendants().find(|node| is_slot(node.value())).map(|node| node.id());
        let shown: Vec<_> = content.children().map(|child| child.id()).collect();
        let framed: Vec<_> = template.next_siblings().map(|sibling| sibling.id()).collect();
        if let Some(mut slot) = slot.and_then(|slot| html.tree.get_mut(slot)) {
            for part in framed {
                slot.append_id(part);
            }
        }
        if let Some(mut template) = html.tree.get_mut(id) {
            for part in shown {
                template.insert_id_before(part);
            }
        }
    }
}

/// Reads the pages that frames carry in `srcdoc`, one level deep, as parts of the page around them.
fn frames(html: &mut Html) {
    let source = |node: &Node| {
        node.as_element()
            .filter(|element| element.name() == "iframe")
            .and_then(|element| element.attr("srcdoc"))
            .map(str::to_owned)
    };
    let descendants = html.tree.root().descendants();
    let frames: Vec<_> = descendants.filter_map(|node| Some((node.id(), source(node.value())?))).take(GRAFTS).collect();
    for (id, source) in frames {
        let page = Html::parse_document(&limit::html(&source).text);
        let root = html.tree.extend_tree(page.tree).id();
        let children = |tree: &Html, id| {
            tree.tree.get(id).map(|node| node.children().map(|child| child.id()).collect()).unwrap_or_default()
        };
        let instead: Vec<_> = children(html, id);
        for child in instead {
            if let Some(mut child) = html.tree.get_mut(child) {
                child.detach();
            }
        }
        let parts: Vec<_> = children(html, root);
        if let Some(mut frame) = html.tree.get_mut(id) {
            for part in parts {
                frame.append_id(part);
            }
        }
    }
}

/// Calls of React's inline script that put a part which was streamed later, `<div hidden id="S:0">`, in its place.
static STREAMED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"\$R[CSR]\("([BSP]:[0-9a-f]{1,8})","([BSP]:[0-9a-f]{1,8})""#).expect("a regular expression")
});

/// More parts than this no page has; each costs a walk up the tree.
const STREAMED_PARTS: usize = 500;

/// Puts streamed parts where the page's script would put them: behind the `<template>` that keeps their place.
fn streamed(html: &mut Html, source: &str) {
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
