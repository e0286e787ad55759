//! Ingress objects with ingress-nginx's annotations.
//!
//! The controller writes nginx's configuration from them, and so does this: what a browser meets is decided
//! by the text that the controller makes, read by the model of nginx.

mod annotations;
mod render;

pub(crate) use annotations::Ignored;

use crate::document::{self, Node, Value};
use crate::{NotRead, Program, Refused, Source, Span, Why};

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
    read.map_err(|not_read| on_ingress(not_read, &rendered.places))
}

/// What of a text enables CORS, by the place of its annotations, and what of it the controller does not take.
pub(crate) fn written(text: &str) -> Vec<(Span, Vec<String>, Vec<Ignored>)> {
    let Ok(documents) = document::read_all(text) else { return Vec::new() };
    let mut ingresses = Vec::new();
    documents.iter().for_each(|document| collect(document, &mut ingresses));
    ingresses
        .into_iter()
        .filter_map(|ingress| {
            let annotations = annotations(ingress).ok()?;
            annotations::cors(&annotations)?;
            let names = annotations.iter().map(|(name, ..)| (*name).to_owned()).collect();
            Some((place(ingress), names, annotations::ignored(&annotations)))
        })
        .collect()
}

/// Where the annotations of an Ingress stand.
fn place(ingress: &Node) -> Span {
    ingress.at(&["metadata", "annotations"]).map_or(ingress.span.clone(), |node| node.span.clone())
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
fn on_ingress(not_read: NotRead, places: &[(usize, Span)]) -> NotRead {
    let at = |span: &Span| super::nginx::source_of(places, span);
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
        let Some(name) = entry.key.strip_prefix("nginx.ingress.kubernetes.io/") else { continue };
        match &entry.node.value {
            Value::String(text) => own.push((name, &entry.node, text.as_str())),
            // Kubernetes takes nothing but texts here.
            _ => return Err(entry.node.rejected(name)),
        }
    }
    Ok(own)
}
