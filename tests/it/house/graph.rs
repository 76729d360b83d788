//! Who names whom inside one crate: a path is followed through re-exports to the file that defines what it names.
//!
//! Knows files as `scan` reads them; which arrows are allowed is said by `house`.

use super::scan::{File, line_of, open, places};
use std::collections::{BTreeMap, BTreeSet};

/// An arrow from one file to another, with the first place where it is drawn.
#[derive(Clone, Debug)]
pub struct Arrow {
    pub from: Vec<String>,
    pub to: Vec<String>,
    pub place: String,
}

/// What one file defines and hands on.
#[derive(Default)]
struct Names {
    own: BTreeSet<String>,
    handed_on: BTreeMap<String, Vec<String>>,
    globs: Vec<Vec<String>>,
}

/// One use of a path, from the crate's root.
struct Use {
    line: usize,
    path: Vec<String>,
    /// `pub use`: handed on, and no use of the file's own.
    public: bool,
    /// The name that it has here.
    name: String,
}

/// All arrows between the files of one crate.
pub fn arrows(files: &[File]) -> Vec<Arrow> {
    let modules: BTreeMap<&[String], &File> = files.iter().map(|file| (file.module.as_slice(), file)).collect();
    let all: BTreeMap<&[String], (Names, Vec<Use>)> = files
        .iter()
        .map(|file| {
            let uses = statements(file, &modules);
            let mut names = Names { own: definitions(&file.code), ..Names::default() };
            for found in uses.iter().filter(|found| found.public) {
                match found.path.split_last() {
                    Some((last, before)) if last == "*" => names.globs.push(before.to_vec()),
                    _ => drop(names.handed_on.insert(found.name.clone(), found.path.clone())),
                }
            }
            (file.module.as_slice(), (names, uses))
        })
        .collect();
    let mut found = Vec::new();
    for file in files {
        let (_, uses) = &all[file.module.as_slice()];
        let bound: BTreeMap<&str, &[String]> = uses
            .iter()
            .filter(|one| modules.contains_key(one.path.as_slice()))
            .map(|one| (one.name.as_str(), one.path.as_slice()))
            .collect();
        let mut paths: Vec<(usize, Vec<String>)> = uses
            .iter()
            .filter(|one| !one.public && !modules.contains_key(one.path.as_slice()))
            .map(|one| (one.line, one.path.clone()))
            .collect();
        paths.extend(inline(file, &bound, &modules));
        for (line, path) in paths {
            let Some(to) = defined_in(&path, &all, 0) else { continue };
            if to != file.module.as_slice() {
                let place = format!("{}:{line}: {}", file.path, path.join("::"));
                found.push(Arrow { from: file.module.clone(), to: to.to_vec(), place });
            }
        }
    }
    found
}

/// The names that a file defines at its outermost level.
fn definitions(code: &str) -> BTreeSet<String> {
    let words = ["fn", "struct", "enum", "trait", "type", "const", "static", "macro_rules!"];
    code.lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
        .filter_map(|line| {
            let mut parts = line.split(|c: char| c.is_whitespace() || c == '(').filter(|part| !part.is_empty());
            let mut last = false;
            let name = parts.find(|part| {
                let named = last && !words.contains(part) && *part != "mut";
                last |= words.contains(part);
                named
            })?;
            let end = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
            Some(name[..end].to_owned())
        })
        .collect()
}

/// The `use` statements of a file that lead into this crate.
fn statements(file: &File, modules: &BTreeMap<&[String], &File>) -> Vec<Use> {
    let mut found = Vec::new();
    for at in places(&file.code, "use") {
        let before = file.code[..at].rsplit('\n').next().unwrap_or_default().trim_start();
        if !(before.is_empty() || before.starts_with("pub")) {
            continue;
        }
        let Some(end) = file.code[at..].find(';') else { continue };
        let line = line_of(&file.code, at);
        let tree = file.code[at + 3..at + end].split_whitespace().collect::<Vec<_>>().join(" ");
        let tree = tree.replace(":: ", "::").replace("{ ", "{").replace(" }", "}");
        // `a as b` is opened as a path of its own: the name after `as` is what the file calls it.
        let mut paths = Vec::new();
        open(&tree, &[], &mut |path| paths.push(path));
        for path in paths {
            let Some(path) = from_root(&path, &file.module, modules) else { continue };
            let name = path.last().cloned().unwrap_or_default();
            found.push(Use { line, path, public: before.starts_with("pub"), name });
        }
    }
    found
}

/// A path as it stands in a file, from the crate's root; None: it leads elsewhere.
fn from_root(path: &[String], here: &[String], modules: &BTreeMap<&[String], &File>) -> Option<Vec<String>> {
    let mut from = here.to_vec();
    let mut rest = path;
    match path.first()?.as_str() {
        "crate" => {
            from.clear();
            rest = &path[1..];
        }
        "super" => {
            while rest.first().is_some_and(|part| part == "super") {
                from.pop();
                rest = &rest[1..];
            }
        }
        first => {
            from.push(first.to_owned());
            return modules.contains_key(from.as_slice()).then(|| [here, path].concat());
        }
    }
    from.extend_from_slice(rest);
    Some(from)
}

/// The paths that stand in the code itself: `super::file::name`, `module::name`.
fn inline(
    file: &File,
    bound: &BTreeMap<&str, &[String]>,
    modules: &BTreeMap<&[String], &File>,
) -> Vec<(usize, Vec<String>)> {
    let mut found = Vec::new();
    let children = modules.keys().filter(|module| module.len() == file.module.len() + 1);
    let children = children
        .filter(|module| module.starts_with(&file.module))
        .map(|module| (module[module.len() - 1].as_str(), *module));
    let mut heads: BTreeMap<&str, &[String]> = children.collect();
    heads.extend(bound.iter().map(|(name, path)| (*name, *path)));
    let starts = heads.keys().copied().chain(["crate", "super"]).collect::<BTreeSet<_>>();
    for head in starts {
        for at in places(&file.code, head).filter(|at| file.code[at + head.len()..].starts_with("::")) {
            let before = &file.code[..at];
            let statement = before.rsplit([';', '{', '}']).next().unwrap_or_default().trim_start();
            if before.ends_with("::")
                || statement.starts_with("use ")
                || statement.starts_with("pub") && statement.contains("use ")
            {
                continue;
            }
            let mut paths = Vec::new();
            open(&file.code[at..], &[], &mut |path| paths.push(path));
            for path in paths {
                let whole = match heads.get(path[0].as_str()) {
                    Some(module) => [module, &path[1..]].concat(),
                    None => match from_root(&path, &file.module, modules) {
                        Some(path) => path,
                        None => continue,
                    },
                };
                found.push((line_of(&file.code, at), whole));
            }
        }
    }
    found
}

/// The file that defines what a path names, through what others hand on.
fn defined_in<'a>(
    path: &[String],
    all: &'a BTreeMap<&[String], (Names, Vec<Use>)>,
    depth: usize,
) -> Option<&'a [String]> {
    let known = (0..=path.len()).rev().find(|length| {
        let is_item = *length == path.len()
            && path.split_last().is_some_and(|(last, before)| {
                all.get(before).is_some_and(|(names, _)| {
                    names.own.contains(last.as_str()) || names.handed_on.contains_key(last.as_str())
                })
            });
        all.contains_key(&path[..*length]) && !is_item
    })?;
    let (module, (names, _)) = all.get_key_value(&path[..known])?;
    let Some(item) = path.get(known) else { return Some(module) };
    if names.own.contains(item) || depth > 6 {
        return Some(module);
    }
    if let Some(further) = names.handed_on.get(item) {
        return defined_in(&[further.as_slice(), &path[known + 1..]].concat(), all, depth + 1);
    }
    let through =
        names.globs.iter().find(|glob| all.get(glob.as_slice()).is_some_and(|(inner, _)| inner.own.contains(item)));
    through.map_or(Some(*module), |glob| all.get_key_value(glob.as_slice()).map(|(module, _)| *module))
}

/// The groups of nodes that lead to one another, by all arrows between them.
pub fn circles(arrows: &[(Vec<String>, Vec<String>)]) -> Vec<BTreeSet<Vec<String>>> {
    let mut next: BTreeMap<&[String], BTreeSet<&[String]>> = BTreeMap::new();
    for (from, to) in arrows {
        next.entry(from).or_default().insert(to);
    }
    let reach = |start: &[String]| {
        let (mut seen, mut open) = (BTreeSet::new(), vec![start]);
        while let Some(at) = open.pop() {
            for to in next.get(at).into_iter().flatten() {
                if seen.insert(*to) {
                    open.push(to);
                }
            }
        }
        seen
    };
    let reached: BTreeMap<&[String], BTreeSet<&[String]>> = next.keys().map(|node| (*node, reach(node))).collect();
    let mut found: Vec<BTreeSet<Vec<String>>> = Vec::new();
    for (node, others) in &reached {
        if !others.contains(node) || found.iter().any(|circle| circle.contains(*node)) {
            continue;
        }
        let back = |other: &&&[String]| reached.get(**other).is_some_and(|there| there.contains(node));
        found.push(others.iter().filter(back).map(|other| other.to_vec()).collect());
    }
    found
}
