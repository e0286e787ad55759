//! Conditions: acls with names, without names, and those that are always there.

use std::collections::BTreeMap;

use super::model::{Condition, How, Patterns, Term, Test};
use super::sample::{Expression, Fetch, expression};
use super::words::Word;
use crate::NotRead;
use crate::regexes::{BadExpressionWhy, Case, Flavour, Matcher, Reach};

/// Acls by name.
pub(super) type Acls = BTreeMap<String, Vec<Test>>;

/// Reads `if …` or `unless …` at the end of a rule.
pub(super) fn condition(words: &[Word], acls: &Acls) -> Result<Option<Condition>, NotRead> {
    let Some((first, rest)) = words.split_first() else { return Ok(None) };
    let unless = match first.text.as_str() {
        "if" => false,
        "unless" => true,
        _ => return Err(first.rejected("expects either 'if' or 'unless' followed by a condition")),
    };
    if rest.is_empty() {
        return Err(first.rejected("missing condition"));
    }
    let mut any = vec![Vec::new()];
    let mut words = rest.iter().peekable();
    let mut negated = false;
    while let Some(word) = words.next() {
        let mut text = word.text.as_str();
        if text == "||" || text.eq_ignore_ascii_case("or") {
            any.push(Vec::new());
            continue;
        }
        while let Some(rest) = text.strip_prefix('!') {
            negated = !negated;
            text = rest;
        }
        if text.is_empty() {
            continue;
        }
        let tests = if text == "{" {
            let mut inside = Vec::new();
            loop {
                match words.next() {
                    Some(word) if word.text == "}" => break,
                    Some(word) => inside.push(word.clone()),
                    None => return Err(word.rejected("missing closing '}'")),
                }
            }
            vec![test(&inside, word)?]
        } else if let Some(tests) = acls.get(text) {
            tests.clone()
        } else {
            vec![always_there(text, word)?]
        };
        if let Some(terms) = any.last_mut() {
            terms.push(Term { negated, tests });
        }
        negated = false;
    }
    Ok(Some(Condition { unless, any }))
}

/// The acls that HAProxy has of itself.
fn always_there(name: &str, word: &Word) -> Result<Test, NotRead> {
    let made = |fetch, patterns| Test {
        expression: Expression { fetch, converters: Vec::new() },
        patterns,
        span: word.span.clone(),
    };
    let methods = |names: &[&str]| {
        let names = names.iter().map(|&name| name.to_owned()).collect();
        made(Fetch::Method, Patterns::Method(names))
    };
    Ok(match name {
        "TRUE" | "HTTP" | "HTTP_1.1" => made(Fetch::Bool(true), Patterns::Bool),
        "FALSE" | "HTTP_1.0" | "HTTP_2.0" => made(Fetch::Bool(false), Patterns::Bool),
        "METH_GET" => methods(&["GET", "HEAD"]),
        "METH_CONNECT" | "METH_DELETE" | "METH_HEAD" | "METH_OPTIONS" | "METH_POST"
        | "METH_PUT" | "METH_TRACE" => methods(&[&name[5..]]),
        _ => return Err(word.rejected("no such ACL")),
    })
}

/// Reads a criterion, its flags and its values.
pub(super) fn test(words: &[Word], at: &Word) -> Result<Test, NotRead> {
    let Some((criterion, rest)) = words.split_first() else {
        return Err(at.rejected("missing criterion"));
    };
    let (expression, suffix) = expression(&criterion.text, criterion)?;
    let mut how = suffix.map(str::to_owned);
    let mut ignore_case = false;
    let mut rest = rest;
    while let Some((flag, after)) = rest.split_first() {
        match flag.text.as_str() {
            "-i" => ignore_case = true,
            "-m" => {
                let Some((method, after)) = after.split_first() else {
                    return Err(flag.rejected("missing method"));
                };
                how = Some(method.text.clone());
                rest = after;
                continue;
            }
            "--" => {
                rest = after;
                break;
            }
            "-n" => {}
            text if text.starts_with('-') && text.len() == 2 && text != "-1" => {
                return Err(flag.refused());
            }
            _ => break,
        }
        rest = after;
    }
    let how = how.unwrap_or_else(|| default_method(&expression).to_owned());
    let span = criterion.span.start..words.last().unwrap_or(criterion).span.end;
    let values = || rest.iter().map(|word| word.text.clone()).collect::<Vec<_>>();
    let text = |how| Patterns::Text { how, ignore_case, values: values() };
    let patterns = match how.as_str() {
        "found" => Patterns::Found,
        "bool" => Patterns::Bool,
        "int" => Patterns::Int(ranges(rest)?),
        "len" => Patterns::Len(ranges(rest)?),
        "method" => Patterns::Method(values()),
        "str" => text(How::Exact),
        "beg" => text(How::Begin),
        "end" => text(How::End),
        "sub" => text(How::Sub),
        "dir" => text(How::Dir),
        "dom" => text(How::Dom),
        "reg" => {
            let case = if ignore_case { Case::Insensitive } else { Case::Sensitive };
            Patterns::Regex(rest.iter().map(|word| regex(word, case)).collect::<Result<_, _>>()?)
        }
        _ => return Err(criterion.refused()),
    };
    let wants_none = matches!(patterns, Patterns::Found | Patterns::Bool);
    if wants_none != rest.is_empty() {
        return Err(criterion.refused());
    }
    Ok(Test { expression, patterns, span })
}

fn default_method(expression: &Expression) -> &'static str {
    match (&expression.fetch, expression.converters.last()) {
        (_, Some(super::sample::Converter::Length)) => "int",
        (Fetch::Method, _) => "method",
        (
            Fetch::Status
            | Fetch::RequestHeaderCount { .. }
            | Fetch::ResponseHeaderCount { .. }
            | Fetch::Int(_),
            _,
        ) => "int",
        (Fetch::Bool(_), _) => "bool",
        // A variable says nothing about what it is compared as.
        (Fetch::Variable(_), _) => "unknown",
        _ => "str",
    }
}

pub(super) fn regex(word: &Word, case: Case) -> Result<Matcher, NotRead> {
    Matcher::new(&word.text, Flavour::Pcre, Reach::Part, case).map_err(|bad| match bad.why {
        BadExpressionWhy::Syntax => word.rejected("regex is invalid"),
        BadExpressionWhy::NotModelled | BadExpressionWhy::TooLarge => word.refused(),
    })
}

/// `200`, `500:599`, `ge 400`.
fn ranges(words: &[Word]) -> Result<Vec<(i64, i64)>, NotRead> {
    let mut operator = "eq";
    let mut ranges = Vec::new();
    for word in words {
        let text = word.text.as_str();
        if ["eq", "ge", "gt", "le", "lt"].contains(&text) {
            operator = text;
            continue;
        }
        let number = |text: &str| text.parse::<i64>().map_err(|_| word.rejected("not a number"));
        if let Some((from, to)) = text.split_once(':') {
            let from = if from.is_empty() { i64::MIN } else { number(from)? };
            let to = if to.is_empty() { i64::MAX } else { number(to)? };
            ranges.push((from, to));
            continue;
        }
        let number = number(text)?;
        ranges.push(match operator {
            "ge" => (number, i64::MAX),
            "gt" => (number.saturating_add(1), i64::MAX),
            "le" => (i64::MIN, number),
            "lt" => (i64::MIN, number.saturating_sub(1)),
            _ => (number, number),
        });
    }
    Ok(ranges)
}
