//! What of a page is not its text: navigation, banners, footers, buttons, related articles.
//!
//! No selectors of single sites: the meaning of elements and roles, a few names that the whole web uses, and how much of
//! an element is links. What holds most of a page's words is never left out, and neither is folded running text.

use super::tree::{Node, is_silent};
use super::{Block, BlockKind};
use regex::Regex;
use std::sync::LazyLock;

/// Folded or hidden text of so many words, most of it no links, is part of the document (an answer in an accordion).
const RUNNING_WORDS: u32 = 25;

/// Where an element stands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    /// Inside `<main>`, `<article>` or their roles.
    pub(super) in_main: bool,
    /// Inside a heading, a term or a summary.
    pub(super) in_heading: bool,
    /// All words of the page that could be seen.
    pub(super) total: u32,
}

/// Whether an element is left out, with all it holds.
pub(super) fn is_chrome(node: &Node<'_>, place: Place) -> bool {
    let name = node.name();
    let amount = node.amount;
    if is_silent(name) {
        return true;
    }
    if amount.words == 0 || node.element().is_none() {
        return false;
    }
    let dense = amount.link_density();
    let most = u64::from(amount.words) * 2 > u64::from(place.total) && dense < 0.5;
    let running = amount.words >= RUNNING_WORDS && dense < 0.3;
    if is_hidden(node) {
        return !running;
    }
    if most {
        return false;
    }
    match part(name, node.attr("role").unwrap_or_default()) {
        Part::Navigation => true,
        Part::Control => !(place.in_heading || toggles(node)),
        Part::Form => !running || amount.passwords > 0,
        Part::Margin => !(place.in_main && running),
        Part::Header => !(place.in_main || amount.titles > 0 && dense < 0.3),
        Part::Other => is_contents(node) || is_named_chrome(node, place, running),
    }
}

/// What an element is for, by its name or role.
enum Part {
    Navigation,
    Control,
    Form,
    Margin,
    Header,
    Other,
}

/// Roles of what one moves about with, and of what stands over the page.
const NAVIGATION_ROLES: &[&str] = &[
    "navigation",
    "search",
    "menu",
    "menubar",
    "toolbar",
    "tablist",
    "dialog",
    "alertdialog",
    "listbox",
    "tooltip",
    "combobox",
    "progressbar",
];

fn part(name: &str, role: &str) -> Part {
    match (name, role) {
        ("nav" | "dialog" | "search", _) => Part::Navigation,
        (_, role) if NAVIGATION_ROLES.contains(&role) => Part::Navigation,
        (_, "contentinfo" | "complementary") | ("footer" | "aside", _) => Part::Margin,
        (_, "banner") | ("header", _) => Part::Header,
        ("button" | "input", _) | (_, "button" | "switch" | "tab" | "menuitem") => Part::Control,
        ("form", _) => Part::Form,
        _ => Part::Other,
    }
}

/// Whether an element is not shown.
fn is_hidden(node: &Node<'_>) -> bool {
    if node.attr("id").is_some_and(|id| id.starts_with("S:")) {
        return false; // a streamed part, shown as soon as it has come
    }
    node.attr("hidden").is_some_and(|value| !value.eq_ignore_ascii_case("until-found"))
        || node.attr("aria-hidden") == Some("true")
        || node.attr("style").is_some_and(|style| {
            let style: String =
                style.chars().filter(|letter| !letter.is_whitespace()).collect::<String>().to_lowercase();
            style.contains("display:none") || style.contains("visibility:hidden")
        })
}

/// Whether a button unfolds a part of the document: its text is the title of that part.
fn toggles(node: &Node<'_>) -> bool {
    node.attr("aria-expanded").is_some() && node.attr("aria-haspopup").is_none() && node.amount.words >= 2
}

/// Whether an element is a table of contents: links into the page itself, and nothing else.
fn is_contents(node: &Node<'_>) -> bool {
    let amount = node.amount;
    amount.anchors >= 3 && amount.links == 0 && amount.link_density() > 0.85
}

/// Names (parts of `id` and `class`) that mark chrome on most of the web.
static NAMES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"-(?:breadcrumbs?|onetrust|cookiebot|usercentrics|didomi|truste|gdpr|cookie-?(?:banner|consent|notice|bar|modal|popup|law)",
        r"|consent-?(?:banner|manager|modal)|skip-?(?:link|to|nav|content)|(?:language|lang|locale|country)-?(?:selector|switcher|picker|list|menu|dropdown)",
        r"|(?:article-)?votes?|was-?this-?helpful|helpful|feedback|article-rating|reactions?",
        r"|related-?(?:articles?|posts?|content|links?|topics?|resources)|recent-?(?:articles?|posts?)|recently-?viewed|recommended-?(?:articles?|posts?)",
        r"|share-?(?:buttons?|links?|bar|icons?)|social-?(?:share|sharing|links?|icons?|media)|copy-?(?:link|button|anchor)|back-?to-?top|scroll-?to-?top",
        r"|newsletter|pagination|chat-?widget|intercom-(?:lightweight|launcher)|comments?-(?:list|section|form))-",
    ))
    .expect("a regular expression")
});

/// Names that mark chrome where the element is small or mostly links.
static WEAK_NAMES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"-(?:side-?bar|side-?nav|nav-?bar|nav|navigation|menu|sub-?menu|top-?bar|footer|toc|table-?of-?contents|banner|pop-?up",
        r"|modal|toast|drop-?down|announcement|promo|share|social|tags|cta|search|sign-?in|log-?in|sign-?up|subscribe)-",
    ))
    .expect("a regular expression")
});

/// Names of text for screen readers only.
static UNSEEN_NAMES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"-(?:sr-only|visually-?hidden|screen-reader(?:-only|-text)?)-").expect("a regular expression")
});

/// Whether an element is called a title or heading, as pages do that mark none.
pub(super) fn is_called_heading(node: &Node<'_>) -> bool {
    node.attr("class").is_some_and(|class| {
        (class.contains("itle") || class.contains("eading"))
            && HEADING_NAMES.is_match(&spelled_apart(node.attr("id").unwrap_or_default(), class))
    })
}

/// Names of headings that are marked as nothing else.
static HEADING_NAMES: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"-(?:sub-?)?(?:title|heading)-").expect("a regular expression"));

fn is_named_chrome(node: &Node<'_>, place: Place, running: bool) -> bool {
    let id = node.attr("id").unwrap_or_default();
    let class = node.attr("class").unwrap_or_default();
    if id.is_empty() && class.is_empty() || matches!(node.name(), "body" | "html" | "main" | "article") {
        return false;
    }
    let names = spelled_apart(id, class);
    let dense = node.amount.link_density();
    let small = node.amount.words < 12 && !place.in_main;
    NAMES.is_match(&names) && node.amount.words < 400
        || (small || dense > 0.5) && !running && WEAK_NAMES.is_match(&names) && node.amount.titles == 0
        || node.amount.words <= 12 && node.amount.headings == 0 && UNSEEN_NAMES.is_match(&names)
}

/// `id` and classes in lower case, with one `-` between their parts: `-site-footer-inner-`.
fn spelled_apart(id: &str, class: &str) -> String {
    let mut names = String::with_capacity(id.len() + class.len() + 8);
    names.push('-');
    let mut before = '-';
    for letter in id.chars().chain(std::iter::once(' ')).chain(class.chars()).chain(std::iter::once(' ')) {
        if letter.is_ascii_uppercase() && before.is_ascii_lowercase() {
            names.push('-');
        }
        if letter.is_ascii_alphanumeric() {
            names.push(letter.to_ascii_lowercase());
        } else if !names.ends_with('-') {
            names.push('-');
        }
        before = letter;
    }
    names
}

/// Short lines that are controls or counters, not text, however they are marked up.
static LINES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)^(?:(?:did|was) (?:this|it) .{0,30}(?:helpful|answer your question|useful)\??.*",
        r"|\d[\d,.]* (?:out )?of \d[\d,.]* found this helpful.*|have more questions\?.*",
        r"|(?:loading(?:\.\.\.|…)?|yes|no|share|print|copy|copy link|link copied!?|copied!?|save|close|menu|search)",
        r"|copy link to (?:this )?section|copy section link|copy heading link|share (?:this )?(?:article|page|on .{1,20})",
        r"|skip to (?:main )?content|(?:back|return|go) to (?:the )?top|scroll to top",
        r"|(?:\w+:? ){0,3}(?:(?:over|about|almost|less than) )?(?:an?|\d+) (?:second|minute|hour|day|week|month|year)s? ago\.?",
        r"|(?:last )?(?:updated|modified|edited|written)(?: on| by .{1,40})?:? (?:yesterday|today|(?:this|last) (?:week|month))\.?",
        r"|(?:estimated )?(?:reading time:? ?)?\d+ min(?:ute)?s?(?: read)?|opens? in (?:a )?new (?:window|tab).{0,30}",
        r"|(?:\w[\w.,&]* ){0,4}(?:©|copyright)(?: ©)? ?\d{4}\b.{0,60}",
        r"|(?:expand all|collapse all|show more|show less|read more|learn more| )+",
        r"|(?:english|deutsch|français|español|italiano|português|nederlands|polski|日本語|한국어|中文)(?: \(.{2,20}\))?)$",
    ))
    .expect("a regular expression")
});

/// The text of a cookie banner that nothing in the source marks as one.
static COOKIE_BANNER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^.{0,60}\b(?:use|set) .{0,20}cookies\b.{0,300}(?:accept all|reject all|by clicking|by continuing to|cookie settings)")
        .expect("a regular expression")
});

/// Headings of lists that are not part of the document.
static ASIDES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)^(?:related (?:articles?|content|topics?|posts?|links|pages|resources|information)|recently viewed(?: articles?)?|recent (?:articles?|posts?)|popular articles?",
        r"|(?:recommended|promoted|suggested|more|other) articles?|articles? in this section|(?:in|on) this (?:article|page|section)|jump to(?: section)?",
        r"|(?:table of )?contents|see also|share(?: this.*)?|more (?:from|in) .{1,40}|was this .{0,30}helpful\??|did this .{0,30}\?|available languages|languages)$",
    ))
    .expect("a regular expression")
});

fn is_control(text: &str) -> bool {
    match text.len() {
        0..=80 => LINES.is_match(text),
        81..=500 => text.contains("ookies") && COOKIE_BANNER.is_match(text),
        _ => false,
    }
}

/// The blocks without lines that are controls, and without lists of links that stand around the text.
pub(super) fn without_margins(blocks: Vec<Block>, links: &[bool]) -> Vec<Block> {
    let mut keep: Vec<bool> = blocks.iter().map(|block| !is_control(&block.text)).collect();
    let is_text = |at: usize| !links[at] && blocks[at].kind != BlockKind::Heading;
    let first = (0..blocks.len()).find(|at| !links[*at] || blocks[*at].kind == BlockKind::Heading).unwrap_or(0);
    keep[..first].fill(false);
    // After the last text come link lists, and headings with nothing under them.
    if let Some(last) = (0..blocks.len()).rfind(|at| keep[*at] && is_text(*at)) {
        keep[last + 1..].fill(false);
    }
    for at in 0..blocks.len() {
        if blocks[at].kind == BlockKind::Heading && blocks[at].text.len() < 80 && ASIDES.is_match(&blocks[at].text) {
            keep[at] = false;
            let listed =
                (at + 1..blocks.len()).take_while(|next| links[*next] && blocks[*next].kind != BlockKind::Heading);
            listed.for_each(|next| keep[next] = false);
        }
    }
    let all: usize = blocks.iter().map(|block| block.text.len()).sum();
    let kept: usize = blocks.iter().zip(&keep).filter(|(_, keep)| **keep).map(|(block, _)| block.text.len()).sum();
    if kept * 2 < all {
        return blocks;
    }
    blocks.into_iter().zip(keep).filter_map(|(block, keep)| keep.then_some(block)).collect()
}
