//! What of a page is not its text: navigation, banners, footers, buttons, related articles.
//!
//! No selectors of single sites: the meaning of elements and roles, a few names that the whole web uses, and how much of
//! an element is links. What holds most of a page's words is never left out, and neither is folded running text.

use super::hidden::is_hidden;
use super::text_of;
use super::tree::{Amount, Node, is_silent};
use crate::document::types::{Block, BlockKind};
use regex::Regex;
use std::sync::LazyLock;

/// Folded or hidden text of so many words, most of it no links, is part of the document (an answer in an accordion).
const RUNNING_WORDS: u32 = 25;

/// A sentence of so many words says something.
const SENTENCE_WORDS: u32 = 6;

/// Where an element stands.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "four independent facts of a place")]
pub(crate) struct ElementPlace {
    /// Inside `<main>`, `<article>` or their roles.
    pub(crate) in_main: bool,
    /// The page has such a part.
    pub(crate) has_main: bool,
    /// Inside a heading, a term or a summary.
    pub(crate) in_heading: bool,
    /// A tab's panel, or what another control opens.
    pub(crate) opened: bool,
    /// All words of the page that could be seen.
    pub(crate) total: u32,
}

/// Whether an element, the first of `part`, is left out, with all it holds.
pub(crate) fn is_chrome(part: &[Node<'_>], place: ElementPlace) -> bool {
    let Some(node) = part.first() else { return false };
    let Some(element) = node.element() else { return false };
    let amount = node.amount;
    if is_silent(element) {
        return true;
    }
    if amount.words == 0 {
        return false;
    }
    let dense = amount.link_density();
    let most = u64::from(amount.words) * 2 > u64::from(place.total) && dense < 0.5;
    let running = amount.words >= RUNNING_WORDS && dense < 0.3;
    let says = says(&amount);
    if is_hidden(node) {
        let text = place.opened && dense < 0.3 && (says || place.in_main && amount.words >= SENTENCE_WORDS);
        if running || !text {
            return !running;
        }
    }
    if most {
        return false;
    }
    let role = node.attr("role").unwrap_or_default();
    match kind(node.name(), role) {
        ElementPurpose::Navigation => !(amount.panels > 0 || says && (running || place.in_main)),
        ElementPurpose::Over => !(says && (place.in_main || place.opened)) || asks_consent(&amount),
        ElementPurpose::Control => !(place.in_heading || toggles(node) || role == "tab" && amount.headings > 0),
        ElementPurpose::Form => amount.passwords > 0 || !(running || says && place.in_main),
        ElementPurpose::Margin => {
            !(place.in_main && (running || says) || running && says && !place.has_main && is_aside(node))
        }
        ElementPurpose::Header => !(place.in_main || amount.titles > 0 && dense < 0.3 || running && amount.stops > 1),
        ElementPurpose::Other => is_contents(node) || is_named_chrome(part, place, running),
    }
}

/// Whether an element holds a sentence, and hardly any links: that is text wherever it stands.
fn says(amount: &Amount) -> bool {
    amount.stops > 0 && amount.words >= SENTENCE_WORDS && amount.link_density() < 0.3
}

/// Whether an element is about cookies, and not about much else.
fn asks_consent(amount: &Amount) -> bool {
    amount.cookies.saturating_mul(40) >= amount.words
}

fn is_aside(node: &Node<'_>) -> bool {
    node.name() == "aside" || node.attr("role") == Some("complementary")
}

/// What an element is for, by its name or role.
enum ElementPurpose {
    Navigation,
    /// What comes up over the page, or lists what can be chosen.
    Over,
    Control,
    Form,
    Margin,
    Header,
    Other,
}

/// Roles of what one moves about with.
const NAVIGATION_ROLES: &[&str] = &["navigation", "menu", "menubar", "toolbar", "tablist"];

/// Roles of what stands over the page, and of what one chooses from.
const OVER_ROLES: &[&str] = &["search", "dialog", "alertdialog", "listbox", "tooltip", "combobox", "progressbar"];

fn kind(name: &str, role: &str) -> ElementPurpose {
    match (name, role) {
        ("dialog" | "search", _) => ElementPurpose::Over,
        (_, role) if OVER_ROLES.contains(&role) => ElementPurpose::Over,
        ("nav", _) => ElementPurpose::Navigation,
        (_, role) if NAVIGATION_ROLES.contains(&role) => ElementPurpose::Navigation,
        (_, "contentinfo" | "complementary") | ("footer" | "aside", _) => ElementPurpose::Margin,
        (_, "banner") | ("header", _) => ElementPurpose::Header,
        ("button" | "input", _) | (_, "button" | "switch" | "tab" | "menuitem") => ElementPurpose::Control,
        ("form", _) => ElementPurpose::Form,
        _ => ElementPurpose::Other,
    }
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
pub(crate) fn is_called_heading(node: &Node<'_>) -> bool {
    node.attr("class").is_some_and(|class| {
        (class.contains("itle") || class.contains("eading"))
            && HEADING_NAMES.is_match(&spelled_apart(node.attr("id").unwrap_or_default(), class))
    })
}

/// Names of headings that are marked as nothing else.
static HEADING_NAMES: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"-(?:sub-?)?(?:title|heading)-").expect("a regular expression"));

fn is_named_chrome(part: &[Node<'_>], place: ElementPlace, running: bool) -> bool {
    let Some(node) = part.first() else { return false };
    let id = node.attr("id").unwrap_or_default();
    let class = node.attr("class").unwrap_or_default();
    if id.is_empty() && class.is_empty() || matches!(node.name(), "body" | "html" | "main" | "article") {
        return false;
    }
    let names = spelled_apart(id, class);
    let dense = node.amount.link_density();
    let says = says(&node.amount);
    let small = node.amount.words < 12 && !place.in_main && (place.has_main || !says);
    node.amount.words < 400 && NAMES.is_match(&names) && !(says && is_another_matter(part, &names))
        || (small || dense > 0.5) && !running && WEAK_NAMES.is_match(&names) && node.amount.titles == 0
        || node.amount.words <= 12 && node.amount.headings == 0 && UNSEEN_NAMES.is_match(&names)
}

/// Words of what names of chrome name: one in so many words bears the name out.
static NAMED_WORDS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)\b(?:cookies?|consents?|helpful|feedback|votes?|thanks?|subscri\w+|newsletters?|inbox|sign up|e-?mails? address",
        r"|share|follow us|comments?|related|recommended|read more|learn more|useful|rate|copied|copy|chat|articles?)\b",
    ))
    .expect("a regular expression")
});

/// Whether sentences are about something else than the name of the part that holds them, or its name is its heading.
fn is_another_matter(part: &[Node<'_>], names: &str) -> bool {
    let mut words = String::new();
    for text in part.iter().filter_map(text_of) {
        words.push_str(text);
        words.push(' ');
    }
    let titled = part.iter().position(|node| super::walk::heading_level(node).is_some()).is_some_and(|at| {
        // Places are counted from the page's beginning.
        let length = part[at].end - (part[0].end - part.len() + at);
        let title: String = part[at..at + length].iter().filter_map(text_of).collect();
        let title = spelled_apart("", &title);
        title.len() > 2 && names.contains(&title)
    });
    titled || NAMED_WORDS.find_iter(&words).count() * 20 < words.split_whitespace().count()
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

/// An answer in a word. Under a question it is text, elsewhere a button.
fn is_answer(text: &str) -> bool {
    text.eq_ignore_ascii_case("yes") || text.eq_ignore_ascii_case("no")
}

/// Whether a block of links is a sentence of the document that happens to be a link.
fn is_sentence(block: &Block) -> bool {
    block.text.ends_with('.') && block.text.split(' ').count() >= SENTENCE_WORDS as usize
}

/// The blocks without lines that are controls, and without lists of links that stand around the text; and those.
pub(crate) fn without_margins(blocks: Vec<Block>, links: &[bool]) -> (Vec<Block>, Vec<Block>) {
    let mut keep: Vec<bool> = blocks.iter().map(|block| !is_control(&block.text)).collect();
    for at in 1..blocks.len() {
        // A question is answered, as long as it does not ask how the page was liked.
        keep[at] |= keep[at - 1] && is_answer(&blocks[at].text) && blocks[at - 1].text.ends_with('?');
    }
    let is_link = |at: usize| links[at] && !is_sentence(&blocks[at]);
    let is_text = |at: usize| !is_link(at) && blocks[at].kind != BlockKind::Heading;
    let first = (0..blocks.len()).find(|at| !is_link(*at) || blocks[*at].kind == BlockKind::Heading).unwrap_or(0);
    keep[..first].fill(false);
    // After the last text come link lists, and headings with nothing under them.
    if let Some(last) = (0..blocks.len()).rfind(|at| keep[*at] && is_text(*at)) {
        keep[last + 1..].fill(false);
    }
    for at in 0..blocks.len() {
        if blocks[at].kind == BlockKind::Heading && blocks[at].text.len() < 80 && ASIDES.is_match(&blocks[at].text) {
            keep[at] = false;
            let listed =
                (at + 1..blocks.len()).take_while(|next| is_link(*next) && blocks[*next].kind != BlockKind::Heading);
            listed.for_each(|next| keep[next] = false);
        }
    }
    let all: usize = blocks.iter().map(|block| block.text.len()).sum();
    let kept: usize = blocks.iter().zip(&keep).filter(|(_, keep)| **keep).map(|(block, _)| block.text.len()).sum();
    if kept * 2 < all {
        return (blocks, Vec::new());
    }
    let mut keep = keep.into_iter();
    blocks.into_iter().partition(|_| keep.next().unwrap_or(true))
}
