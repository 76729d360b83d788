//! What other programs and people read: shapes of JSON, the demo's letters, help.

use super::world::{REDESIGN, WEAKENED, lines, program, said};
use serde_json::Value;

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> =
        value.as_object().unwrap_or_else(|| panic!("no object: {value}")).keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

/// `value` has at least these keys.
fn has(value: &Value, wanted: &[&str]) {
    let keys = keys(value);
    for key in wanted {
        assert!(keys.contains(key), "{key} in {keys:?}");
    }
}

#[test]
fn read_and_compare_speak_in_fixed_shapes() {
    let dir = tempfile::tempdir().expect("a directory");
    let (old, new) = (dir.path().join("old.html"), dir.path().join("new.html"));
    std::fs::write(&old, REDESIGN).expect("written");
    std::fs::write(&new, WEAKENED).expect("written");
    let (old, new) = (old.to_str().expect("a path"), new.to_str().expect("a path"));
    let output =
        program(&["read", "--json", "--as", "Law Enforcement Guidelines", old, new]).output().expect("it runs");
    let read = lines(&output);
    assert_eq!(read.len(), 2, "an object a line");
    for (one, file) in read.iter().zip([old, new]) {
        has(one, &["file", "language", "health", "passages"]);
        assert_eq!((&one["file"], &one["language"]), (&file.into(), &"en".into()));
        assert_eq!(keys(&one["health"]), ["signs", "state"]);
        let passage = &one["passages"][0];
        has(passage, &["quote", "heading", "class", "commitment"]);
        assert_eq!(passage["class"], "user-notice");
        assert!(passage["heading"].is_array());
        let strength = &passage["commitment"]["strength"];
        has(strength, &["value", "quote"]);
        assert!(
            passage["quote"].as_str().is_some_and(|quote| quote.contains(strength["quote"].as_str().unwrap_or("?")))
        );
    }
    assert_eq!(read[0]["passages"][0]["commitment"]["timing"]["value"], "before");
    let output =
        program(&["compare", "--json", "--as", "Law Enforcement Guidelines", old, new]).output().expect("it runs");
    let compared = lines(&output);
    assert_eq!(compared.len(), 1);
    let compared = &compared[0];
    has(compared, &["verdict", "dominant", "severity", "alert", "health", "changes"]);
    assert_eq!(
        (&compared["verdict"], &compared["dominant"], &compared["severity"], &compared["alert"]),
        (&"weakened".into(), &"-".into(), &"high".into(), &true.into())
    );
    let change = &compared["changes"][0];
    has(change, &["before", "after", "slots", "reasons"]);
    has(&change["slots"][0], &["slot", "from", "to", "sign"]);
    let same = program(&["compare", "--json", old, old]).output().expect("it runs");
    let same = &lines(&same)[0];
    assert_eq!((&same["verdict"], &same["dominant"], &same["alert"]), (&"none".into(), &Value::Null, &false.into()));
    assert_eq!((&same["severity"], &same["changes"]), (&"none".into(), &Value::Array(Vec::new())));
}

#[test]
fn the_demo_leaves_its_letters() {
    let dir = tempfile::tempdir().expect("a directory");
    let there = dir.path().join("demo");
    let output = program(&["demo", "--dir"]).arg(&there).current_dir(dir.path()).output().expect("it runs");
    assert!(output.status.success(), "{}", said(&output));
    let names: Vec<String> = std::fs::read_dir(&there)
        .expect("its directory")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    let has = |part: &str, ending: &str| names.iter().any(|name| name.contains(part) && name.ends_with(ending));
    for ending in [".eml", ".html"] {
        assert!(has("-mixed-", ending) || has("-weakened-", ending), "{names:?}");
        for part in ["-removed-", "-page-check-", "-quiet-week-"] {
            assert!(has(part, ending), "{part} {ending} in {names:?}");
        }
    }
    let text = said(&output);
    for part in ["Timeline", "Board", "Letters", ".eml"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let again = program(&["demo", "--dir"]).arg(dir.path()).output().expect("it runs");
    assert_eq!(again.status.code(), Some(73), "{}", said(&again));
    assert!(said(&again).contains("not an earlier demo's"), "{}", said(&again));
}

#[test]
fn every_verb_has_help_and_the_whole_says_its_exit_codes() {
    let whole = said(&program(&["--help"]).output().expect("it runs"));
    for code in ["64", "65", "66", "69", "73", "74", "75", "78"] {
        assert!(whole.contains(&format!("  {code}  ")), "{code} in {whole}");
    }
    for verb in [
        "read",
        "compare",
        "history",
        "board",
        "digest",
        "check",
        "watch",
        "targets",
        "status",
        "show",
        "outbox",
        "correct",
        "send-test",
        "demo",
    ] {
        assert!(whole.contains(&format!("  {verb} ")), "{verb} in {whole}");
        let output = program(&[verb, "--help"]).output().expect("it runs");
        assert_eq!(output.status.code(), Some(0));
        let help = said(&output);
        assert!(help.contains("Usage:") && help.contains("Example"), "{verb}: {help}");
        assert!(help.contains("Exit codes"), "{verb}: {help}");
    }
}
