//! XHTML as browsers read it where it is served as such: every element may be empty, names have namespaces, and the
//! page may bring entities of its own. Makes the same tree as the parser of HTML; what is not well formed is left to that.

use super::{entities, limit};
use crate::capture::markup;
use html5ever::tree_builder::{ElementFlags, NodeOrText, TreeSink};
use html5ever::{Attribute, LocalName, Namespace, QualName, local_name, ns};
use quick_xml::escape::{resolve_html5_entity, resolve_predefined_entity, unescape_with};
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;
use scraper::{Html, HtmlTreeSink};

/// The tree of a source, and why not all of it was read.
#[derive(Default)]
pub(crate) struct Parsed {
    /// The tree; None where the source is no XHTML, or not well formed.
    pub(crate) html: Option<Html>,
    pub(crate) cut: Option<String>,
}

/// Parses a source.
pub(crate) fn parse(source: &str) -> Parsed {
    let limit::Cut { text, reason } = limit::length(source);
    if reason.is_some() {
        return Parsed::default();
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text).trim_start();
    let Some(text) = entities::expanded(text) else { return Parsed::default() };
    let mut tree = Tree { sink: HtmlTreeSink::new(Html::new_document()), open: Vec::new(), tags: 0, root: false };
    let mut reader = NsReader::from_str(&text);
    reader.config_mut().check_end_names = true;
    let cut = match tree.grow(&mut reader) {
        End::Whole => None,
        End::Cut(reason) => Some(reason),
        End::Malformed => return Parsed::default(),
    };
    Parsed { html: Some(tree.sink.finish()), cut }
}

/// How the reading of a source ended.
enum End {
    /// With the end of its first element.
    Whole,
    /// Where it became too much.
    Cut(String),
    /// It is no XHTML, or not well formed.
    Malformed,
}

/// The tree in the making.
struct Tree {
    sink: HtmlTreeSink,
    open: Vec<<HtmlTreeSink as TreeSink>::Handle>,
    tags: usize,
    root: bool,
}

impl Tree {
    /// Takes all events.
    fn grow(&mut self, reader: &mut NsReader<&[u8]>) -> End {
        loop {
            let taken = match reader.read_event() {
                Ok(Event::Start(start)) => self.start(reader, &start),
                Ok(Event::Empty(start)) => self.start(reader, &start).map(|()| _ = self.open.pop()),
                Ok(Event::End(_)) if self.open.len() == 1 => return End::Whole,
                Ok(Event::End(_)) => self.open.pop().map(|_| ()),
                Ok(Event::Text(text)) => {
                    self.text(&text);
                    Some(())
                }
                Ok(Event::CData(text)) => {
                    self.text(&text);
                    Some(())
                }
                Ok(Event::GeneralRef(reference)) => self.reference(&reference),
                Ok(Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_)) => Some(()),
                Ok(Event::Eof) | Err(_) => None,
            };
            if taken.is_none() {
                return End::Malformed;
            }
            if let Some(reason) = limit::too_much(self.open.len(), self.tags) {
                return End::Cut(reason);
            }
        }
    }

    fn start(&mut self, reader: &NsReader<&[u8]>, start: &BytesStart<'_>) -> Option<()> {
        let (namespace, local) = reader.resolver().resolve_element(start.name());
        let name = name(&namespace, local.as_ref(), start.name().as_ref())?;
        if !self.root && (name.ns != ns!(html) || name.local != local_name!("html")) {
            return None;
        }
        self.root = true;
        let attributes = start.attributes().take(markup::ATTRIBUTES).map(|found| {
            let found = found.ok()?;
            let value = unescape_with(&found.value, entity).ok()?;
            let name = QualName::new(None, ns!(), LocalName::from(found.key.as_ref()));
            Some(Attribute { name, value: value.as_ref().into() })
        });
        let attributes: Option<Vec<Attribute>> = attributes.collect();
        let parent = self.open.last().copied().unwrap_or_else(|| self.sink.get_document());
        let element = self.sink.create_element(name, attributes?, ElementFlags::default());
        self.sink.append(&parent, NodeOrText::AppendNode(element));
        self.open.push(element);
        self.tags += 1;
        Some(())
    }

    /// Text outside the first element is none of the page's.
    fn text(&self, text: &str) {
        if let Some(parent) = self.open.last() {
            self.sink.append(parent, NodeOrText::AppendText(text.into()));
        }
    }

    fn reference(&self, reference: &BytesRef<'_>) -> Option<()> {
        if let Some(letter) = reference.resolve_char_ref().ok()? {
            self.text(letter.encode_utf8(&mut [0; 4]));
        } else {
            self.text(entity(reference)?);
        }
        Some(())
    }
}

/// What an entity stands for that every page may use. Browsers know these by the page's document type; one that names
/// none is read all the same.
fn entity(name: &str) -> Option<&'static str> {
    resolve_predefined_entity(name).or_else(|| resolve_html5_entity(name))
}

/// The name of an element. One of a namespace that browsers do not know is nothing but its text, whatever it is called.
fn name(namespace: &ResolveResult<'_>, local: &str, whole: &str) -> Option<QualName> {
    let ResolveResult::Bound(namespace) = namespace else {
        let unbound = matches!(namespace, ResolveResult::Unbound);
        return unbound.then(|| QualName::new(None, ns!(), LocalName::from(format!(":{whole}"))));
    };
    let namespace = Namespace::from(namespace.0);
    let known = namespace == ns!(html) || namespace == ns!(svg) || namespace == ns!(mathml);
    let local = if known { LocalName::from(local) } else { LocalName::from(format!(":{local}")) };
    Some(QualName::new(None, namespace, local))
}
