//! From files to what one program reads together.
//!
//! Most programs read one file. Manifests are read together: a route in one file and the policy that stands
//! on it in another, or all of them as one list, as `kubectl get -o yaml` prints it.

use crate::{Format, Span, recognise};

/// What one program reads: one file, or the manifests of one kind out of many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// The format.
    pub format: Format,
    /// The text.
    pub text: String,
    /// Where the pieces of the text come from, in order.
    pub pieces: Vec<Piece>,
}

/// A piece of a unit's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where it begins in the unit's text.
    pub start: usize,
    /// The file it is from.
    pub file: String,
    /// Where it begins in that file.
    pub file_start: usize,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePlace {
    /// The file.
    pub file: String,
    /// The bytes in it.
    pub span: Span,
}

impl Unit {
    /// The first file's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.pieces.first().map_or("", |piece| piece.file.as_str())
    }

    /// The file and the bytes in it that a span of the unit's text stands for.
    #[must_use]
    pub fn place(&self, span: &Span) -> FilePlace {
        let after = self.pieces.partition_point(|piece| piece.start <= span.start);
        match after.checked_sub(1).and_then(|last| self.pieces.get(last)) {
            Some(piece) => {
                let start = span.start - piece.start + piece.file_start;
                FilePlace {
                    file: piece.file.clone(),
                    span: start..start + span.end.saturating_sub(span.start),
                }
            }
            None => FilePlace { file: String::new(), span: span.clone() },
        }
    }
}

/// What a set of files makes, and the files in which nothing was recognised.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Units {
    /// What was recognised, in the order of the files.
    pub units: Vec<Unit>,
    /// The files in which nothing was.
    pub unrecognised: Vec<String>,
}

/// Sorts files, each a name and its text, into what programs read together. `forced` is the format where it
/// is known.
#[must_use]
pub fn units(files: &[(String, String)], forced: Option<Format>) -> Units {
    let mut made = Units::default();
    for (name, text) in files {
        if let Some(format) = forced
            && !is_manifest_format(format)
        {
            made.units.push(whole(format, name, text));
            continue;
        }
        let documents = documents(text);
        let mut has_some = false;
        for document in &documents {
            let piece = &text[document.span.clone()];
            if !is_manifest(piece) {
                continue;
            }
            let recognised = recognise(piece, None);
            let format =
                forced.or_else(|| recognised.into_iter().find(|&other| is_manifest_format(other)));
            let Some(format) = format else { continue };
            has_some = true;
            add(&mut made.units, format, name, &document.text(text), document.span.start);
        }
        if has_some {
            continue;
        }
        match forced.or_else(|| recognise(text, Some(name)).first().copied()) {
            Some(format) => made.units.push(whole(format, name, text)),
            None => made.unrecognised.push(name.clone()),
        }
    }
    join_gateways(&mut made.units);
    made
}

fn whole(format: Format, name: &str, text: &str) -> Unit {
    Unit {
        format,
        text: text.to_owned(),
        pieces: vec![Piece { start: 0, file: name.to_owned(), file_start: 0 }],
    }
}

fn add(units: &mut Vec<Unit>, format: Format, name: &str, text: &str, file_start: usize) {
    let position =
        units.iter().position(|unit| unit.format == format && is_manifest_format(format));
    let unit = match position {
        Some(position) => &mut units[position],
        None => {
            units.push(Unit { format, text: String::new(), pieces: Vec::new() });
            let last = units.len() - 1;
            &mut units[last]
        }
    };
    if !unit.text.is_empty() {
        if !unit.text.ends_with('\n') {
            unit.text.push('\n');
        }
        unit.text.push_str("---\n");
    }
    unit.pieces.push(Piece { start: unit.text.len(), file: name.to_owned(), file_start });
    unit.text.push_str(text);
}

/// Envoy Gateway's policies stand on routes of the Gateway API: both are read together.
fn join_gateways(units: &mut Vec<Unit>) {
    let has_policies = units.iter().any(|unit| unit.format == Format::EnvoyGateway);
    let Some(routes) = units.iter().position(|unit| unit.format == Format::GatewayApi) else {
        return;
    };
    if !has_policies {
        return;
    }
    let routes = units.remove(routes);
    let Some(policies) = units.iter_mut().find(|unit| unit.format == Format::EnvoyGateway) else {
        return;
    };
    if !policies.text.ends_with('\n') {
        policies.text.push('\n');
    }
    policies.text.push_str("---\n");
    let shift = policies.text.len();
    policies.text.push_str(&routes.text);
    policies.pieces.extend(
        routes.pieces.into_iter().map(|piece| Piece { start: piece.start + shift, ..piece }),
    );
}

fn is_manifest_format(format: Format) -> bool {
    matches!(
        format,
        Format::IngressNginx
            | Format::GatewayApi
            | Format::EnvoyGateway
            | Format::Istio
            | Format::Agentgateway
            | Format::Traefik
            | Format::Kong
    )
}

fn is_manifest(text: &str) -> bool {
    text.contains("apiVersion") && text.contains("kind")
}

/// A document of a file, or an item of a list in it.
struct Document {
    span: Span,
    /// Where the dash of a list's item stands, which the item's own text has a blank for.
    dash: Option<usize>,
}

impl Document {
    fn text(&self, file: &str) -> String {
        let mut text = file[self.span.clone()].to_owned();
        if let Some(dash) = self.dash {
            let at = dash - self.span.start;
            text.replace_range(at..=at, " ");
        }
        text
    }
}

fn documents(text: &str) -> Vec<Document> {
    let mut documents = Vec::new();
    let (mut start, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "---" || line.starts_with("--- ") {
            documents.extend(items(text, start..at));
            start = at + line.len();
        }
        at += line.len();
    }
    documents.extend(items(text, start..text.len()));
    documents
}

/// The items of a list of manifests; the document itself where it is none.
fn items(text: &str, span: Span) -> Vec<Document> {
    let document = &text[span.clone()];
    let is_list = document.lines().any(|line| {
        let line = line.trim_end();
        line.strip_prefix("kind:").is_some_and(|kind| kind.trim().ends_with("List"))
    });
    let has_items = document.lines().any(|line| line.trim_end() == "items:");
    if !is_list || !has_items {
        return vec![Document { span, dash: None }];
    }
    let mut items: Vec<Document> = Vec::new();
    let (mut at, mut is_inside, mut indent) = (span.start, false, None);
    for line in document.split_inclusive('\n') {
        let blanks = line.len() - line.trim_start().len();
        let is_item = is_inside
            && line.trim_start().starts_with("- ")
            && indent.is_none_or(|indent| indent == blanks);
        if is_item {
            indent = Some(blanks);
            items.push(Document { span: at..at + line.len(), dash: Some(at + blanks) });
        } else if line.trim_end() == "items:" {
            is_inside = true;
        } else if is_inside && !line.trim().is_empty() && blanks <= indent.unwrap_or(0) {
            is_inside = false;
        } else if is_inside && let Some(item) = items.last_mut() {
            item.span.end = at + line.len();
        }
        at += line.len();
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "\
apiVersion: v1
items:
- apiVersion: networking.k8s.io/v1
  kind: Ingress
  metadata:
    annotations:
      nginx.ingress.kubernetes.io/enable-cors: \"true\"
- apiVersion: v1
  kind: Service
kind: List
";

    #[test]
    fn the_items_of_a_list_are_manifests_of_their_own() {
        let made = units(&[("all.yaml".to_owned(), LIST.to_owned())], None);
        let [unit] = made.units.as_slice() else { panic!("{made:?}") };
        assert_eq!(unit.format, Format::IngressNginx);
        assert!(unit.text.starts_with("  apiVersion: networking"));
        assert!(!unit.text.contains("Service"));
        let at = unit.text.find("enable-cors").unwrap();
        let place = unit.place(&(at..at + 11));
        assert_eq!(&LIST[place.span], "enable-cors");
    }

    #[test]
    fn manifests_of_many_files_are_read_together() {
        let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        let route = "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\n";
        let policy = "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: SecurityPolicy\n";
        let made = units(
            &[
                file("a.yaml", route),
                file("b.yaml", &format!("{policy}---\n{route}")),
                file("c.txt", "nothing"),
            ],
            None,
        );
        let [unit] = made.units.as_slice() else { panic!("{made:?}") };
        assert_eq!(unit.format, Format::EnvoyGateway);
        assert_eq!(unit.text.matches("HTTPRoute").count(), 2);
        assert_eq!(made.unrecognised, ["c.txt"]);
        let last = unit.text.rfind("HTTPRoute").unwrap();
        let place = unit.place(&(last..last + 9));
        assert_eq!((place.file.as_str(), place.span.start), ("b.yaml", policy.len() + 4 + 47));
    }
}
