//! How house reads a source: comments, strings and unit tests blanked, paths resolved. It knows no rule.

/// One source file: its module path, and its text with comments, strings and tests blanked.
pub struct File {
    pub path: String,
    pub module: Vec<String>,
    pub code: String,
}

/// A file of the crate whose sources stand in `sources`.
pub fn file(sources: &str, path: &str, text: &str) -> File {
    let inner = path.trim_start_matches(sources).trim_start_matches('/').trim_end_matches(".rs");
    let module: Vec<String> =
        inner.split('/').filter(|part| !matches!(*part, "mod" | "lib")).map(str::to_owned).collect();
    File { path: path.to_owned(), module, code: blanked(text) }
}

/// The text with comments, strings and characters replaced by spaces, line for line, up to its unit tests.
fn blanked(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = literal_end(&chars, at);
        for c in &chars[at..end.max(at + 1)] {
            code.push(if end == at || *c == '\n' { *c } else { ' ' });
        }
        at = end.max(at + 1);
    }
    let tests = code.find("#[cfg(test)]").unwrap_or(code.len());
    code.truncate(tests);
    code
}

/// Where the comment or literal that begins at `at` ends; `at` itself where none begins.
fn literal_end(chars: &[char], at: usize) -> usize {
    let rest = &chars[at..];
    let find = |from: usize, end: &str| {
        let end: Vec<char> = end.chars().collect();
        let found = (at + from..chars.len()).find(|index| chars[*index..].starts_with(&end));
        found.map_or(chars.len(), |index| index + end.len())
    };
    let word_before = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
    match rest {
        ['/', '/', ..] => (at..chars.len()).find(|index| chars[*index] == '\n').unwrap_or(chars.len()),
        ['/', '*', ..] => find(2, "*/"),
        ['r', '"' | '#', ..] if !word_before => {
            let hashes = rest[1..].iter().take_while(|c| **c == '#').count();
            let raw = rest.get(1 + hashes) == Some(&'"');
            if raw { find(2 + hashes, &format!("\"{}", "#".repeat(hashes))) } else { at }
        }
        ['"', ..] => quoted_end(chars, at, '"'),
        ['\'', '\\', ..] => quoted_end(chars, at, '\''),
        ['\'', _, '\'', ..] => at + 3,
        _ => at,
    }
}

fn quoted_end(chars: &[char], at: usize, quote: char) -> usize {
    let mut index = at + 1;
    while index < chars.len() && chars[index] != quote {
        index += if chars[index] == '\\' { 2 } else { 1 };
    }
    (index + 1).min(chars.len())
}

pub fn line_of(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}

/// Every place where `word` stands as a word of its own or as a path's part.
pub fn places<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word)
        .map(|(at, _)| at)
        .filter(move |at| !code[..*at].ends_with(part) && !code[at + word.len()..].starts_with(part))
}

/// Follows a path and opens its groups: `a::{b, c::{d, e}}`.
pub fn open(text: &str, before: &[String], found: &mut dyn FnMut(Vec<String>)) -> usize {
    let mut path = before.to_vec();
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '*')).collect();
        if rest.starts_with('{') {
            at += 1;
            loop {
                at += text[at..].len() - text[at..].trim_start_matches(|c: char| c.is_whitespace() || c == ',').len();
                if at >= text.len() || text[at..].starts_with('}') {
                    return at + 1;
                }
                let taken = open(&text[at..], &path, found);
                at += text[at + taken..].find([',', '}']).map_or(taken + 1, |skip| taken + skip);
            }
        }
        if name.is_empty() {
            return at;
        }
        at += name.len();
        if name != "self" {
            path.push(name);
        }
        if !text[at..].starts_with("::") {
            found(path);
            return at;
        }
        at += 2;
    }
}
