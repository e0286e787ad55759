//! Policies, matchers and header changes as Envoy writes them.

use super::model::{
    AddedHeader, Append, HeaderMatch, HeaderValue, Level, Piece, Policy, StringKind, StringMatch,
};
use crate::document::{Fields, Node, Value};
use crate::regexes::{BadExpressionWhy, Case, Flavour, Matcher, Reach};
use crate::{NotRead, Refused, Rejected, Why};

/// An RE2 expression that has to fit the whole text.
pub(crate) fn go_expression(text: &str, node: &Node) -> Result<Matcher, NotRead> {
    Matcher::new(text, Flavour::Re2, Reach::Whole, Case::Sensitive).map_err(|bad| match bad.why {
        BadExpressionWhy::Syntax => {
            NotRead::Rejected(Rejected { span: node.span.clone(), what: text.to_owned() })
        }
        BadExpressionWhy::NotModelled => {
            NotRead::refused(Refused::new(node.span.clone(), text, Why::NotModelled))
        }
        BadExpressionWhy::TooLarge => {
            NotRead::refused(Refused::new(node.span.clone(), text, Why::TooLarge))
        }
    })
}

/// Envoy's `StringMatcher`, and Istio's `StringMatch`.
pub(crate) fn string_match(node: &Node) -> Result<StringMatch, NotRead> {
    let mut fields = Fields::of(node, "string match")?;
    let ignore_case = flag(fields.take("ignore_case"))?.unwrap_or(false);
    let mut kinds = Vec::new();
    let mut span = node.span.clone();
    for (key, make) in [
        ("exact", StringKind::Exact as fn(String) -> StringKind),
        ("prefix", StringKind::Prefix),
        ("suffix", StringKind::Suffix),
        ("contains", StringKind::Contains),
    ] {
        if let Some(value) = fields.take(key) {
            kinds.push(make(value.text(key)?));
        }
    }
    if let Some(value) = fields.take("regex") {
        kinds.push(StringKind::Regex(go_expression(&value.text("regex")?, value)?));
    }
    if let Some(value) = fields.take("safe_regex") {
        let mut regex = Fields::of(value, "safe_regex")?;
        regex.ignore(&["google_re2"]);
        let Some(text) = regex.take("regex") else { return Err(value.rejected("safe_regex")) };
        span = text.span.clone();
        kinds.push(StringKind::Regex(go_expression(&text.text("regex")?, text)?));
        regex.done()?;
    }
    fields.done()?;
    let (Some(kind), None) = (kinds.pop(), kinds.pop()) else {
        return Err(node.refused("string match"));
    };
    Ok(StringMatch { kind, ignore_case, span })
}

/// The values under `typed_per_filter_config`, and the old places of policies.
pub(super) fn filter_config(node: Option<&Node>, level: &mut Level) -> Result<(), NotRead> {
    let Some(node) = node else { return Ok(()) };
    for entry in node.entries() {
        if entry.key != "envoy.filters.http.cors" {
            return Err(NotRead::refused(Refused::new(
                entry.key_span.clone(),
                entry.key.clone(),
                Why::NotModelled,
            )));
        }
        any_policy(&entry.node, level)?;
    }
    Ok(())
}

fn any_policy(node: &Node, level: &mut Level) -> Result<(), NotRead> {
    let kind = node.get("@type").and_then(Node::as_str).unwrap_or_default();
    if kind.ends_with(".FilterConfig") {
        let mut fields = Fields::of(node, "FilterConfig")?;
        fields.ignore(&["@type", "is_optional"]);
        level.disabled = Some(flag(fields.take("disabled"))?.unwrap_or(false));
        if let Some(config) = fields.take("config") {
            any_policy(config, level)?;
        }
        return fields.done();
    }
    if !kind.ends_with(".CorsPolicy") {
        return Err(node.refused("@type"));
    }
    level.policy = Some(cors_policy(node)?);
    Ok(())
}

/// `CorsPolicy`.
pub(super) fn cors_policy(node: &Node) -> Result<Policy, NotRead> {
    let mut fields = Fields::of(node, "CorsPolicy")?;
    fields.ignore(&["@type"]);
    let mut policy = Policy::default();
    if let Some(origins) = fields.take("allow_origin_string_match") {
        origins.items().iter().try_for_each(not_empty)?;
        policy.origins = origins.items().iter().map(string_match).collect::<Result<_, _>>()?;
    }
    let mut text = |key| fields.take(key).map_or(Ok(String::new()), |node| node.text(key));
    policy.methods = text("allow_methods")?;
    policy.headers = text("allow_headers")?;
    policy.expose = text("expose_headers")?;
    policy.max_age = text("max_age")?;
    policy.credentials = flag(fields.take("allow_credentials"))?;
    policy.forward_unmatched = flag(fields.take("forward_not_matching_preflights"))?;
    policy.private_network = flag(fields.take("allow_private_network_access"))?;
    // Only counts what would have happened.
    fields.ignore(&["shadow_enabled"]);
    if let Some(enabled) = fields.take("filter_enabled") {
        let value = enabled.get("default_value").unwrap_or(enabled);
        let numerator = match value.get("numerator").map(|node| &node.value) {
            Some(Value::Integer(number)) => number.as_str(),
            None => "0",
            Some(_) => return Err(value.refused("numerator")),
        };
        let all = match value.get("denominator").and_then(Node::as_str).unwrap_or("HUNDRED") {
            "HUNDRED" => "100",
            "TEN_THOUSAND" => "10000",
            _ => "1000000",
        };
        policy.off = match numerator {
            "0" => true,
            number if number == all => false,
            // Some of the requests, by lot.
            _ => return Err(value.refused("filter_enabled")),
        };
    }
    fields.done()?;
    Ok(policy)
}

/// Envoy loads no part of a text, and no expression, that is empty.
fn not_empty(matcher: &Node) -> Result<(), NotRead> {
    let parts = ["prefix", "suffix", "contains"].map(|key| matcher.get(key));
    let expression = matcher.at(&["safe_regex", "regex"]);
    match parts.into_iter().chain([expression]).flatten().find(|node| node.as_str() == Some("")) {
        Some(node) => Err(node.rejected("at least one character is wanted")),
        None => Ok(()),
    }
}

/// `true` and `false`, wrapped values too.
pub(super) fn flag(node: Option<&Node>) -> Result<Option<bool>, NotRead> {
    match node.map(|node| (&node.value, node)) {
        None | Some((Value::Null, _)) => Ok(None),
        Some((Value::Boolean(value), _)) => Ok(Some(*value)),
        Some((Value::Map(_), node)) if node.get("value").is_some() => flag(node.get("value")),
        Some((_, node)) => Err(node.rejected("boolean")),
    }
}

/// `response_headers_to_add` and `response_headers_to_remove`.
pub(super) fn header_changes(fields: &mut Fields<'_>, level: &mut Level) -> Result<(), NotRead> {
    if let Some(names) = fields.take("response_headers_to_remove") {
        level.to_remove = names.texts("response_headers_to_remove")?;
        level.to_remove.iter_mut().for_each(|name| name.make_ascii_lowercase());
    }
    if let Some(headers) = fields.take("response_headers_to_add") {
        for header in headers.items() {
            level.to_add.push(added(header)?);
        }
    }
    Ok(())
}

fn added(node: &Node) -> Result<AddedHeader, NotRead> {
    let mut fields = Fields::of(node, "header")?;
    let Some(header) = fields.take("header") else { return Err(node.rejected("header")) };
    let key = header.get("key").ok_or_else(|| header.rejected("key"))?.text("key")?;
    let value = header.get("value").map_or(Ok(String::new()), |value| value.text("value"))?;
    let action = match fields
        .take("append_action")
        .map(|node| node.text("append_action"))
        .transpose()?
        .as_deref()
    {
        None => match flag(fields.take("append"))? {
            Some(false) => Append::Overwrite,
            _ => Append::Add,
        },
        Some("APPEND_IF_EXISTS_OR_ADD") => Append::Add,
        Some("ADD_IF_ABSENT") => Append::AddIfAbsent,
        Some("OVERWRITE_IF_EXISTS_OR_ADD") => Append::Overwrite,
        Some("OVERWRITE_IF_EXISTS") => Append::OverwriteIfPresent,
        Some(other) => return Err(node.rejected(other)),
    };
    let keep_empty = flag(fields.take("keep_empty_value"))?.unwrap_or(false);
    fields.done()?;
    Ok(AddedHeader {
        name: key.to_ascii_lowercase(),
        value: pieces(&value, header)?,
        action,
        keep_empty,
    })
}

/// A value with `%REQ(name)%` in it.
fn pieces(text: &str, node: &Node) -> Result<Vec<Piece>, NotRead> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        if !before.is_empty() {
            pieces.push(Piece::Text(before.to_owned()));
        }
        if let Some(after) = after.strip_prefix('%') {
            pieces.push(Piece::Text("%".to_owned()));
            rest = after;
            continue;
        }
        let Some((command, after)) = after.split_once('%') else { return Err(node.rejected(text)) };
        let name = command.strip_prefix("REQ(").and_then(|name| name.strip_suffix(')'));
        let Some(name) = name else { return Err(node.refused(command)) };
        let (name, other) = match name.split_once('?') {
            Some((name, other)) => (name, Some(other.to_ascii_lowercase())),
            None => (name, None),
        };
        if name.starts_with(':') {
            return Err(node.refused(command));
        }
        pieces.push(Piece::Request(name.to_ascii_lowercase(), other));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Ok(pieces)
}

/// A route's test on a header.
pub(super) fn header_match(node: &Node) -> Result<HeaderMatch, NotRead> {
    let mut fields = Fields::of(node, "header match")?;
    let name = fields
        .take("name")
        .ok_or_else(|| node.rejected("name"))?
        .text("name")?
        .to_ascii_lowercase();
    let inverted = flag(fields.take("invert_match"))?.unwrap_or(false);
    let treat_missing = flag(fields.take("treat_missing_header_as_empty"))?.unwrap_or(false);
    if treat_missing {
        return Err(node.refused("treat_missing_header_as_empty"));
    }
    let old = |kind: fn(String) -> StringKind, value: &Node| -> Result<HeaderValue, NotRead> {
        let kind = kind(value.text("header match")?);
        Ok(HeaderValue::Is(StringMatch { kind, ignore_case: false, span: value.span.clone() }))
    };
    let value = if let Some(matcher) = fields.take("string_match") {
        HeaderValue::Is(string_match(matcher)?)
    } else if let Some(present) = fields.take("present_match") {
        match flag(Some(present))? {
            Some(false) => HeaderValue::Absent,
            _ => HeaderValue::Present,
        }
    } else if let Some(value) = fields.take("exact_match") {
        old(StringKind::Exact, value)?
    } else if let Some(value) = fields.take("prefix_match") {
        old(StringKind::Prefix, value)?
    } else if let Some(value) = fields.take("suffix_match") {
        old(StringKind::Suffix, value)?
    } else if let Some(value) = fields.take("contains_match") {
        old(StringKind::Contains, value)?
    } else {
        HeaderValue::Present
    };
    fields.done()?;
    Ok(HeaderMatch { name, value, inverted })
}
