//! What values can do: operators, methods, functions that are always there.

use std::rc::Rc;

use ruff_python_ast::Operator;

use super::call::Argument;
use super::evaluate::MAX_LENGTH;
use super::value::{Pattern, Value, truth};
use crate::regexes::Case;
use crate::{Span, Why};

/// A set: each item once.
pub(super) fn set(items: Vec<Value>) -> Value {
    let mut unique: Vec<Value> = Vec::new();
    for item in items {
        if !unique.iter().any(|other| other.is_equal(&item)) {
            unique.push(item);
        }
    }
    Value::Set(unique)
}

pub(super) fn set_field(fields: &mut Vec<(Value, Value)>, key: Value, value: Value) {
    match fields.iter_mut().find(|(other, _)| other.is_equal(&key)) {
        Some((_, old)) => *old = value,
        None => fields.push((key, value)),
    }
}

pub(super) fn contains(owner: &Value, item: &Value) -> Option<bool> {
    match (owner, item) {
        (Value::Text(text), Value::Text(part)) => Some(text.contains(&**part)),
        (Value::Text(_), _) => None,
        _ => Some(owner.items()?.iter().any(|other| other.is_equal(item))),
    }
}

pub(super) fn subscript(owner: &Value, key: &Value) -> Option<Value> {
    match (owner, key) {
        (Value::Dict(fields), key) => {
            fields.iter().find(|(other, _)| other.is_equal(key)).map(|(_, value)| value.clone())
        }
        (Value::List(items) | Value::Tuple(items), Value::Int(at)) => {
            let at = if *at < 0 { items.len() as i64 + at } else { *at };
            items.get(usize::try_from(at).ok()?).cloned()
        }
        _ => None,
    }
}

pub(super) fn binary(operator: Operator, left: &Value, right: &Value) -> Option<Value> {
    Some(match (operator, left, right) {
        (Operator::Add, Value::Text(a), Value::Text(b)) if a.len() + b.len() < MAX_LENGTH => {
            Value::text(format!("{a}{b}"))
        }
        (Operator::Add, Value::List(a), Value::List(b)) if a.len() + b.len() < MAX_LENGTH => {
            Value::List(a.iter().chain(b).cloned().collect())
        }
        (Operator::Add, Value::Tuple(a), Value::Tuple(b)) if a.len() + b.len() < MAX_LENGTH => {
            Value::Tuple(a.iter().chain(b).cloned().collect())
        }
        (Operator::BitOr, Value::Set(a), Value::Set(b)) => {
            set(a.iter().chain(b).cloned().collect())
        }
        (Operator::BitOr, Value::Dict(a), Value::Dict(b)) => {
            let mut fields = a.clone();
            for (key, value) in b {
                set_field(&mut fields, key.clone(), value.clone());
            }
            Value::Dict(fields)
        }
        (Operator::Add, Value::Int(a), Value::Int(b)) => Value::Int(a.checked_add(*b)?),
        (Operator::Sub, Value::Int(a), Value::Int(b)) => Value::Int(a.checked_sub(*b)?),
        (Operator::Mult, Value::Int(a), Value::Int(b)) => Value::Int(a.checked_mul(*b)?),
        (Operator::Mod, Value::Text(format), value) => return percent(format, value),
        _ => return None,
    })
}

/// `"…%s…" % value`.
fn percent(format: &str, value: &Value) -> Option<Value> {
    let values = match value {
        Value::Tuple(items) => items.clone(),
        other => vec![other.clone()],
    };
    let parts: Vec<&str> = format.split("%s").collect();
    if parts.len() != values.len() + 1 || parts.iter().any(|part| part.contains('%')) {
        return None;
    }
    let mut text = parts[0].to_owned();
    for (value, part) in values.iter().zip(&parts[1..]) {
        text.push_str(&value.to_text()?);
        text.push_str(part);
    }
    Some(Value::text(text))
}

/// A method: what it gives, and what becomes of its owner where that changes.
pub(super) fn call(
    owner: &Value,
    name: &str,
    arguments: &[Argument],
) -> (Option<Value>, Option<Value>) {
    let first = arguments.first().map(|argument| &argument.value);
    match owner {
        Value::Text(text) => (text_method(text, name, arguments), None),
        Value::List(items) => {
            let mut items = items.clone();
            match (name, first) {
                ("append", Some(item)) => items.push(item.clone()),
                ("insert", Some(Value::Int(at))) => {
                    let Some(item) = arguments.get(1) else { return (None, None) };
                    let at = usize::try_from(*at).unwrap_or(0).min(items.len());
                    items.insert(at, item.value.clone());
                }
                ("extend", Some(more)) => match more.items() {
                    Some(more) if items.len() + more.len() < MAX_LENGTH => items.extend(more),
                    _ => items.push(more.clone()),
                },
                ("copy", None) => return (Some(owner.clone()), None),
                _ => return (None, None),
            }
            (Some(Value::None), Some(Value::List(items)))
        }
        Value::Set(items) => match (name, first) {
            ("add", Some(item)) => {
                let all = items.iter().chain([item]).cloned().collect();
                (Some(Value::None), Some(set(all)))
            }
            ("union", Some(more)) => match more.items() {
                Some(more) => (Some(set(items.iter().cloned().chain(more).collect())), None),
                None => (None, None),
            },
            _ => (None, None),
        },
        Value::Dict(fields) => match (name, first) {
            ("get", Some(key)) => {
                let otherwise = arguments.get(1).map_or(Value::None, |it| it.value.clone());
                (Some(subscript(owner, key).unwrap_or(otherwise)), None)
            }
            ("keys", None) => {
                (Some(Value::List(fields.iter().map(|(key, _)| key.clone()).collect())), None)
            }
            ("values", None) => {
                (Some(Value::List(fields.iter().map(|(_, value)| value.clone()).collect())), None)
            }
            _ => (None, None),
        },
        _ => (None, None),
    }
}

fn text_method(text: &Rc<str>, name: &str, arguments: &[Argument]) -> Option<Value> {
    let argument = |index: usize| match arguments.get(index).map(|it| &it.value) {
        Some(Value::Text(text)) => Some(text.clone()),
        _ => None,
    };
    Some(match (name, arguments.len()) {
        ("split", 0) => Value::List(text.split_whitespace().map(Value::text).collect()),
        ("split", 1) => {
            let separator = argument(0).filter(|separator| !separator.is_empty())?;
            Value::List(text.split(&*separator).map(Value::text).collect())
        }
        ("splitlines", 0) => Value::List(text.lines().map(Value::text).collect()),
        ("strip", 0) => Value::text(text.trim()),
        ("lstrip", 0) => Value::text(text.trim_start()),
        ("rstrip", 0) => Value::text(text.trim_end()),
        ("strip", 1) => {
            let set = argument(0)?;
            Value::text(text.trim_matches(|c| set.contains(c)))
        }
        ("rstrip", 1) => {
            let set = argument(0)?;
            Value::text(text.trim_end_matches(|c| set.contains(c)))
        }
        ("lower" | "casefold", 0) => Value::text(text.to_lowercase()),
        ("upper", 0) => Value::text(text.to_uppercase()),
        ("startswith", 1) => Value::Bool(text.starts_with(&*argument(0)?)),
        ("endswith", 1) => Value::Bool(text.ends_with(&*argument(0)?)),
        ("replace", 2) => {
            let replaced = text.replace(&*argument(0)?, &argument(1)?);
            if replaced.len() > MAX_LENGTH {
                return None;
            }
            Value::text(replaced)
        }
        ("join", 1) => {
            let items = arguments[0].value.items()?;
            let texts: Option<Vec<Rc<str>>> = items
                .iter()
                .map(|item| match item {
                    Value::Text(text) => Some(text.clone()),
                    _ => None,
                })
                .collect();
            Value::text(texts?.join(text))
        }
        ("format", _) => {
            let mut parts = text.split("{}");
            let mut written = parts.next()?.to_owned();
            let mut given = arguments.iter();
            for part in parts {
                written.push_str(&given.next()?.value.to_text()?);
                written.push_str(part);
            }
            if written.contains(['{', '}']) {
                return None;
            }
            Value::text(written)
        }
        _ => return None,
    })
}

/// `re.compile`.
pub(super) fn compile(pattern: Option<Value>, flags: &Value, place: Span) -> Value {
    let Some(Value::Text(written)) = pattern else {
        return match pattern {
            Some(Value::Regex(_)) => pattern.unwrap_or(Value::None),
            _ => Value::unknown(place, "an expression that is made elsewhere", Why::Computed),
        };
    };
    let mut case = Case::Sensitive;
    if let Value::Outside(names) = flags {
        for name in names.split('|') {
            match name.rsplit('.').next().unwrap_or_default() {
                "I" | "IGNORECASE" => case = Case::Insensitive,
                "A" | "ASCII" | "U" | "UNICODE" => {}
                _ => return Value::unknown(place, name, Why::NotModelled),
            }
        }
    } else if !matches!(flags, Value::None | Value::Int(0)) {
        return Value::unknown(place, "flags", Why::NotModelled);
    }
    Value::Regex(Rc::new(Pattern { written, case, span: place }))
}

/// `timedelta(…)`.
pub(super) fn duration(arguments: &[Argument]) -> Option<Value> {
    let mut seconds = 0.0;
    for (at, argument) in arguments.iter().enumerate() {
        let unit = match argument.name.as_deref() {
            Some("weeks") => 604_800.0,
            Some("days") => 86_400.0,
            Some("hours") => 3_600.0,
            Some("minutes") => 60.0,
            Some("seconds") => 1.0,
            Some("milliseconds") => 0.001,
            None if at == 0 => 86_400.0,
            None if at == 1 => 1.0,
            _ => return None,
        };
        seconds += unit * argument.value.number()?;
    }
    Some(Value::Duration(seconds as i64))
}

/// Functions that are always there. `None`: not one of them, or not to be told.
pub(super) fn builtin(name: &str, arguments: &[Argument]) -> Option<Value> {
    let first = arguments.first().map(|argument| argument.value.clone());
    if arguments.iter().any(|argument| argument.name.is_some()) && name != "dict" {
        return None;
    }
    Some(match (name, first) {
        ("list", None) => Value::List(Vec::new()),
        ("tuple", None) => Value::Tuple(Vec::new()),
        ("set" | "frozenset", None) => Value::Set(Vec::new()),
        ("list", Some(value)) => Value::List(value.items()?),
        ("sorted", Some(value)) => {
            let mut texts = Vec::new();
            for item in value.items()? {
                texts.push(item.to_text()?);
            }
            texts.sort();
            Value::List(texts.into_iter().map(Value::Text).collect())
        }
        ("tuple", Some(value)) => Value::Tuple(value.items()?),
        ("set" | "frozenset", Some(value)) => set(value.items()?),
        ("str", Some(value)) => Value::Text(value.to_text()?),
        ("bool", Some(value)) => Value::Bool(truth(&value)?),
        ("len", Some(value)) => Value::Int(value.items()?.len() as i64),
        ("int", Some(Value::Int(value))) => Value::Int(value),
        ("int", Some(Value::Text(text))) => Value::Int(text.trim().parse().ok()?),
        ("dict", None) => Value::Dict(Vec::new()),
        ("dict", Some(_)) => {
            let mut fields = Vec::new();
            for argument in arguments {
                match (&argument.name, &argument.value) {
                    (Some(name), value) => set_field(&mut fields, Value::text(name), value.clone()),
                    (None, Value::Dict(more)) => {
                        more.iter().for_each(|(key, value)| {
                            set_field(&mut fields, key.clone(), value.clone());
                        });
                    }
                    _ => return None,
                }
            }
            Value::Dict(fields)
        }
        _ => return None,
    })
}
