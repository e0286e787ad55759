//! From the file to rules.

use super::{Condition, Path, Rule, Site};
use crate::document::{self, Node};
use crate::formats::next::{Bad, PathPattern};
use crate::formats::sample;
use crate::regexes::{Case, Flavour, Matcher, Reach};
use crate::{NotRead, Refused, Source, Why};

pub(super) fn site(source: &Source<'_>) -> Result<Site, NotRead> {
    let documents = document::read_all(source.text)?;
    let mut rules = Vec::new();
    for document in &documents {
        for node in document.get("headers").map_or(&[][..], Node::items) {
            rules.push(header_rule(node)?);
        }
        for node in document.get("routes").map_or(&[][..], Node::items) {
            rules.extend(route(node)?);
        }
    }
    if rules.is_empty() {
        let all = 0..source.text.len();
        return Err(NotRead::refused(Refused::new(all, "no headers", Why::NotModelled)));
    }
    Ok(Site { rules })
}

fn is_cors(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("access-control-") || name == "vary"
}

fn header_rule(node: &Node) -> Result<Rule, NotRead> {
    let written = node.get("source").ok_or_else(|| node.rejected("source"))?;
    let text = written.text("source")?;
    let pattern = PathPattern::strict(&text).map_err(|bad| match bad {
        Bad::Rejected => written.rejected(&text),
        Bad::NotModelled => written.refused(&text),
    })?;
    let names: Vec<String> = pattern.names().map(str::to_owned).collect();
    let mut headers = Vec::new();
    for item in node.get("headers").map_or(&[][..], Node::items) {
        let key = item.get("key").ok_or_else(|| item.rejected("key"))?.text("key")?;
        let value = item.get("value").ok_or_else(|| item.rejected("value"))?;
        if is_cors(&key) {
            let text = value.text("value")?;
            // A name of the path is filled in.
            if names.iter().any(|name| text.contains(&format!(":{name}"))) {
                return Err(value.refused(&text));
            }
            headers.push((key, text));
        }
    }
    Ok(Rule {
        path: Path::Pattern(pattern),
        methods: Vec::new(),
        has: conditions(node.get("has"))?,
        missing: conditions(node.get("missing"))?,
        headers,
        goes_on: true,
        status: None,
        span: written.span.clone(),
    })
}

/// A route of the older kind; nothing where it only names a phase.
fn route(node: &Node) -> Result<Option<Rule>, NotRead> {
    if node.get("handle").is_some() {
        return Ok(None);
    }
    let written = node.get("src").or_else(|| node.get("source"));
    let written = written.ok_or_else(|| node.rejected("src"))?;
    let text = written.text("src")?;
    let expression = format!("^(?:{})$", text.trim_start_matches('^').trim_end_matches('$'));
    let matcher = Matcher::new(&expression, Flavour::JavaScript, Reach::Part, Case::Sensitive)
        .map_err(|_| written.refused(&text))?;
    let mut headers = Vec::new();
    for entry in node.get("headers").map_or(&[][..], Node::entries) {
        if is_cors(&entry.key) {
            let value = entry.node.text(&entry.key)?;
            if value.contains('$') {
                return Err(entry.node.refused(&value));
            }
            headers.push((entry.key.clone(), value));
        }
    }
    let methods = node.get("methods").or_else(|| node.get("method"));
    let methods = match methods {
        Some(node) if node.as_str().is_some() => vec![node.text("methods")?],
        Some(node) => node.texts("methods")?,
        None => Vec::new(),
    };
    let goes_on = node.get("continue").map_or(Ok(false), |node| node.boolean("continue"))?;
    let has_destination = ["dest", "destination"].iter().any(|key| node.get(key).is_some());
    let status = match node.get("status") {
        Some(status) if !has_destination && !goes_on => {
            let status = u16::try_from(status.integer("status")?);
            Some(status.map_err(|_| node.rejected("status"))?)
        }
        _ => None,
    };
    Ok(Some(Rule {
        path: Path::Expression(matcher, sample::path(&expression)),
        methods: methods.into_iter().map(|method| method.to_ascii_uppercase()).collect(),
        has: conditions(node.get("has"))?,
        missing: conditions(node.get("missing"))?,
        headers,
        goes_on,
        status,
        span: written.span.clone(),
    }))
}

fn conditions(node: Option<&Node>) -> Result<Vec<Condition>, NotRead> {
    node.map_or(&[][..], Node::items).iter().map(condition).collect()
}

fn condition(node: &Node) -> Result<Condition, NotRead> {
    let kind = node.get("type").ok_or_else(|| node.rejected("type"))?;
    let value = node.get("value").map(|value| {
        let text = value.as_str().ok_or_else(|| value.refused("value"))?;
        let expression = format!("^(?:{text})$");
        Matcher::new(&expression, Flavour::JavaScript, Reach::Part, Case::Sensitive)
            .map_err(|_| value.refused(text))
    });
    match (kind.as_str(), value.transpose()?) {
        (Some("header"), matcher) => {
            let key = node.get("key").ok_or_else(|| node.rejected("key"))?.text("key")?;
            Ok(Condition::Header(key.to_ascii_lowercase(), matcher))
        }
        (Some("host"), Some(matcher)) => Ok(Condition::Host(matcher)),
        (what, _) => Err(kind.refused(what.unwrap_or("type"))),
    }
}
