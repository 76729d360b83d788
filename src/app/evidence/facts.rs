//! The facts of a bundle as words and numbers, for its papers: nothing is left to look up, and nothing is judged.

use super::archive::Files;
use super::proof::Chain;
use super::subject::{Exhibit, Subject};
use crate::app::analysis::capture_text::visible;
use crate::app::json::verdict_name;
use crate::app::text;
use crate::app::text::clean;
use crate::io::store::Root;
use jiff::Timestamp;
use noticewatch_core::capture::{Outcome, Visit};
use noticewatch_core::history::Finding;
use noticewatch_core::letter::change_in_short;
use std::collections::BTreeMap;

/// All facts.
#[derive(Clone, Debug)]
pub struct BundleFacts {
    /// `noticewatch 0.1.0`.
    pub program: String,
    /// The bundle's directory.
    pub dir: String,
    /// `Discord privacy policy`.
    pub label: String,
    /// The page's address.
    pub url: String,
    /// The change.
    pub change: Option<ChangeFacts>,
    /// The sentence that stands at the head of each paper, where the change was a fault of ours.
    pub corrected: Option<String>,
    /// The captures.
    pub exhibits: Vec<CaptureFacts>,
    /// How many looks there were, how many saw a page, and how many came home with nothing.
    pub looks: [usize; 3],
    /// First and last look.
    pub window: Option<[String; 2]>,
    /// What happened, in order: time and words.
    pub timeline: Vec<(String, String)>,
    /// The steps to the roots.
    pub steps: Vec<super::proof::ProofStep>,
    /// The roots: day, digest, when it was made, and by whom and when it was stamped.
    pub roots: Vec<Rooted>,
}

/// A change in words.
#[derive(Clone, Debug)]
pub struct ChangeFacts {
    /// The finding's id.
    pub id: String,
    /// What it is called.
    pub verdict: String,
    /// Last look with the wording before, first with the wording after, and when it was settled.
    pub last: String,
    /// First look with the wording after.
    pub first: String,
    /// When enough looks agreed.
    pub settled: String,
    /// Why it settled, where the operator's word decided and not the looks.
    pub accepted: Option<String>,
    /// Why it is called so.
    pub reasons: Vec<String>,
    /// The wording before.
    pub before: Option<String>,
    /// The wording after.
    pub after: Option<String>,
}

/// A capture in words.
#[derive(Clone, Debug)]
pub struct CaptureFacts {
    /// `A`.
    pub letter: char,
    /// `before`.
    pub what: &'static str,
    /// The file with its body, and the one with its visible text.
    pub file: String,
    /// The visible text.
    pub text_file: String,
    /// Digest of the body.
    pub sha256: String,
    /// Lines of name and value.
    pub lines: Vec<(&'static str, String)>,
    /// Whether a browser rendered it.
    pub rendered: bool,
    /// The archive that it was imported from; None: the program fetched it.
    pub origin: Option<String>,
    /// The look that saw it.
    pub seen: String,
    /// When it was fetched.
    pub fetched: String,
    /// The address that answered.
    pub url: String,
}

/// A root in words.
#[derive(Clone, Debug)]
pub struct Rooted {
    /// Its day: the name of its files.
    pub day: String,
    /// Its digest.
    pub sha256: String,
    /// When it was made.
    pub made: String,
    /// The authority and the time that it states.
    pub stamped: Option<(String, String)>,
    /// The day of the root that names this one, where that is here.
    pub next: Option<String>,
    /// Whether the authority's certificates are here.
    pub authority: bool,
}

impl BundleFacts {
    /// Gathers them. `earlier`: the findings of the page; `faults`: which of all findings were corrected.
    pub fn of<'a>(
        subject: &Subject,
        earlier: impl Iterator<Item = &'a Finding>,
        faults: &Faults,
        chain: &Chain,
        dir: &str,
    ) -> Self {
        let seen = subject.looks.iter().filter(|look| look.seen().is_some()).count();
        let ends = subject.looks.first().zip(subject.looks.last());
        Self {
            program: concat!("noticewatch ", env!("CARGO_PKG_VERSION")).to_owned(),
            dir: dir.to_owned(),
            label: subject.target.label(),
            url: subject.target.place(),
            change: subject.finding.as_ref().map(told),
            corrected: corrected(subject),
            exhibits: subject.exhibits.iter().map(shown).collect(),
            looks: [subject.looks.len(), seen, subject.looks.len() - seen],
            window: ends.map(|(first, last)| [second(first.at), second(last.at)]),
            timeline: timeline(subject, earlier, faults),
            steps: chain.steps.clone(),
            roots: chain.roots.iter().map(|root| rooted(root, &chain.roots)).collect(),
        }
    }

    /// The days whose lists the steps lead to.
    pub fn days(&self) -> Vec<&str> {
        let mut days: Vec<&str> = self.steps.iter().filter_map(|step| step.day.as_deref()).collect();
        days.sort_unstable();
        days.dedup();
        days
    }

    /// Whether a browser rendered a page.
    pub fn rendered(&self) -> bool {
        self.exhibits.iter().any(|exhibit| exhibit.rendered)
    }

    /// The number of the declaration's first paragraph after the captures.
    pub fn next(&self) -> usize {
        self.exhibits.len() + 7 + usize::from(self.change.is_some())
    }
}

/// Findings that were a fault of ours: when that was said, and why.
type Faults = BTreeMap<String, (Timestamp, String)>;

/// What stands at the head of all that is made of a change that was a fault of ours.
pub fn corrected(subject: &Subject) -> Option<String> {
    let (at, reason) = subject.corrected.as_ref()?;
    let at = second(*at);
    Some(format!("CORRECTED {at}: this finding was a fault of ours and is withdrawn. Reason: {}", clean(reason)))
}

fn told(finding: &Finding) -> ChangeFacts {
    let lines = |text: &str| text.split('\n').map(clean).collect::<Vec<_>>().join("\n");
    let quote =
        |passage: &Option<noticewatch_core::extract::Passage>| passage.as_ref().map(|passage| lines(&passage.quote));
    ChangeFacts {
        id: finding.id.clone(),
        verdict: verdict_name(finding.change.verdict),
        last: second(finding.between[0]),
        first: second(finding.between[1]),
        settled: second(finding.settled),
        accepted: finding.accepted.as_ref().map(|accepted| clean(&accepted.sentence(&second(finding.settled)))),
        reasons: finding.change.reasons.iter().map(|reason| clean(reason)).collect(),
        before: quote(&finding.change.before),
        after: quote(&finding.change.after),
    }
}

impl ChangeFacts {
    /// The wordings as quotations in Markdown, which go on for as long as their lines begin so.
    pub fn quotations(&self) -> Vec<(&'static str, String)> {
        let quoted = |text: &String| text.replace('\n', "\n   > ");
        let sides = [("Before", &self.before), ("After", &self.after)];
        sides.into_iter().filter_map(|(side, text)| Some((side, quoted(text.as_ref()?)))).collect()
    }
}

fn shown(exhibit: &Exhibit) -> CaptureFacts {
    let capture = &exhibit.capture;
    let mut lines = vec![
        ("Asked for", capture.url.clone()),
        ("Answered by", capture.final_url.clone()),
        ("Started", capture.started.to_string()),
        ("Ended", capture.ended.to_string()),
        ("Status", capture.status.to_string()),
        ("SHA-256 of the body", capture.sha256.to_string()),
    ];
    let mut add = |name, value: Option<String>| lines.extend(value.map(|value| (name, value)));
    add("SHA-256 as received", capture.sha256_received.map(|sha256| sha256.to_string()));
    for hop in &capture.redirects {
        // A page that answered 200 did not redirect: a link on it was followed.
        let how = if hop.status == 200 { "Link followed" } else { "Redirected" };
        add(how, Some(format!("{} from {} to {}", hop.status, hop.url, hop.location)));
    }
    add("Remark", capture.remark.clone());
    add("Peer", capture.peer.clone());
    add("TLS", capture.tls.as_ref().and_then(|tls| tls.version.clone()));
    add("SHA-256 of the certificate", capture.tls.as_ref().map(|tls| tls.certificate.to_string()));
    add("Recorded by", capture.origin.clone());
    add("Rendered by", capture.rendered.as_ref().map(|rendered| rendered.browser.clone()));
    add("SHA-256 as served", capture.rendered.as_ref().map(|rendered| rendered.served.to_string()));
    add("Program", Some(capture.program.clone()));
    if let Some(maker) = &capture.maker {
        let part = [("Build", &maker.build), ("Settings", &maker.settings), ("Rules", &maker.rules)];
        for (name, value) in part {
            add(name, Some(value.clone()));
        }
    }
    for (_, value) in &mut lines {
        *value = clean(value);
    }
    let [file, text_file] = super::facts::names(exhibit);
    CaptureFacts {
        letter: exhibit.letter,
        what: exhibit.what,
        file,
        text_file,
        sha256: capture.sha256.to_string(),
        rendered: capture.rendered.is_some(),
        origin: capture.origin.as_deref().map(clean),
        lines,
        seen: exhibit.look.as_ref().map_or_else(|| second(capture.ended), |look| second(look.at)),
        fetched: second(capture.ended),
        url: clean(&capture.final_url),
    }
}

fn rooted(root: &Root, all: &[Root]) -> Rooted {
    Rooted {
        day: root.day(),
        sha256: root.sha256.to_string(),
        made: second(root.made),
        next: all.iter().find(|next| next.names(root)).map(Root::day),
        stamped: root.stamp.as_ref().map(|stamp| (stamp.url.clone(), second(stamp.time))),
        authority: root.stamp.as_ref().is_some_and(|stamp| stamp.authority.is_some()),
    }
}

/// Earlier changes of the page, then the looks: runs that ended alike are one line.
fn timeline<'a>(
    subject: &Subject,
    earlier: impl Iterator<Item = &'a Finding>,
    faults: &Faults,
) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    for finding in earlier.filter(|finding| finding.settled <= subject.until) {
        let fault = faults
            .get(&finding.id)
            .map(|(at, reason)| format!(", CORRECTED {} as a fault of ours: {reason}", second(*at)));
        let words = format!(
            "{}: {} (finding {}{})",
            verdict_name(finding.change.verdict),
            change_in_short(&finding.change),
            finding.id,
            fault.unwrap_or_default()
        );
        let settled = if finding.accepted.is_some() { "change accepted by the operator" } else { "change settled" };
        lines.push((finding.between[1], format!("change first seen: {words}")));
        lines.push((finding.settled, format!("{settled}: {words}")));
    }
    let mut run: Option<(&Visit, &Visit, usize)> = None;
    let close = |run: Option<(&Visit, &Visit, usize)>, lines: &mut Vec<(Timestamp, String)>| match run {
        Some((only, _, 1)) => lines.push((only.at, ended(only))),
        Some((first, last, count)) => {
            lines.push((first.at, format!("{} ({count} looks, the last {})", ended(first), second(last.at))));
        }
        None => {}
    };
    for look in &subject.looks {
        match &mut run {
            Some((first, last, count)) if ended(first) == ended(look) => (*last, *count) = (look, *count + 1),
            _ => close(run.replace((look, look, 1)), &mut lines),
        }
    }
    close(run, &mut lines);
    lines.sort_by_key(|(at, _)| *at);
    lines.into_iter().map(|(at, words)| (second(at), clean(&words))).collect()
}

/// How a look ended, in words.
fn ended(look: &Visit) -> String {
    match &look.outcome {
        Outcome::Captured { sha256 } => format!("looked: captured {}", sha256.short()),
        Outcome::SameText { kept, .. } => format!("looked: same text as capture {}", kept.short()),
        Outcome::NotModified { kept } => format!("looked: not modified since capture {}", kept.short()),
        Outcome::Missed(missed) => format!("looked, and saw nothing: {}", missed.detail),
    }
}

/// A time to the second.
fn second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// The files of an exhibit: the body as it was kept, and the text that a reader sees.
pub fn names(exhibit: &Exhibit) -> [String; 2] {
    let ending = match exhibit.capture.media_type.as_str() {
        "application/pdf" => "pdf",
        "text/plain" => "txt",
        "text/markdown" => "md",
        _ => "html",
    };
    let letter = exhibit.letter;
    [format!("exhibit-{letter}.{ending}"), format!("exhibit-{letter}-text.txt")]
}

/// Adds the body of an exhibit, and its text.
pub fn exhibit(exhibit: &Exhibit, files: &mut Files) {
    let [body, text] = names(exhibit);
    files.insert(body, exhibit.capture.body.clone());
    let lines = visible(&exhibit.capture, &exhibit.target);
    let lines: Vec<String> = lines.split('\n').map(text::clean).collect();
    files.insert(text, (lines.join("\n") + "\n").into_bytes());
}
