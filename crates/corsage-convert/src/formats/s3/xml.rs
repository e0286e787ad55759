//! Rules as XML.

use super::rule::Rule;
use crate::{NotRead, Refused, Why};

/// How deep elements may stand inside each other.
const MAX_NESTING: usize = 64;

/// The rules of a text; none where there is no text.
pub(super) fn rules(text: &str) -> Result<Option<Vec<Rule>>, NotRead> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let document = crate::formats::xml::parse(text, MAX_NESTING)?;
    let root = document.root_element();
    if root.tag_name().name() != "CORSConfiguration" {
        let what = root.tag_name().name().to_owned();
        return Err(NotRead::refused(Refused::new(root.range(), what, Why::Syntax)));
    }
    let mut rules = Vec::new();
    for element in root.children().filter(roxmltree::Node::is_element) {
        if element.tag_name().name() != "CORSRule" {
            continue;
        }
        let mut rule = Rule { span: element.range(), ..Rule::default() };
        let mut seen: Vec<&str> = Vec::new();
        for child in element.children().filter(roxmltree::Node::is_element) {
            let name = child.tag_name().name();
            let value = child.text().unwrap_or_default().trim().to_owned();
            if seen.contains(&name) && seen.last() != Some(&name) {
                rule.scattered = true;
            }
            seen.push(name);
            match name {
                "AllowedOrigin" => rule.origins.push(value),
                "AllowedMethod" => rule.methods.push(value),
                "AllowedHeader" => rule.headers.push(value),
                "ExposeHeader" => rule.expose.push(value),
                "MaxAgeSeconds" => {
                    rule.ages += 1;
                    rule.max_age = Some(value.parse().map_err(|_| {
                        NotRead::refused(Refused::new(child.range(), value.clone(), Why::Syntax))
                    })?);
                }
                // Stores pass by what they do not know.
                _ => {}
            }
        }
        rules.push(rule);
    }
    Ok(Some(rules))
}
