//! Matchers: named, inline, negated.

use std::collections::BTreeMap;

use super::expression;
use super::model::{Set, Test};
use super::parse::{Line, Word};
use super::text::text;
use crate::NotRead;
use crate::regexes::{BadExpressionWhy, Case, Flavour, Matcher, Reach};

/// Sets by name, the sign left out.
pub(super) type Named = BTreeMap<String, Set>;

/// Reads the named matchers among the lines of a site or block.
pub(super) fn named(lines: &[Line], outer: &Named, outputs: &[String]) -> Result<Named, NotRead> {
    let mut named = outer.clone();
    for line in lines {
        let Some((first, rest)) = line.words.split_first() else { continue };
        let Some(name) = first.text.strip_prefix('@') else { continue };
        let mut set = Set::default();
        match &line.block {
            Some(block) => {
                for line in block {
                    let Some((kind, rest)) = line.words.split_first() else { continue };
                    add(&mut set, kind, rest, line.block.as_deref(), outputs)?;
                }
            }
            None => match rest.split_first() {
                // An expression needs no name where it is quoted.
                Some((only, [])) => {
                    set.0.push(Test::Expression(expression::read(only)?));
                }
                Some((kind, rest)) => add(&mut set, kind, rest, None, outputs)?,
                None => return Err(first.rejected("empty matcher")),
            },
        }
        if set.0.is_empty() {
            return Err(first.rejected("empty matcher"));
        }
        if named.insert(name.to_owned(), set).is_some() {
            return Err(first.rejected("matcher is defined more than once"));
        }
    }
    Ok(named)
}

/// Adds one test: values of the same kind are alternatives, kinds have to hold together.
fn add(
    set: &mut Set,
    kind: &Word,
    rest: &[Word],
    block: Option<&[Line]>,
    outputs: &[String],
) -> Result<(), NotRead> {
    if block.is_some() && kind.text != "not" {
        return Err(kind.refused());
    }
    match kind.text.as_str() {
        "header" => {
            let (name, value) = match rest {
                [name] if name.text.starts_with('!') => (name, None),
                [name, value] => (name, Some(value)),
                _ => return Err(kind.rejected("malformed header matcher")),
            };
            let key = name.text.trim_start_matches('!').to_ascii_lowercase();
            let span = name.span.start..value.unwrap_or(name).span.end;
            let value = value.map(|value| text(value, outputs)).transpose()?;
            for test in &mut set.0 {
                if let Test::Header { name, values: Some(values), .. } = test
                    && *name == key
                    && let Some(value) = &value
                {
                    values.push(value.clone());
                    return Ok(());
                }
            }
            set.0.push(Test::Header { name: key, values: value.map(|value| vec![value]), span });
        }
        "header_regexp" => {
            let (label, name, expression) = match rest {
                [name, expression] => (String::new(), name, expression),
                [label, name, expression] => (label.text.clone(), name, expression),
                _ => return Err(kind.rejected("malformed header_regexp matcher")),
            };
            set.0.push(Test::HeaderRegex {
                name: name.text.to_ascii_lowercase(),
                label,
                matcher: regex(expression)?,
                span: expression.span.clone(),
            });
        }
        "method" if !rest.is_empty() => {
            let methods = rest.iter().map(|word| word.text.to_ascii_uppercase());
            match set.0.iter_mut().find_map(|test| match test {
                Test::Method(methods) => Some(methods),
                _ => None,
            }) {
                Some(known) => known.extend(methods),
                None => set.0.push(Test::Method(methods.collect())),
            }
        }
        "path" if !rest.is_empty() => {
            if let Some(word) = rest.iter().find(|word| word.text.contains(['{', '%', '[', '?'])) {
                return Err(word.refused());
            }
            let paths = rest.iter().map(|word| word.text.to_ascii_lowercase());
            match set.0.iter_mut().find_map(|test| match test {
                Test::Path(paths) => Some(paths),
                _ => None,
            }) {
                Some(known) => known.extend(paths),
                None => set.0.push(Test::Path(paths.collect())),
            }
        }
        "path_regexp" => {
            let (label, expression) = match rest {
                [expression] => (String::new(), expression),
                [label, expression] => (label.text.clone(), expression),
                _ => return Err(kind.rejected("malformed path_regexp matcher")),
            };
            set.0.push(Test::PathRegex { label, matcher: regex(expression)? });
        }
        "host" if !rest.is_empty() => {
            set.0
                .push(Test::Host(rest.iter().map(|word| word.text.to_ascii_lowercase()).collect()));
        }
        "not" => {
            let mut inner = Set::default();
            match (block, rest.split_first()) {
                (Some(block), None) => {
                    for line in block {
                        let Some((kind, rest)) = line.words.split_first() else { continue };
                        add(&mut inner, kind, rest, line.block.as_deref(), outputs)?;
                    }
                }
                (None, Some((kind, rest))) => add(&mut inner, kind, rest, None, outputs)?,
                _ => return Err(kind.refused()),
            }
            set.0.push(Test::Not(vec![inner]));
        }
        "expression" => {
            // The words as they are written make one expression.
            let raw: Vec<&str> = match rest {
                [] => return Err(kind.rejected("missing expression")),
                [only] => vec![only.text.as_str()],
                words => words.iter().map(|word| word.raw.as_str()).collect(),
            };
            let span = rest[0].span.start..rest[rest.len() - 1].span.end;
            let joined = Word { text: raw.join(" "), raw: String::new(), span };
            set.0.push(Test::Expression(expression::read(&joined)?));
        }
        _ => return Err(kind.refused()),
    }
    Ok(())
}

pub(super) fn regex(word: &Word) -> Result<Matcher, NotRead> {
    if word.text.contains("{http.") || word.text.contains("{header.") {
        return Err(word.refused());
    }
    Matcher::new(&word.text, Flavour::Re2, Reach::Part, Case::Sensitive).map_err(|bad| {
        match bad.why {
            BadExpressionWhy::Syntax => word.rejected("error parsing regexp"),
            BadExpressionWhy::NotModelled | BadExpressionWhy::TooLarge => word.refused(),
        }
    })
}

/// Takes a matcher off the front of a directive's words.
pub(super) fn take<'w>(
    words: &'w [Word],
    named: &Named,
) -> Result<(Option<Set>, &'w [Word]), NotRead> {
    let Some((first, rest)) = words.split_first() else { return Ok((None, words)) };
    if let Some(name) = first.text.strip_prefix('@') {
        let set = named.get(name).ok_or_else(|| first.rejected("unrecognized matcher name"))?;
        return Ok((Some(set.clone()), rest));
    }
    if first.text == "*" {
        return Ok((None, rest));
    }
    if first.text.starts_with('/') {
        if first.text.contains(['{', '%', '[', '?']) {
            return Err(first.refused());
        }
        return Ok((Some(Set(vec![Test::Path(vec![first.text.to_ascii_lowercase()])])), rest));
    }
    Ok((None, words))
}
