//! Ingress objects with ingress-nginx's annotations.
//!
//! The controller writes nginx's configuration from them, and so does this: what a browser meets is decided
//! by the text that the controller makes, read by the model of nginx.

mod annotations;
mod render;

pub(crate) use annotations::Ignored;

use crate::document::{self, Node, Value};
use crate::{NotRead, Program, Refused, Source, Span, Why};

/// What the names of the controller's annotations begin with.
const PREFIX: &str = "nginx.ingress.kubernetes.io/";

/// The annotations that say whose pages are let in: the first that is there is pointed at.
const ADMITTING: &[&str] = &["cors-allow-origin", "enable-cors"];

/// Reads every Ingress of a text; other kinds of objects are passed over.
///
/// # Errors
/// A text that is no YAML, or has no Ingress; an annotation that decides answers and has no model here.
pub(crate) fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    let documents = document::read_fragments(source.text)?;
    let mut ingresses = Vec::new();
    documents.iter().for_each(|document| collect(document, &mut ingresses));
    if ingresses.is_empty() {
        return Err(NotRead::refused(Refused::new(
            0..source.text.len(),
            "no Ingress",
            Why::NotModelled,
        )));
    }
    let rendered = render::render(&ingresses)?;
    let read = super::nginx::read_rendered(&rendered.text, &rendered.places, rendered.alike);
    read.map_err(|not_read| {
        on_ingress(not_read, |span| {
            let cors = super::nginx::source_of(&rendered.places, span);
            let of = ingresses.iter().find(|ingress| place(ingress, ADMITTING) == cors);
            of.map_or(cors, |ingress| place(ingress, &["configuration-snippet"]))
        })
    })
}

/// An Ingress that enables CORS, as it is written.
pub(crate) struct Written {
    /// Where it enables CORS.
    pub(crate) span: Span,
    /// The hosts of its rules; `_` for all others.
    pub(crate) hosts: Vec<String>,
    /// What the controller does not take of it.
    pub(crate) ignored: Vec<Ignored>,
    settings: Vec<(String, Span)>,
}

impl Written {
    /// Whether an annotation is there.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.settings.iter().any(|(other, _)| other == name)
    }

    /// Where an annotation stands; where CORS is enabled, if it is not written.
    pub(crate) fn setting(&self, name: &str) -> Span {
        let found = self.settings.iter().find(|(other, _)| other == name);
        found.map_or(self.span.clone(), |(_, span)| span.clone())
    }
}

/// Every Ingress of a text that enables CORS.
pub(crate) fn written(text: &str) -> Vec<Written> {
    let Ok(documents) = document::read_fragments(text) else { return Vec::new() };
    let mut ingresses = Vec::new();
    documents.iter().for_each(|document| collect(document, &mut ingresses));
    ingresses
        .into_iter()
        .filter_map(|ingress| {
            let annotations = annotations(ingress).ok()?;
            annotations::cors(&annotations)?;
            Some(Written {
                span: place(ingress, &["enable-cors"]),
                hosts: hosts(ingress),
                ignored: annotations::ignored(&annotations),
                settings: annotations
                    .iter()
                    .map(|(name, node, _)| ((*name).to_owned(), node.span.clone()))
                    .collect(),
            })
        })
        .collect()
}

/// Annotations about CORS of Ingress objects that do not enable it, the first of each object.
pub(crate) fn inactive(text: &str) -> Vec<(String, Span)> {
    let Ok(documents) = document::read_fragments(text) else { return Vec::new() };
    let mut ingresses = Vec::new();
    documents.iter().for_each(|document| collect(document, &mut ingresses));
    let first = |ingress: &Node| {
        let annotations = annotations(ingress).ok()?;
        if annotations::cors(&annotations).is_some() {
            return None;
        }
        let (name, node, _) = annotations.iter().find(|(name, _, _)| name.starts_with("cors-"))?;
        Some(((*name).to_owned(), node.span.clone()))
    };
    ingresses.into_iter().filter_map(first).collect()
}

fn hosts(ingress: &Node) -> Vec<String> {
    let rules = ingress.at(&["spec", "rules"]).map_or(&[][..], Node::items);
    let named = |rule: &Node| rule.get("host").and_then(Node::as_str).unwrap_or("_").to_owned();
    rules.iter().map(named).collect()
}

/// Where the first of some annotations stands that an Ingress has; where its annotations begin, if it has none.
fn place(ingress: &Node, names: &[&str]) -> Span {
    let Some(annotations) = ingress.at(&["metadata", "annotations"]) else {
        return ingress.span.clone();
    };
    let of = |name: &&str| {
        let entries = annotations.entries().iter();
        let mut named = entries.filter(|entry| entry.key.strip_prefix(PREFIX) == Some(*name));
        named.next().map(|entry| entry.node.span.clone())
    };
    names.iter().find_map(of).unwrap_or(annotations.span.clone())
}

/// Lists of objects, as `kubectl get` writes them, are opened.
fn collect<'n>(document: &'n Node, into: &mut Vec<&'n Node>) {
    match document.get("kind").and_then(Node::as_str) {
        Some("Ingress") => into.push(document),
        // Annotations that were cut out of one.
        None if document.at(&["metadata", "annotations"]).is_some() => into.push(document),
        Some(kind) if kind.ends_with("List") => {
            if let Some(items) = document.get("items") {
                items.items().iter().for_each(|item| collect(item, into));
            }
        }
        _ => {}
    }
}

/// What the model of nginx does not understand stands in a snippet.
fn on_ingress(not_read: NotRead, at: impl Fn(&Span) -> Span) -> NotRead {
    match not_read {
        NotRead::Refused(all) => NotRead::Refused(
            all.into_iter().map(|refused| Refused { span: at(&refused.span), ..refused }).collect(),
        ),
        NotRead::Rejected(rejected) => {
            NotRead::Rejected(crate::Rejected { span: at(&rejected.span), ..rejected })
        }
    }
}

/// The annotations of one Ingress, texts all of them.
fn annotations(ingress: &Node) -> Result<Vec<(&str, &Node, &str)>, NotRead> {
    let Some(annotations) = ingress.at(&["metadata", "annotations"]) else { return Ok(Vec::new()) };
    let mut own = Vec::new();
    for entry in annotations.entries() {
        let Some(name) = entry.key.strip_prefix(PREFIX) else { continue };
        match &entry.node.value {
            Value::String(text) => own.push((name, &entry.node, text.as_str())),
            // Kubernetes takes nothing but texts here.
            _ => return Err(entry.node.rejected(name)),
        }
    }
    Ok(own)
}
