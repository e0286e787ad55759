//! The rewrite module: `if`, `return`, `rewrite`.

use super::build::{Builder, Built, wrong_count};
use super::model::{Code, Condition, Negated, RewriteFlag};
use super::parse::{Directive, Word, refused};
use super::value::{Value, rejected};
use crate::Why;
use crate::regexes::Case;

/// Reads `($variable)`, `($variable = text)` and `($variable ~ expression)`.
pub(super) fn condition(builder: &mut Builder, directive: &Directive) -> Built<Condition> {
    let bad = || rejected(&directive.name, "invalid condition");
    let words = inside_parentheses(directive).ok_or_else(bad)?;
    let [first, rest @ ..] = words.as_slice() else { return Err(bad()) };
    if first.text.starts_with('-') || first.text.starts_with('!') {
        return Err(refused(
            directive.args.first().map_or(0..0, |word| word.span.clone()),
            &first.text,
            Why::Elsewhere,
        ));
    }
    let Some(name) = first.text.strip_prefix('$') else { return Err(bad()) };
    let name = name.trim_start_matches('{').trim_end_matches('}').to_ascii_lowercase();
    if name.is_empty() {
        return Err(bad());
    }
    let [operator, value @ ..] = rest else { return Ok(Condition::Truthy(name)) };
    let value = match value {
        [] => Word { text: String::new(), span: operator.span.clone() },
        [value] => value.clone(),
        _ => return Err(bad()),
    };
    let negated = if operator.text.starts_with('!') { Negated::Yes } else { Negated::No };
    let span = first.span.start..value.span.end;
    match operator.text.as_str() {
        "=" | "!=" => Ok(Condition::Equal { name, value: Value::compile(&value)?, negated, span }),
        "~" | "!~" | "~*" | "!~*" => {
            let case =
                if operator.text.ends_with('*') { Case::Insensitive } else { Case::Sensitive };
            let expression = builder.expression(&value.text, &value, case)?;
            Ok(Condition::Matches { name, expression, negated })
        }
        _ => Err(rejected(operator, "unexpected in condition")),
    }
}

/// The words between the parentheses, which may or may not stand apart from them.
fn inside_parentheses(directive: &Directive) -> Option<Vec<Word>> {
    let mut words = directive.args.clone();
    let first = words.first_mut()?;
    first.text = first.text.strip_prefix('(')?.to_owned();
    let last = words.last_mut()?;
    last.text = last.text.strip_suffix(')')?.to_owned();
    if words.first().is_some_and(|word| word.text.is_empty()) {
        words.remove(0);
    }
    // A parenthesis of its own is no word; `""` before it is one.
    if words.last().is_some_and(|word| word.text.is_empty()) {
        words.pop();
    }
    Some(words)
}

pub(super) fn returned(directive: &Directive) -> Built<Code> {
    let (first, second) = match directive.args.as_slice() {
        [first] => (first, None),
        [first, second] => (first, Some(second)),
        _ => return Err(wrong_count(directive)),
    };
    match first.text.parse::<u16>() {
        Ok(status @ 0..=999) => {
            Ok(Code::Return { status, text: second.map(Value::compile).transpose()? })
        }
        _ if second.is_none()
            && ["http://", "https://", "$scheme"]
                .iter()
                .any(|start| first.text.starts_with(start)) =>
        {
            Ok(Code::Return { status: 302, text: Some(Value::compile(first)?) })
        }
        _ => Err(rejected(first, "invalid return code")),
    }
}

pub(super) fn rewrite(builder: &mut Builder, directive: &Directive) -> Built<Code> {
    let (expression, replacement, flag) = match directive.args.as_slice() {
        [expression, replacement] => (expression, replacement, RewriteFlag::None),
        [expression, replacement, flag] => {
            let flag = match flag.text.as_str() {
                "last" => RewriteFlag::Last,
                "break" => RewriteFlag::Break,
                "redirect" => RewriteFlag::Redirect,
                "permanent" => RewriteFlag::Permanent,
                _ => return Err(rejected(flag, "invalid parameter")),
            };
            (expression, replacement, flag)
        }
        _ => return Err(wrong_count(directive)),
    };
    let absolute =
        ["http://", "https://", "$scheme"].iter().any(|start| replacement.text.starts_with(start));
    let flag =
        if absolute && flag != RewriteFlag::Permanent { RewriteFlag::Redirect } else { flag };
    Ok(Code::Rewrite {
        expression: builder.expression(&expression.text, expression, Case::Sensitive)?,
        replacement: Value::compile(replacement)?,
        flag,
    })
}

/// The names of an expression's groups, with their numbers.
pub(super) fn group_names(expression: &str) -> Vec<(String, usize)> {
    let bytes = expression.as_bytes();
    let mut names = Vec::new();
    let (mut at, mut number, mut in_class) = (0, 0, false);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'[' => in_class = true,
            b']' => in_class = false,
            b'(' if !in_class => {
                let rest = &expression[at + 1..];
                let named = ["?<", "?P<", "?'"].iter().find_map(|open| rest.strip_prefix(open));
                match named.filter(|rest| !rest.starts_with(['=', '!'])) {
                    Some(rest) => {
                        number += 1;
                        if let Some(end) = rest.find(['>', '\'']) {
                            names.push((rest[..end].to_ascii_lowercase(), number));
                        }
                    }
                    None if rest.starts_with('?') || rest.starts_with('*') => {}
                    None => number += 1,
                }
            }
            _ => {}
        }
        at += 1;
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_counted_as_pcre_does() {
        let names = group_names(r"^(?<co>https://(?:a|b)\((?P<host>[(x])(?<=y)(\d+))$");
        assert_eq!(names, [("co".to_owned(), 1), ("host".to_owned(), 2)]);
    }
}
