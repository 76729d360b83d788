//! What a reader does not see of a page, what he can open, and what was struck.

use super::tree::Node;
use scraper::node::Element;
use std::collections::HashSet;

/// Whether an element is not shown.
pub(crate) fn is_hidden(node: &Node<'_>) -> bool {
    if node.attr("id").is_some_and(|id| id.starts_with("S:")) {
        return false; // a streamed part, shown as soon as it has come
    }
    node.attr("hidden").is_some_and(|value| !value.eq_ignore_ascii_case("until-found"))
        || node.attr("aria-hidden") == Some("true")
        || node.attr("style").is_some_and(|style| {
            let style = squeezed(style);
            style.contains("display:none") || style.contains("visibility:hidden")
        })
}

/// Whether an element's text was struck: it no longer holds.
pub(crate) fn is_struck(element: &Element) -> bool {
    matches!(element.name(), "del" | "s" | "strike")
        || element.attr("style").is_some_and(|style| {
            let style = squeezed(style);
            style.split(';').any(|rule| rule.starts_with("text-decoration") && rule.contains("line-through"))
        })
}

/// A style without white space, in lower case.
fn squeezed(style: &str) -> String {
    style.chars().filter(|letter| !letter.is_whitespace()).collect::<String>().to_lowercase()
}

/// The ids of what controls of the page open.
pub(crate) fn opened<'a>(nodes: &[Node<'a>]) -> HashSet<&'a str> {
    let mut opened = HashSet::new();
    for node in nodes {
        opened.extend(node.attr("aria-controls").into_iter().flat_map(str::split_whitespace));
        for name in ["data-target", "data-bs-target", "commandfor", "popovertarget"] {
            opened.extend(node.attr(name).map(|target| target.trim_start_matches('#')));
        }
        let opens = matches!(node.attr("role"), Some("button" | "tab"))
            || node.attr("aria-expanded").is_some()
            || node.attr("data-toggle").is_some()
            || node.attr("data-bs-toggle").is_some();
        if opens {
            opened.extend(node.attr("href").and_then(|target| target.strip_prefix('#')));
        }
    }
    opened.remove("");
    opened
}
