//! Files that are made to cost much: what the program takes to read each, in a process of its own whose processor time
//! and memory the kernel bounds. A row is a kind of file; its size is one at which linear work is cheap and quadratic
//! work is not, and its bounds leave room for a busy machine.

use crate::pdf::maker::{Line, pages, stream};
use crate::whole::world::program;
use std::fmt::Write as _;
use std::process::{Command, Stdio};

/// One kind of file.
struct Row {
    /// What it is full of; its ending says the format.
    name: &'static str,
    make: fn() -> Vec<u8>,
    /// Seconds of processor time.
    cpu_s: u32,
    /// Megabytes of memory that may be asked for, the program included.
    memory_mb: u32,
    /// Words that the answer holds.
    says: &'static str,
}

/// A promise, which is found whatever follows it.
const PROMISE: &str = "We will notify users before we disclose their data to law enforcement.";

/// The answer names the promise.
const FOUND: &str = "We will notify users";

fn row(name: &'static str, make: fn() -> Vec<u8>) -> Row {
    Row { name, make, cpu_s: 5, memory_mb: 600, says: FOUND }
}

/// A page of HTML: the promise, and so many pieces; `#` in a piece is its number.
fn html(piece: &str, count: usize) -> Vec<u8> {
    page("<!doctype html><html><body>", piece, count)
}

fn page(head: &str, piece: &str, count: usize) -> Vec<u8> {
    let mut source = format!("{head}<p>{PROMISE}</p>");
    for number in 0..count {
        match piece.split_once('#') {
            Some((before, after)) => _ = write!(source, "{before}{number}{after}"),
            None => source.push_str(piece),
        }
    }
    source.into_bytes()
}

/// A page with one tag, whose name and end are given, of so many attributes.
fn tag(begin: &str, count: usize, end: &str) -> Vec<u8> {
    let mut octets = html("", 0);
    octets.extend(begin.bytes());
    for number in 0..count {
        octets.extend_from_slice(format!(" a{number}=b").as_bytes());
    }
    octets.extend(end.bytes());
    octets
}

const XHTML: &str = "<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><body>";

/// Files full of markup.
fn markup() -> Vec<Row> {
    vec![
        row("attributes.html", || tag("<div", 300_000, "><p>text</p>")),
        row("attributes-end-tag.html", || tag("</div", 300_000, ">")),
        row("attributes-svg.html", || tag("<svg><g", 300_000, "/></svg>")),
        row("attributes-cut.html", || tag("<div", 300_000, "")),
        row("attributes-body.html", || html("<body a#=x b#=x c#=x d#=x>", 60_000)),
        row("attributes.xhtml", || {
            let tag = String::from_utf8(tag("<div", 100_000, "/></body></html>")).unwrap_or_default();
            tag.replace("<!doctype html><html><body>", XHTML).into_bytes()
        }),
        row("attributes.md", || tag("\n\n<div", 300_000, ">\n\ntext\n")),
        row("one-attribute.html", || {
            let value = "nav a:b; ".repeat(300_000);
            html(&format!("<div class=\"{value}\" style=\"{value}\">x</div>"), 1)
        }),
        row("bold-paragraphs.html", || html("<b><p>x</b>", 30_000)),
        row("open-formatting.html", || html("<b c=#><p>x", 20_000)),
        row("adopted.html", || html("<a href=#><i><div>x</a>", 30_000)),
        row("inline.html", || html("<span><i>", 50_000)),
        row("tables.html", || html("<table><tr><td>", 30_000)),
        row("fostered.html", || html("<table><p>x", 30_000)),
        row("templates.html", || html("<template><tr>", 50_000)),
        row("foreign.html", || html("<svg><math><foreignObject><p>", 20_000)),
        row("options.html", || html("<select><option value=#>x", 50_000)),
        row("entities.html", || html("&amp;&notit;&#65;", 30_000)),
        row("comments.html", || html("<!-- # --><!>", 60_000)),
    ]
}

/// Files full of words, and of what is none.
fn words() -> Vec<Row> {
    vec![
        row("word.html", || html("notifyusers", 50_000)),
        row("marks.html", || html("a\u{301}\u{200d}\u{202e}", 50_000)),
        row("links.html", || html("<a href=/#>notify users</a> <a name=#></a>", 10_000)),
        row("headings.html", || html("<h2>Part #</h2><h3>Notice</h3><p>x</p>", 8_000)),
        row("items.html", || html("<li>item", 40_000)),
        row("one-line.html", || html("We will notify users # times ", 8_000)),
        row("abbreviations.html", || html("e.g. i.e. U.S. ", 30_000)),
        row("dates.html", || {
            let day = |at: usize| format!("updated {}-{:02}-{:02} ", 1900 + at / 336, 1 + at / 28 % 12, 1 + at % 28);
            html(&(0..40_000).map(day).collect::<Vec<_>>().concat(), 1)
        }),
        row("statutes.html", || html("18 U.S.C. 2705(b), No. #, ", 10_000)),
        row("promises.html", || html("<p>We will notify users before we disclose record # to the police.</p>", 4_000)),
        row("half-promises.html", || html("we may not notify the user of a request if ; ", 5_000)),
        row("questions.html", || html("<h3>Do you notify users of request #?</h3><p>Yes.</p>", 5_000)),
        row("wrong-octets.html", || [html("", 0), b"a\x92b\xe2\x80 ".repeat(40_000)].concat()),
        row("nested.xhtml", || page(XHTML, "<div>", 50_000)),
        row("laughs.xhtml", || {
            let entity = |at: usize| format!("<!ENTITY e{} \"{}\">", at + 1, format!("&e{at};").repeat(10));
            let subset = (0..12).map(entity).collect::<Vec<_>>().concat();
            let head = format!("<!DOCTYPE html [<!ENTITY e0 \"ha\">{subset}]>{}", &XHTML[21..]);
            page(&head, "<p>&e12;</p></body></html>", 1)
        }),
        Row {
            says: "more time or memory",
            ..row("letters.pdf", || {
                let drawn = format!("BT /F1 9 Tf {} ET", "1 0 0 1 9 9 Tm (We will notify users) Tj ".repeat(20_000));
                crate::pdf::maker::file(vec![stream("", drawn.as_bytes())], &[])
            })
        },
        Row {
            cpu_s: 10,
            ..row("lines.pdf", || {
                let line = |at: u32| -> Line<'_> { (40, 800 - at % 70 * 11, 10, PROMISE) };
                pages(&vec![(0..140).map(line).collect(); 20])
            })
        },
    ]
}

fn lossy(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

#[test]
fn what_hostile_markup_costs_is_bounded() {
    all_keep_within_their_bounds(&markup());
}

#[test]
fn what_hostile_words_cost_is_bounded() {
    all_keep_within_their_bounds(&words());
}

fn all_keep_within_their_bounds(rows: &[Row]) {
    let place = tempfile::tempdir().expect("a directory");
    let failed: Vec<String> = rows
        .iter()
        .filter_map(|row| {
            let file = place.path().join(row.name);
            std::fs::write(&file, (row.make)()).expect("a file");
            let bounds = format!("ulimit -t {} -v {}; \"$0\" \"$@\"; echo $?; times", row.cpu_s, row.memory_mb * 1024);
            let own = program(&[]);
            let mut command = Command::new("sh");
            command.args(["-c", &bounds]).arg(own.get_program()).arg("read").arg(&file);
            command.args(["--as", "Law Enforcement Guidelines"]).env("MALLOC_ARENA_MAX", "1").stdin(Stdio::null());
            let output = command.output().expect("a shell");
            let (answer, faults) = (lossy(&output.stdout), lossy(&output.stderr));
            // The last line of `times` is what the program and its own child took.
            let (answer, took) = answer.trim_end().rsplit_once('\n').unwrap_or_default();
            println!("{:<26} {took}", row.name);
            let told = format!("{faults}{answer}");
            (!told.contains(row.says)).then(|| format!("{} ({took}): {faults} {answer:.200}", row.name))
        })
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
}
