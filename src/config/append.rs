//! One more target in a `targets.toml`: the text as it stood, comments and all, with an entry at its end.
//!
//! It opens no file and judges nothing: the whole is read again as any other file before it is used.

use noticewatch_core::target::{Expect, Target};
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, value};

/// The text with this target at its end. What the file's defaults say already is left out.
///
/// # Errors
/// A sentence that says why nothing can be added: the text is no TOML, or its targets are not written as `[[target]]`.
///
/// # Examples
/// ```
/// use noticewatch_core::target::Target;
/// let target = Target { id: "exampleton-law".into(), url: "https://exampleton.example/law".into(), ..Target::default() };
/// let text = noticewatch::config::with_target("# ours\n", &target).unwrap();
/// assert!(text.starts_with("# ours\n\n[[target]]\nid = \"exampleton-law\"\n"));
/// ```
pub fn with_target(text: &str, target: &Target) -> Result<String, String> {
    let plain = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let whole = appended(&plain, target)?;
    // What stood there stays as it stood, to the last sign; what comes ends its lines as the others do.
    let ends = if text.contains("\r\n") { "\r\n" } else { "\n" };
    Ok(match whole.strip_prefix(&plain) {
        Some(more) => text.to_owned() + &more.replace('\n', ends),
        None => whole.replace('\n', ends),
    })
}

/// The same for a text whose lines end with a line feed alone.
fn appended(text: &str, target: &Target) -> Result<String, String> {
    let mut file: DocumentMut = text.parse().map_err(|error| format!("is no TOML: {error}"))?;
    let inherited = |key: &str| {
        let own = file.get("service").and_then(|all| all.get(&target.service)).and_then(|one| one.get(key));
        let all = || file.get("defaults").and_then(|all| all.get(key));
        own.or_else(all).and_then(Item::as_str).map(str::to_owned)
    };
    let mut table = entry(target, &inherited);
    // Last in the file, whatever stands in it; comments at its end stay in front.
    table.set_position(Some(isize::MAX));
    if !text.is_empty() {
        let end = file.trailing().as_str().unwrap_or_default();
        table.decor_mut().set_prefix(format!("{end}\n"));
        file.set_trailing("");
    }
    let all = file.entry("target").or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
    let Some(all) = all.as_array_of_tables_mut() else {
        return Err("writes its targets as one list; write each as [[target]], so that one can be added".to_owned());
    };
    all.push(table);
    Ok(file.to_string())
}

/// The entry, its keys in the usual order.
fn entry(target: &Target, inherited: &impl Fn(&str) -> Option<String>) -> Table {
    let mut table = Table::new();
    for (key, text) in
        [("id", &target.id), ("service", &target.service), ("terms_type", &target.terms_type), ("url", &target.url)]
    {
        table.insert(key, value(text));
    }
    for (key, text) in [("region", &target.region), ("language", &target.language), ("schedule", &target.schedule)] {
        if let Some(text) = text.as_ref().filter(|text| inherited(key).as_ref() != Some(*text)) {
            table.insert(key, value(text));
        }
    }
    match target.expect {
        Expect::Promise => _ = table.insert("expect", value("promise")),
        Expect::Refusal => _ = table.insert("expect", value("refusal")),
        Expect::Silence => {}
    }
    if !target.why.is_empty() {
        table.insert("why", value(&target.why));
    }
    if target.render {
        table.insert("render", value(true));
    }
    if let Some(reason) = &target.disabled {
        table.insert("disabled", value(reason));
    }
    table
}

/// Whether a text is TOML and names no target yet.
pub(super) fn is_empty(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').parse::<DocumentMut>().is_ok_and(|file| !file.contains_key("target"))
}
