//! The entities that an XHTML source declares for itself, put in their places. What they grow to is bounded: ten
//! declarations that name each other can stand for gigabytes.

use std::borrow::Cow;
use std::collections::HashMap;

/// Entities inside entities.
const NESTED: usize = 8;

/// Octets by which a source may grow.
const GROWTH: usize = 500_000;

/// Entities that are put in their places, whatever they hold.
const PLACES: usize = 50_000;

/// What follows `&` in the name of an entity, at most.
const LONGEST: usize = 100;

/// A source with its own entities in their places; None where they grow too large.
pub(crate) fn expanded(source: &str) -> Option<Cow<'_, str>> {
    let Some(declared) = declared(source).filter(|declared| !declared.values.is_empty()) else {
        return Some(Cow::Borrowed(source));
    };
    let (before, body) = source.split_at(declared.end);
    let mut out = String::with_capacity(source.len());
    out.push_str(before);
    let mut left = Left { growth: GROWTH, places: PLACES };
    expand(body, &declared.values, NESTED, &mut left, &mut out)?;
    Some(Cow::Owned(out))
}

/// The declarations of a document type.
struct Declared<'a> {
    values: HashMap<&'a str, &'a str>,
    /// Where they end.
    end: usize,
}

/// How much the source may still grow.
struct Left {
    growth: usize,
    places: usize,
}

/// Entities with a value of their own: those of other files are not asked for, and parameters are for other declarations.
fn declared(source: &str) -> Option<Declared<'_>> {
    let start = source.find("<!DOCTYPE")?;
    let end = start + source[start..].find("]>").or_else(|| source[start..].find(']'))?;
    let open = start + source[start..end].find('[')?;
    let mut values = HashMap::new();
    for declaration in source[open..end].split("<!ENTITY").skip(1) {
        let Some((name, rest)) = declaration.trim_start().split_once(char::is_whitespace) else { continue };
        let rest = rest.trim_start();
        let quoted = |quote| rest.strip_prefix(quote).and_then(|rest| rest.split_once(quote));
        if let Some((value, _)) = quoted('"').or_else(|| quoted('\'')).filter(|_| name != "%") {
            values.entry(name).or_insert(value);
        }
    }
    Some(Declared { values, end })
}

/// Appends a text with its entities in their places; None where there is too much of them.
fn expand(text: &str, values: &HashMap<&str, &str>, depth: usize, left: &mut Left, out: &mut String) -> Option<()> {
    let mut at = 0;
    while let Some(found) = text[at..].find(['&', '<']) {
        out.push_str(&text[at..at + found]);
        at += found;
        let rest = &text[at..];
        let length = literal(rest);
        if length > 0 {
            out.push_str(&rest[..length]);
            at += length;
            continue;
        }
        let name = rest.bytes().take(LONGEST).position(|octet| octet == b';').and_then(|end| rest.get(1..end));
        let Some((name, value)) = name.and_then(|name| Some((name, *values.get(name)?))) else {
            out.push_str(&rest[..1]);
            at += 1;
            continue;
        };
        let depth = depth.checked_sub(1)?;
        left.places = left.places.checked_sub(1)?;
        left.growth = left.growth.checked_sub(value.len())?;
        expand(value, values, depth, left, out)?;
        at += name.len() + 2;
    }
    out.push_str(&text[at..]);
    Some(())
}

/// The length of what stands at the beginning of a text and holds no entities: comments, marked text, instructions.
fn literal(text: &str) -> usize {
    [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")]
        .into_iter()
        .find(|(begins, _)| text.starts_with(begins))
        .map_or(0, |(begins, ends)| {
            text[begins.len()..].find(ends).map_or(text.len(), |at| begins.len() + at + ends.len())
        })
}
