//! What in one capture speaks against its being the page. Judged against the past by `history`.
//!
//! Words alone are weak: of 689 tiny recorded pages 538 held none of the usual phrases (docs/FACTS.md 2.6). So each
//! sign asks for a second thing, mostly that there is little text.

use super::html::HtmlFacts;
use super::types::{Block, BlockKind, Symptom};
use crate::target::ReadingSettings;
use crate::text;
use regex::Regex;
use std::sync::LazyLock;

/// Below so many words a page is no document of this kind. Of 9,182 different recorded versions 30 are shorter, all of them
/// broken (1 to 56 words); the shortest whole guidelines and legal notices have 110 to 130.
const FEW: usize = 60;

/// A shell that waits for its scripts says less than this ("You need to enable JavaScript"): the 98 among 5,390 recorded
/// pages of HTML have 0 to 15 words; the shortest whole page there has 63.
const SHELL: usize = 30;

/// A wall has fewer words than this; a document with one of the titles ("Log in | Acme") has more. Errors and logins among
/// the same pages have up to 237 words with the site's own navigation.
const WALL: usize = 400;

/// The signs that blocks show by themselves.
pub(crate) fn of_text(words: usize, linked: usize, title: Option<&str>, blocks: &[Block]) -> Vec<Symptom> {
    let mut signs = Vec::new();
    if words == 0 {
        signs.push(Symptom::Empty);
    } else if words < FEW {
        signs.push(Symptom::Few(words));
    }
    // The title, the first lines and the first heading: many walls have no title of their own.
    let first = blocks.iter().find(|block| block.kind == BlockKind::Heading);
    let lines = title.into_iter().chain(blocks.iter().take(3).chain(first).map(|block| block.text.as_str()));
    if let Some(line) = lines.into_iter().find(|line| line.len() <= 120 && TITLES.is_match(line)) {
        signs.push(if words < WALL { Symptom::Title(line.to_owned()) } else { Symptom::Headed(line.to_owned()) });
    }
    if words >= FEW && linked * 10 >= words * 8 {
        signs.push(Symptom::Links);
    }
    signs
}

/// What the operator says of the page, and the normal form of its text does not show.
pub(crate) fn of_operator(text: &str, words: usize, settings: &ReadingSettings) -> Vec<Symptom> {
    let lacks = |wanted: &&String| !text.contains(&text::normal(wanted));
    let mut signs: Vec<Symptom> = settings.must_contain.iter().filter(lacks).cloned().map(Symptom::Lacks).collect();
    signs.extend(settings.min_words.filter(|least| words < *least as usize).map(|least| Symptom::Under(words, least)));
    signs
}

/// The signs that an HTML source shows beyond its text.
pub(crate) fn of_html(source: &str, words: usize, seen: &HtmlFacts) -> Vec<Symptom> {
    let mut signs = Vec::new();
    if words < WALL {
        signs.extend(CHALLENGES.find(source).map(|found| Symptom::Challenge(found.as_str().to_owned())));
        if let Some(to) = seen.refresh.as_ref().filter(|to| !to.is_empty()) {
            signs.push(Symptom::MetaRefresh(to.clone()));
        }
    }
    if seen.all.passwords > 0 && words < WALL / 2 {
        signs.push(Symptom::Login);
    }
    if words < SHELL && seen.scripts > 0 {
        signs.push(Symptom::Shell);
    }
    signs
}

/// Titles and headings of walls: logins, challenges, errors, consent, maintenance.
static TITLES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)^(?:just a moment|attention required|access (?:to this page has been |to this site is )?denied|access is denied|verify(?:ing)? (?:that )?you are (?:a )?human|are you a (?:robot|human)",
        r"|please (?:verify|wait|enable|log ?in|sign ?in|complete the)|checking your browser|security (?:check|verification)|robot check|pardon our interruption|one more step|human verification|captcha",
        r"|log ?in(?: to .{1,40})?(?:$| *[|\-–—·•:])|log into .{1,40}$|sign ?in(?: to .{1,40})?(?:$| *[|\-–—·•:])|.{1,40}[|\-–—·•:] *(?:log ?in|sign ?in)$|you must (?:log|sign) in|log ?in required",
        r"|(?:sorry|oops|uh[ -]oh|whoops)\b.{0,60}|(?:sorry[!,.]* ?)?something went wrong|an? (?:unexpected )?error (?:has )?occurred|error$|error (?:[45]\d\d|code)|(?:http )?[45]\d\d(?:$|\b.{0,4}(?:not found|forbidden|error|unavailable|bad gateway|unauthorized|service))",
        r"|(?:the |this )?(?:page|content|resource|url|site)(?: you.{0,40})? (?:is(?:n['’]t| not)? |was |could |cannot |can['’]t )?(?:not |be )*(?:found|available|unavailable|exist)|page (?:does not|doesn['’]t) exist|not found$|forbidden$|bad gateway|gateway time-?out|unauthorized$",
        r"|service (?:temporarily )?unavailable|temporarily unavailable|internal server error|(?:down for |under |scheduled )maintenance|we['’]ll be (?:right )?back|be right back|too many requests|rate limit|request (?:blocked|unsuccessful|rejected)|you have been blocked|sorry, you have been blocked|blocked$",
        r"|before you continue|(?:allow|accept) (?:the use of )?cookies\b.{0,60}\?$|we value your privacy$|your privacy choices$|cookie (?:consent|preferences|settings)$|manage (?:consent|cookies)|unsupported browser|browser not supported|(?:this|your) browser is (?:not|no longer) supported|update your browser|javascript is (?:disabled|required|not)|enable javascript",
        r"|.{0,30}not available in your (?:country|region|location)|.{0,30}unavailable (?:in your|for legal reasons)|redirecting|loading(?:\.\.\.|…)?$|moved permanently|index of /)",
    ))
    .expect("a regular expression")
});

/// Markers of bot challenges. "server: cloudflare", `challenge-platform` and Turnstile also stand on pages that are whole.
static CHALLENGES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"_cf_chl_opt|cf-browser-verification|cf_chl_prog|jschl-answer|cf-challenge-running|Incapsula incident ID|_Incapsula_Resource\?[^>]*CWUDNSAI",
        r"|px-captcha|_pxCaptcha|geo\.captcha-delivery\.com|captcha-delivery\.com/c\.js|ct\.captcha-delivery|distil_r_captcha|AwsWafIntegration|awswaf\.com/[^>]*challenge",
        r"|Sucuri WebSite Firewall|sucuri_cloudproxy_js|/_sec/cp_challenge|akam-sw-policy|bm-verify|sec-if-cpt-container|ddos-guard",
    ))
    .expect("a regular expression")
});
