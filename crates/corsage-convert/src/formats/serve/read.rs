//! From the document to its rules.

use super::Site;
use super::glob::Glob;
use crate::document::{Fields, Node, Value, read_all};
use crate::{NotRead, Refused, Why};

/// The headers of the files that a pattern names.
pub(super) struct Rule {
    pub(super) source: Glob,
    /// No value takes the line away.
    pub(super) headers: Vec<(String, Option<String>)>,
}

/// What changes which file is served, or how, but no line of CORS.
const INDIFFERENT: &[&str] =
    &["$schema", "public", "directoryListing", "unlisted", "symlinks", "etag", "version"];

pub(super) fn site(text: &str) -> Result<Site, NotRead> {
    let documents = read_all(text)?;
    if let Some(second) = documents.get(1) {
        return Err(second.refused("a second document"));
    }
    let Some(document) = documents.first() else {
        return Ok(Site { rules: Vec::new(), clean_urls: true });
    };
    let mut fields = Fields::of(document, "serve.json")?;
    fields.ignore(INDIFFERENT);
    let clean_urls = match fields.take("cleanUrls") {
        None => true,
        Some(Node { value: Value::Boolean(value), .. }) => *value,
        Some(node) => return Err(node.refused("cleanUrls")),
    };
    for name in ["rewrites", "redirects"] {
        // None of them is as good as no such key.
        if let Some(node) = fields.take(name)
            && !matches!(&node.value, Value::List(items) if items.is_empty())
        {
            return Err(node.refused(name));
        }
    }
    if let Some(node) = fields.take("renderSingle")
        && node.value != Value::Boolean(false)
    {
        return Err(node.refused("renderSingle"));
    }
    let headers = fields.take("headers");
    fields.done()?;
    let mut rules = Vec::new();
    let Some(headers) = headers else { return Ok(Site { rules, clean_urls }) };
    let Value::List(items) = &headers.value else { return Err(headers.rejected("headers")) };
    for item in items {
        rules.push(rule(item)?);
    }
    one_spelling(&rules, headers)?;
    Ok(Site { rules, clean_urls })
}

fn rule(node: &Node) -> Result<Rule, NotRead> {
    let mut fields = Fields::of(node, "headers")?;
    let source = fields.take("source").ok_or_else(|| node.rejected("source"))?;
    let headers = fields.take("headers").ok_or_else(|| node.rejected("headers"))?;
    fields.done()?;
    let written = source.text("source")?;
    let glob = Glob::new(&written).ok_or_else(|| source.refused(&written))?;
    let Value::List(items) = &headers.value else { return Err(headers.rejected("headers")) };
    let mut lines = Vec::new();
    for item in items {
        let mut fields = Fields::of(item, "headers")?;
        let key = fields.take("key").ok_or_else(|| item.rejected("key"))?;
        let value = fields.take("value").ok_or_else(|| item.rejected("value"))?;
        fields.done()?;
        let name = key.text("key")?;
        let is_name = !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b));
        if !is_name {
            return Err(key.refused(&name));
        }
        let value = match &value.value {
            Value::Null => None,
            Value::String(text)
                if text.bytes().all(|b| b == b'\t' || (b' '..0x7f).contains(&b)) =>
            {
                // Blanks around a value do not survive the wire.
                Some(text.trim_matches([' ', '\t']).to_owned())
            }
            _ => return Err(value.refused(&name)),
        };
        lines.push((name, value));
    }
    Ok(Rule { source: glob, headers: lines })
}

/// Keys are told apart by case there, and header names are not: what goes out depends on who writes them.
fn one_spelling(rules: &[Rule], headers: &Node) -> Result<(), NotRead> {
    let mut seen: Vec<&str> = Vec::new();
    for (key, _) in rules.iter().flat_map(|rule| &rule.headers) {
        if seen.iter().any(|other| other != key && other.eq_ignore_ascii_case(key)) {
            let span = headers.span.clone();
            return Err(NotRead::refused(Refused::new(span, key.clone(), Why::NotModelled)));
        }
        seen.push(key);
    }
    Ok(())
}
