//! What pages say once they are read: `tests/documents/NAME.html|md|txt|typeset` against `NAME.blocks`; and what holds for any input.

use crate::cases;
use noticewatch_core::capture::glyphs::TYPESET;
use noticewatch_core::document::{Block, BlockKind, Document, PageSource, Symptom};
use noticewatch_core::target::ReadingSettings;
use noticewatch_core::text::{Shingles, canonical, count, normal, sentences, tokens};
use noticewatch_core::{document, extract};

use proptest::prelude::*;
use std::fmt::Write;
use std::time::Duration;

fn markdown(text: &str) -> Vec<Block> {
    let page = PageSource { body: text.as_bytes(), media_type: "text/markdown", charset: None };
    document::parse(page, &ReadingSettings::default()).blocks
}

#[test]
fn the_text_of_a_document_is_that_of_its_reading() {
    for case in &cases::cases("documents", ".html") {
        let body = std::fs::read(case).expect("a case");
        let (page, settings) =
            (PageSource { body: &body, media_type: "text/html", charset: None }, ReadingSettings::default());
        assert_eq!(extract::text(&document::parse(page, &settings)), extract::read(page, &settings).text, "{case:?}");
    }
}

#[test]
fn typography_and_markup_have_one_normal_form() {
    for (text, wanted) in [
        ("## 4\\. User\u{a0}Noti\u{ad}fi\u{200b}cations", "user notifications"),
        ("**4. User notifications**", "user notifications"),
        ("*   (b) would \u{2018}jeopardise\u{2019} it", "would 'jeopardise' it"),
        ("iv) danger , of death", "danger, of death"),
        ("2.1 Requests", "requests"),
        ("1.5 million users", "1.5 million users"),
        ("90 days before", "90 days before"),
        ("2015. It was", "2015. it was"),
        ("U.S. law", "u.s. law"),
        ("notice\u{2014}unless prohibited", "notice - unless prohibited"),
        ("notice -- unless \u{2013} prohibited", "notice - unless - prohibited"),
        ("see [our policy](https://x.example/?a=1) for it", "see our policy for it"),
        ("a snake_case and _emphasis_", "a snake_case and emphasis"),
        ("one\n- two\n3. three", "one two three"),
        ("(a)", "(a)"),
        ("I will tell", "i will tell"),
        ("\u{ff21}\u{fb01}", "afi"),
    ] {
        assert_eq!(normal(text), wanted, "{text}");
        assert_eq!(normal(&normal(text)), wanted, "again: {text}");
    }
}

#[test]
fn spelling_contractions_and_brands_have_one_canonical_form() {
    let aliases = vec![vec!["Chirper".to_owned(), "Q".to_owned(), "Chirper Inc.".to_owned()]];
    for (one, other) in [
        ("We recognise it", "we recognize it"),
        ("unauthorised organisations", "unauthorized organizations"),
        ("counter-productive", "counterproductive"),
        ("upon expiry of the order", "upon expiration of the order"),
        ("We won't and can't", "we will not and can not"),
        ("They don't; we'll", "they do not; we will"),
        ("a judgement of ill-behaviour", "a judgment of ill-behavior"),
        ("Q\u{2019}s policy, Q-wide", "Chirper's policy, chirper-wide"),
        ("Chirper Inc. tells", "Chirper tells"),
        ("e-mail us on-line, whilst honouring", "email us online, while honoring"),
        ("cancelled programmes", "canceled programs"),
    ] {
        assert_eq!(canonical(one, &aliases), canonical(other, &aliases));
    }
    for kept in ["we promise", "we compromise", "exercise", "to advise", "faq", "query", "it's"] {
        assert_eq!(canonical(kept, &aliases), if kept == "it's" { "it is" } else { kept });
    }
}

#[test]
fn sentences_end_where_a_reader_ends_them() {
    for (text, wanted) in [
        ("We follow 18 U.S.C. § 2705(b). We tell you.", vec!["We follow 18 U.S.C. § 2705(b).", "We tell you."]),
        ("Users in the U.S. We tell them.", vec!["Users in the U.S.", "We tell them."]),
        ("The U.S. Department asks.", vec!["The U.S. Department asks."]),
        ("E.g. Acme Inc. Dublin, i.e. Ireland. Yes.", vec!["E.g. Acme Inc. Dublin, i.e. Ireland.", "Yes."]),
        ("Under Art. 6 and No. 4 of Doe v. Roe. Then", vec!["Under Art. 6 and No. 4 of Doe v. Roe.", "Then"]),
        ("We say no. Users differ.", vec!["We say no.", "Users differ."]),
        (
            "Unless: (a) it is law; (b) it harms.\n1. We tell.",
            vec!["Unless: (a) it is law; (b) it harms.", "1. We tell."],
        ),
        ("Do we tell? Yes, always!", vec!["Do we tell?", "Yes, always!"]),
    ] {
        assert_eq!(sentences(text), wanted);
    }
}

#[test]
fn words_are_counted_and_shingled() {
    assert_eq!(tokens("We don't, ever."), ["We", "don't", "ever"]);
    assert_eq!(count("\u{901a}\u{77e5} us"), 3);
    let text = (0..200).map(|number| number.to_string()).collect::<Vec<_>>().join(" ");
    let more = (0..300).map(|number| number.to_string()).collect::<Vec<_>>().join(" ");
    let (old, new) = (Shingles::of(&text), Shingles::of(&more));
    assert!((35..65).contains(&old.0.len()), "{}", old.0.len());
    assert!((old.share_in(&new) - 1.0).abs() < 1e-9 && (0.5..0.8).contains(&new.share_in(&old)));
}

#[test]
fn bold_lines_are_headings() {
    let blocks = markdown("Policy\n======\n\n**4\\. User notifications**\n\nWe tell [users](x).\n\n* one\n    * two\n");
    let kinds: Vec<(BlockKind, &str, usize)> =
        blocks.iter().map(|block| (block.kind, block.text.as_str(), block.heading.len())).collect();
    assert_eq!(
        kinds,
        [
            (BlockKind::Heading, "Policy", 0),
            (BlockKind::Heading, "4. User notifications", 1),
            (BlockKind::Paragraph, "We tell users.", 2),
            (BlockKind::Item(1), "one", 2),
            (BlockKind::Item(2), "two", 2),
        ]
    );
}

fn parsed(body: &[u8], media_type: &str) -> Document {
    document::parse(PageSource { body, media_type, charset: None }, &ReadingSettings::default())
}

/// A document as a person can check it: heading paths only where they change.
fn dump(document: &Document) -> String {
    let mut out = format!("title: {}\n", document.title.as_deref().unwrap_or("-"));
    let _ = writeln!(out, "language: {}", document.language.as_deref().unwrap_or("-"));
    for date in &document.dates {
        let _ = writeln!(out, "date: {} {} {:?}", date.kind, date.date, date.quote);
    }
    for sign in &document.signs {
        let _ = writeln!(out, "sign: {sign:?}");
    }
    if !document.closed {
        out.push_str("not closed\n");
    }
    let mut above: &[String] = &[];
    for block in &document.blocks {
        if block.heading != above {
            above = &block.heading;
            let _ = writeln!(out, "\n# {}", above.join(" > "));
        }
        let kind = match block.kind {
            BlockKind::Heading => "heading".to_owned(),
            BlockKind::Paragraph => "text".to_owned(),
            BlockKind::Item(depth) => format!("item {depth}"),
            BlockKind::Row => "row".to_owned(),
        };
        let _ = writeln!(out, "{kind}: {}", block.text);
    }
    out
}

#[test]
fn pages_are_read_as_expected() {
    let read = |ending: &str, media_type: &str| {
        let pages = cases::cases("documents", ending).into_iter();
        let results =
            pages.filter(|page| std::env::var_os("UPDATE").is_some() || page.with_extension("blocks").exists());
        let media_type = media_type.to_owned();
        results.map(move |page| {
            let body = std::fs::read(&page).map_err(|error| error.to_string())?;
            cases::check(&page.with_extension("blocks"), &dump(&parsed(&body, &media_type)))
        })
    };
    let pages =
        read(".html", "text/html").chain(read(".xhtml", "application/xhtml+xml")).chain(read(".typeset", TYPESET));
    cases::all(pages.chain(read(".md", "text/markdown")).chain(read(".txt", "text/plain")));
}

#[test]
fn selectors_narrow_what_is_read() {
    let body = b"<title>T</title><body><div id=a><p>We tell users.</p><p class=x>Noise</p></div><div>Rest</div></body>";
    let texts = |select: Option<&str>, remove: &[&str]| {
        let settings = ReadingSettings {
            select: select.map(str::to_owned),
            remove: remove.iter().map(|selector| (*selector).to_owned()).collect(),
            ..ReadingSettings::default()
        };
        let document = document::parse(PageSource { body, media_type: "text/html", charset: None }, &settings);
        document.blocks.into_iter().map(|block| block.text).collect::<Vec<_>>().join("/")
    };
    assert_eq!(texts(None, &[]), "We tell users./Noise/Rest");
    assert_eq!(texts(Some("#a"), &[".x"]), "We tell users.");
    assert_eq!(texts(Some("#gone"), &[".x"]), "We tell users./Rest");
    assert_eq!(texts(Some("###"), &["]["]), "We tell users./Noise/Rest");
}

#[test]
fn charsets_are_told_apart() {
    let text = |body: &[u8], charset| {
        let document =
            document::parse(PageSource { body, media_type: "text/plain", charset }, &ReadingSettings::default());
        (document.blocks.first().map(|block| block.text.clone()).unwrap_or_default(), document.signs)
    };
    assert_eq!(text("caf\u{e9}".as_bytes(), Some("iso-8859-1")).0, "caf\u{e9}", "valid UTF-8 wins over the header");
    assert_eq!(text(b"caf\xe9", Some("iso-8859-1")).0, "caf\u{e9}");
    assert_eq!(text(b"\xff\xfec\0a\0", None).0, "ca");
    assert_eq!(text(b"a\0b", None).1, [Symptom::Undecodable]);
    let stray = [b"caf\xc3\xa9 \xff ".as_slice(), &b"word ".repeat(60)].concat();
    assert!(text(&stray, Some("utf-8")).0.starts_with("caf\u{e9} \u{fffd} word"), "one stray octet is forgiven");
}

/// The processor time that this thread has used: a busy machine does not lengthen it.
fn spent() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or_default())
}

/// Time of reading `make(n)` may grow no faster than `n`, with much room for a busy machine.
fn is_linear(name: &str, media_type: &str, make: impl Fn(usize) -> String) {
    let time = |size: usize| {
        let source = make(size);
        let began = spent();
        let document = parsed(source.as_bytes(), media_type);
        assert!(document.blocks.len() <= source.len(), "{name}");
        spent().saturating_sub(began)
    };
    let (small, large) = (time(20_000), time(160_000));
    assert!(
        large < (small * 24).max(Duration::from_millis(1_500)),
        "{name}: {small:?} for 20,000, {large:?} for 160,000"
    );
}

#[test]
fn hostile_pages_take_linear_time() {
    for (name, piece) in [
        ("divs", "<div>"),
        ("lists", "<ul><li>x"),
        ("unclosed bold", "<p><b>x"),
        ("different fonts", "<p><font size=1><font size=2><font size=3>x"),
        ("spans closed from outside", "<span><div></span>"),
        ("items closed from outside", "<li><section>"),
        ("tables", "<table><tr><td>"),
        ("rows outside tables", "<tr><div>"),
        ("foreign", "<svg><style><g>"),
        ("comments", "<!--><i>x"),
        ("quotes", "<x ='><div>"),
        ("anchors", "<a href=x>x"),
        ("tags that never end", "<a <"),
        ("many items", "<li>item</li>"),
        ("many breaks", "x<br>"),
        ("details", "<details><summary>a</summary>"),
        ("headings", "<h1>x"),
        ("bold paragraphs", "<b><p>x</b>"),
        ("bodies", "<body a=b c>"),
        ("fostered", "<table><p>x"),
        ("templates", "<template><td>"),
        ("options", "<select><option>x"),
        ("entities", "&amp;&notit;"),
        ("abbreviations", "e.g. U.S. "),
        ("statements of a date", "updated 2020-01-01 "),
    ] {
        is_linear(name, "text/html", |size| piece.repeat(size / piece.len()));
    }
    for (name, piece) in
        [("paragraphs", "<p>x</p>"), ("divs", "<div></div>"), ("ends", "</section>"), ("items", "<li>x")]
    {
        is_linear(name, "text/html", |size| format!("{}{}", "<div>".repeat(400), piece.repeat(size / piece.len())));
    }
    is_linear("one attribute", "text/html", |size| format!("<div class=\"{}\">x</div>", "nav-Bar ".repeat(size / 8)));
    for (name, piece) in [
        ("quotes", "> "),
        ("emphasis", "*a **b"),
        ("links", "[a]("),
        ("brackets", "["),
        ("lists", "- "),
        ("items", "* item\n"),
        ("html", "<div>"),
        ("tables", "|a|b|\n|-|-|\n"),
        ("entities", "&lt"),
    ] {
        is_linear(name, "text/markdown", |size| piece.repeat(size / piece.len()));
    }
    is_linear("nested list", "text/markdown", |size| {
        (0..400).map(|depth| "  ".repeat(depth) + "- x\n").collect::<String>().repeat(size / 160_000 + 1)
    });
    for (name, run) in [
        ("one long word", "[10,{},300,9,false,\"aaaaaaaa-\"]\n"),
        ("one row", "[{},10,3,9,false,\"a\"]\n"),
        ("deeper and deeper", "[{},{},30,9,false,\"- a\"]\n"),
        ("one page each", "[600,10]\n[10,9,9,9,false,\"{}\"]\n[30,9,9,9,false,\"a\"]\n"),
    ] {
        is_linear(name, TYPESET, |size| {
            let runs = (0..size / run.len()).map(|number| run.replace("{}", &(number * 11).to_string()));
            std::iter::once("[600,800]\n".to_owned()).chain(runs).collect()
        });
    }
    is_linear("one line", "text/plain", |size| "word ".repeat(size / 5));
}

#[test]
fn too_much_is_cut_and_said() {
    let deep = format!("<p>We tell users of every demand.</p>{}", "<div>".repeat(100_000));
    let document = parsed(deep.as_bytes(), "text/html");
    assert_eq!(document.blocks[0].text, "We tell users of every demand.");
    assert!(
        document.signs.iter().any(|sign| matches!(sign, Symptom::Limit(why) if why.contains("512"))),
        "{:?}",
        document.signs
    );
    let long = "word ".repeat(1_100_000);
    let document = parsed(long.as_bytes(), "text/plain");
    assert!(document.signs.iter().any(|sign| matches!(sign, Symptom::Limit(_))));
    let page = "<p>We notify users.</p>".repeat(200);
    assert_eq!(parsed(page.as_bytes(), "text/html").signs, [], "unclosed nothing, deep nothing");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_octets_make_a_reader_panic(body in proptest::collection::vec(any::<u8>(), 0..600), kind in 0..4_usize) {
        let media_type = ["text/html", "text/markdown", "text/plain", TYPESET][kind];
        let _ = extract::read(PageSource { body: &body, media_type, charset: None }, &ReadingSettings::default());
    }

    #[test]
    fn no_places_make_a_reader_panic(numbers in proptest::collection::vec((any::<f32>(), -50.0..900.0_f32, 0..40_u8), 0..60)) {
        let line = |(wild, place, kind): (f32, f32, u8)| match kind {
            0 => format!("[{wild},{place}]\n"),
            1 => format!("[{wild},{place},{place},{wild},true,\"-\"]\n"),
            _ => format!("[{},{place},40,{},{},\"{} we no-\"]\n", place / 3.0, kind / 2 + 4, kind == 9, wild),
        };
        let text: String = std::iter::once("[600,800]\n".to_owned()).chain(numbers.into_iter().map(line)).collect();
        let _ = parsed(text.as_bytes(), TYPESET);
    }

    #[test]
    fn no_markup_makes_a_reader_panic(pieces in proptest::collection::vec(prop::sample::select(PIECES), 0..80), kind in 0..3_usize) {
        let media_type = ["text/html", "text/markdown", "text/plain"][kind];
        let text = pieces.concat();
        let document = parsed(text.as_bytes(), media_type);
        for block in &document.blocks {
            prop_assert!(!block.text.trim().is_empty() && !block.text.contains('\n'));
        }
    }

    #[test]
    fn normal_forms_stand_still(text in "\\PC{0,80}") {
        let once = normal(&text);
        prop_assert_eq!(once.trim(), &once);
        let _ = canonical(&text, &[]);
        let joined: String = sentences(&text).concat();
        let bare = |text: &str| text.chars().filter(|letter| !letter.is_whitespace()).collect::<String>();
        prop_assert_eq!(bare(&joined), bare(&text));
    }
}

/// Pieces of markup that meet in odd orders.
const PIECES: &[&str] = &[
    "<p>",
    "</p>",
    "<div>",
    "</div>",
    "<ul>",
    "<li>",
    "</li>",
    "</ul>",
    "<b>",
    "</b>",
    "<h2>",
    "</h2>",
    "<table>",
    "<tr>",
    "<td>",
    "</td>",
    "</tr>",
    "</table>",
    "<br>",
    "<a href=#x>",
    "</a>",
    "<main>",
    "</main>",
    "<dl>",
    "<dt>",
    "<dd>",
    "</dl>",
    "<details>",
    "<summary>",
    "</details>",
    "<button aria-expanded=true>",
    "</button>",
    "<svg>",
    "</svg>",
    "<script>",
    "</script>",
    "<template>",
    "We notify users. ",
    "(a) x ",
    "U.S. Code. ",
    "\n",
    "\n\n",
    "# ",
    "* ",
    "1. ",
    "**bold**",
    "| a | b |\n|---|---|\n",
    "---\n",
    "&nbsp;",
    "\u{200b}",
    "\u{e9}",
    "<title>t</title>",
    "<form>",
    "</form>",
    "<select>",
    "<option>",
    "<!-- ",
    " -->",
    "Effective: May 1, 2020",
];
