//! What is found on a page, and what it promises: the lexicon's own examples, cases as files, and hostile input.

use noticewatch::document::lexicon;

#[test]
fn every_entry_of_the_lexicon_finds_its_examples() {
    let mut wrong = Vec::new();
    let mut ids = std::collections::BTreeSet::new();
    for entry in lexicon::entries() {
        if !ids.insert(entry.id) {
            wrong.push(format!("{}: twice in the tables", entry.id));
        }
        let pattern = entry.compiled();
        wrong.extend(
            entry.matches.iter().filter(|text| !pattern.finds(text)).map(|text| format!("{} misses: {text}", entry.id)),
        );
        wrong.extend(
            entry.not.iter().filter(|text| pattern.finds(text)).map(|text| format!("{} finds: {text}", entry.id)),
        );
        if entry.matches.is_empty() || entry.meaning.is_empty() || entry.source.is_empty() {
            wrong.push(format!("{}: an entry has examples, a meaning and a source", entry.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
