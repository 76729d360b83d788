//! Which parts of a page are its text: a promise in every kind of part, weakened there, moved there, and struck.

use noticewatch_core::compare::Verdict;
use noticewatch_core::document::PageSource;
use noticewatch_core::extract::{Reading, read};
use noticewatch_core::history::{Comparison, compare};
use noticewatch_core::target::{ReadingSettings, TermsKind};
const TERMS: &str = "Law Enforcement Guidelines";
const FIRM: &str = "We will notify the account holder before we disclose records, unless a court order forbids it.";
const SOFT: &str = "We may notify the account holder after we disclose records, where we think it fit.";

fn page(part: &str) -> String {
    format!(
        "<!doctype html><html lang=en><title>Guidelines - Fenwickle</title><body><nav><a href=/>Home</a></nav><main>\
         <h1>Guidelines for officers</h1><p>These guidelines are for officers who look for records about a Fenwickle \
         account. We answer valid legal process that was served on our agent, and we look at every request with care \
         before anything else happens.</p>{part}<h2>Costs</h2><p>We may ask to be paid for the work that a search \
         causes, as far as the law of the place permits. Name the account and the days that you ask about.</p>\
         </main></body></html>"
    )
}

fn reading(html: &str) -> Reading {
    let settings = ReadingSettings { terms_type: TERMS.to_owned(), ..ReadingSettings::default() };
    read(PageSource { body: html.as_bytes(), media_type: "text/html", charset: None }, &settings)
}

fn pair(old: &str, new: &str) -> Comparison {
    compare(&reading(old), &reading(new), &[], TermsKind::of(TERMS))
}

/// Parts of a page in which a reader finds a promise (`{}`), at once or when he opens them.
const TEXT: &[&str] = &[
    "<section id=government-requests-gdpr><h2>Government requests (GDPR)</h2><p>{}</p></section>",
    "<div class=requests-and-feedback><h2>Notice</h2><p>{}</p></div>",
    "<section id=votes><h2>Notice</h2><p>{}</p></section>",
    "<section id=newsletter><p>{}</p></section>",
    "<div class=helpful><p>{}</p></div>",
    "<h2>Notice</h2><aside class=callout><p>{}</p></aside>",
    "<h2>Notice</h2><div role=complementary>{}</div>",
    "<h2>Notice</h2><nav class=dropdown-list><p>{}</p></nav>",
    "<h2>Notice</h2><ul role=menu><li>{}</li></ul>",
    "<h2>Notice</h2><form action=/agree><p>{}</p></form>",
    "<h2>Notice</h2><dialog open><p>{}</p></dialog>",
    "<article><h2>Notice</h2><p>In short:</p><footer><p>{}</p></footer></article>",
    "<h2><button aria-expanded=false aria-controls=p>Notice</button></h2><div id=p hidden><p>{}</p></div>",
    "<h2><a role=button href=#p>Notice</a></h2><div id=p style='display: none'><p>{}</p></div>",
    "<h2><button data-bs-target='#p'>Notice</button></h2><div id=p aria-hidden=true><p>{}</p></div>",
    "<button popovertarget=p>Notice</button><dialog id=p><p>{}</p></dialog>",
    "<div role=tablist><button role=tab aria-controls=e>Europe</button></div><div role=tabpanel id=e hidden><p>{}</p></div>",
    "<div role=tablist><div role=tab><h4><a href=#c>Notice</a></h4></div><div id=c role=tabpanel><p>{}</p></div></div>",
    "<details><summary>Notice</summary><p>{}</p></details>",
    "<law-notice><template shadowrootmode=open><h2>Notice</h2><p>{}</p></template></law-notice>",
    "<law-card><template shadowrootmode=open><h2>Notice</h2><div><slot></slot></div></template><p>{}</p></law-card>",
    "<h2>Notice</h2><iframe srcdoc='<body><p>{}</p></body>'></iframe>",
    "<h2>Notice</h2><p><a href=/learn>{}</a></p>",
    "<h2>Notice</h2><p><ins>{}</ins></p>",
];

#[test]
fn a_promise_is_read_wherever_a_reader_finds_it() {
    for part in TEXT {
        let (firm, soft) = (page(&part.replace("{}", FIRM)), page(&part.replace("{}", SOFT)));
        let read = reading(&firm);
        assert!(read.passages.iter().any(|passage| passage.quote.contains("will notify")), "{part}: {read:?}");
        let found = pair(&firm, &soft);
        assert!(matches!(found.verdict, Verdict::Weakened | Verdict::Mixed), "{part}: {found:?}");
        let plain = page(&format!("<h2>Notice</h2><p>{FIRM}</p>"));
        let moved = pair(&plain, &firm);
        assert!(matches!(moved.verdict, Verdict::None | Verdict::Reworded), "{part}: {moved:?}");
    }
}

#[test]
fn the_last_paragraph_may_be_a_link() {
    let last = |text: &str| {
        page("")
            .replace("<h2>Costs", &format!("<h2>Costs</h2><p>None.</p><h2>Notice</h2><p><a href=/l>{text}</a></p><!--"))
            + "-->"
    };
    let found = pair(&last(FIRM), &last(SOFT));
    assert!(matches!(found.verdict, Verdict::Weakened | Verdict::Mixed), "{found:?}");
}

#[test]
fn struck_words_are_not_the_text() {
    let plain = page(&format!("<h2>Notice</h2><p>{FIRM}</p>"));
    for struck in [
        "<del>{}</del>",
        "<s>{}</s>",
        "<strike>{}</strike>",
        "<span style='text-decoration: line-through'>{}</span>",
        "<span style='color:red; TEXT-DECORATION-LINE : underline line-through'>{}</span>",
    ] {
        let gone = pair(&plain, &page(&format!("<h2>Notice</h2><p>{}</p>", struck.replace("{}", FIRM))));
        assert_eq!(gone.verdict, Verdict::Removed, "{struck}: {gone:?}");
        let (will, before) = (struck.replace("{}", "will"), struck.replace("{}", "before"));
        let edited = FIRM
            .replace("will", &format!("{will}<ins>may</ins>"))
            .replace("before", &format!("{before}<ins>after</ins>"));
        let edited = pair(&plain, &page(&format!("<h2>Notice</h2><p>{edited}</p>")));
        assert_eq!(edited.verdict, Verdict::Weakened, "{struck}: {edited:?}");
        assert_eq!(edited.changes[0].slots.len(), 2, "strength and timing: {edited:?}");
    }
}

#[test]
fn words_that_moved_out_of_view_are_not_gone() {
    let plain = page(&format!("<h2>Notice</h2><p>{FIRM}</p>"));
    for hidden in [
        "<div hidden><p>{}</p></div>",
        "<div style=display:none>{}</div>",
        "<div aria-hidden=true><p>{}</p></div>",
        "<button><p>{}</p></button>",
        "<div class=sr-only>{}</div></main><footer><p>{}</p></footer><main>",
    ] {
        let away = page(&hidden.replace("{}", FIRM));
        let found = pair(&plain, &away);
        assert!(matches!(found.verdict, Verdict::NeedsHuman | Verdict::None), "{hidden}: {found:?}");
        let reasons: Vec<&String> = found.changes.iter().flat_map(|change| &change.reasons).collect();
        assert!(found.changes.is_empty() || reasons[0].contains("out of view"), "{hidden}: {reasons:?}");
        let back = pair(&away, &plain);
        assert!(matches!(back.verdict, Verdict::NeedsHuman | Verdict::None), "{hidden}: {back:?}");
    }
    let gone = pair(&plain, &page("<div hidden><p>We tell nobody of what we hand over, and keep no record.</p></div>"));
    assert_eq!(gone.verdict, Verdict::Removed, "other words hidden: {gone:?}");
}

#[test]
fn what_moves_one_about_stays_out() {
    for chrome in [
        "<div role=dialog><p>We use cookies to make this page better. Our partners set cookies too.</p></div>",
        "<div id=gdpr-cookie-banner><h2>Cookies</h2><p>We use cookies. You consent to cookies if you go on.</p></div>",
        "<div class=article-votes><p>Was this article helpful?</p><a href=#>Yes</a><a href=#>No</a></div>",
        "<div class=feedback><p>Was this helpful?</p><p>Yes</p><p>No</p><p>Thank you for your feedback.</p></div>",
        "<nav><a href=/a>Home.</a> <a href=/b>About us and what we do.</a></nav>",
        "<div class=related-articles><h2>Related articles</h2><p><a href=/r>Why was I logged out?</a></p></div>",
        "<form><p>Log in to go on.</p><input type=password></form>",
        "<button aria-controls=m aria-haspopup=true>All of it</button><div hidden id=m><a href=/a>One two three four</a></div>",
    ] {
        assert_eq!(reading(&page(chrome)).text, reading(&page("")).text, "{chrome}");
    }
}

#[test]
fn an_answer_in_a_word_stands_under_its_question() {
    let parse = |part: &str| {
        let html = page(part);
        let page = PageSource { body: html.as_bytes(), media_type: "text/html", charset: None };
        noticewatch_core::document::parse(page, &ReadingSettings::default()).blocks
    };
    for part in [
        "<dl><dt>Do you notify users of demands?</dt><dd>No</dd></dl>",
        "<h3>Do you notify users of demands?</h3><p>No</p>",
        "<p>Do you notify users of demands?</p><p>No</p>",
        "<table><tr><th>Paper<th>Do you notify users?<tr><td>Subpoena<td><img src=n.svg alt=No></table>",
        "<table><tr><th>Paper<th>Do you notify users?<tr><td>Subpoena<td><svg role=img aria-label=No></svg></table>",
        "<table><tr><th>Paper<th>Do you notify users?<tr><td>Subpoena<td><i class=x role=img aria-label=No></i></table>",
    ] {
        let blocks = parse(part);
        assert!(blocks.iter().any(|block| block.text == "No" || block.text == "Subpoena | No"), "{part}: {blocks:?}");
    }
    assert!(!parse("<p>Was this page helpful?</p><p>Yes</p><p>No</p>").iter().any(|block| block.text.len() < 4));
}
