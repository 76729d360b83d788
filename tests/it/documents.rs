//! Tests of: words and documents.

use noticewatch::document::{self, Block, BlockKind, Page};
use noticewatch::target::ReadingSettings;
use noticewatch::words::{Shingles, canonical, count, normal, sentences, tokens};

fn markdown(text: &str) -> Vec<Block> {
    let page = Page { body: text.as_bytes(), media_type: "text/markdown", charset: None };
    document::parse(page, &ReadingSettings::default()).blocks
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
    let text: String = (0..200).map(|number| format!("w{number} ")).collect();
    let more: String = (0..300).map(|number| format!("w{number} ")).collect();
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
