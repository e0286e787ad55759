//! Properties and methods of texts, lists, expressions and sets.

use std::rc::Rc;

use super::builtins;
use super::evaluate::{MAX_TEXT_BYTES, Machine, Stop};
use super::idle;
use super::value::{Value, join, unmodelled};
use crate::{Span, Why};

/// The methods that have a model, whatever they are called on.
const METHODS: &[&str] = &[
    "indexOf",
    "lastIndexOf",
    "includes",
    "startsWith",
    "endsWith",
    "split",
    "trim",
    "trimStart",
    "trimEnd",
    "toLowerCase",
    "toUpperCase",
    "toString",
    "replace",
    "replaceAll",
    "slice",
    "substring",
    "concat",
    "match",
    "search",
    "charAt",
    "test",
    "exec",
    "join",
    "map",
    "filter",
    "some",
    "every",
    "find",
    "findIndex",
    "forEach",
    "push",
    "flat",
    "flatMap",
    "has",
    "add",
    "then",
    "catch",
    "at",
    "localeCompare",
    "reverse",
    "isArray",
    "keys",
    "values",
    "from",
    "of",
    "freeze",
    "assign",
    "resolve",
    "reject",
    "log",
    "warn",
    "error",
    "info",
    "debug",
    "call",
    "hasOwnProperty",
];

pub(super) fn has_model(name: &str) -> bool {
    METHODS.contains(&name)
}

/// `owner.name`.
pub(super) fn get(
    machine: &Machine<'_>,
    owner: &Value,
    name: &str,
    span: &Span,
) -> Result<Value, Stop> {
    Ok(match owner {
        Value::Undefined | Value::Null => {
            return Err(machine.type_error("cannot read properties of undefined"));
        }
        Value::Object(fields) => fields.borrow().get(name).cloned().unwrap_or(Value::Undefined),
        Value::Array(items) => match name {
            "length" => Value::Number(items.borrow().len() as f64),
            _ => match name.parse::<usize>() {
                Ok(index) => items.borrow().get(index).cloned().unwrap_or(Value::Undefined),
                Err(_) => bound(machine, name, span)?,
            },
        },
        Value::Text(text) => match name {
            "length" => Value::Number(text.encode_utf16().count() as f64),
            _ => match name.parse::<usize>() {
                Ok(index) => {
                    text.chars().nth(index).map_or(Value::Undefined, |c| Value::text(c.to_string()))
                }
                Err(_) => bound(machine, name, span)?,
            },
        },
        Value::Regex(regex) => match name {
            "source" => Value::Text(regex.pattern.clone()),
            "flags" => Value::Text(regex.flags.clone()),
            "lastIndex" => Value::Number(regex.last_index.get() as f64),
            _ => bound(machine, name, span)?,
        },
        Value::Set(items) if name == "size" => Value::Number(items.borrow().len() as f64),
        Value::Error(error) => match name {
            "message" => Value::Text(error.message.clone()),
            _ => error.fields.borrow().get(name).cloned().unwrap_or(Value::Undefined),
        },
        // How many arguments it declares.
        Value::Function(_) if name == "length" => Value::Number(owner.arity() as f64),
        Value::Builtin("process") if name == "env" => Value::Builtin("process.env"),
        Value::Builtin("process.env") => match machine.world.environment(name) {
            Some(Some(value)) => Value::text(value),
            Some(None) => Value::Undefined,
            None => {
                return Err(machine.refused(span, format!("process.env.{name}"), Why::Elsewhere));
            }
        },
        Value::Builtin(class) => {
            return Err(machine.refused(span, format!("{class}.{name}"), Why::NotModelled));
        }
        // A part of a module that has no model has none either.
        Value::Host(host) if *host == unmodelled() => owner.clone(),
        Value::Host(host) => machine
            .world
            .get(*host, name)
            .ok_or_else(|| machine.refused(span, name, Why::NotModelled))?,
        _ => bound(machine, name, span)?,
    })
}

/// A property that is a method is not a value here; all others are undefined.
fn bound(machine: &Machine<'_>, name: &str, span: &Span) -> Result<Value, Stop> {
    if has_model(name) {
        return Err(machine.refused(span, name, Why::NotModelled));
    }
    Ok(Value::Undefined)
}

/// `owner.name = value`.
pub(super) fn set(
    machine: &Machine<'_>,
    owner: &Value,
    name: &str,
    value: Value,
    span: &Span,
) -> Result<(), Stop> {
    match owner {
        Value::Object(fields) => fields.borrow_mut().set(name.into(), value),
        Value::Array(items) => match name.parse::<usize>() {
            Ok(index) if index <= items.borrow().len() => {
                let mut items = items.borrow_mut();
                if index == items.len() {
                    items.push(value);
                } else {
                    items[index] = value;
                }
            }
            _ => return Err(machine.refused(span, name, Why::NotModelled)),
        },
        Value::Error(error) => error.fields.borrow_mut().set(name.into(), value),
        Value::Regex(regex) if name == "lastIndex" => {
            regex.last_index.set(builtins::number(&value).max(0.0) as usize);
        }
        Value::Host(_) if idle::has_unmodelled(&value, 0) => {
            return Err(machine.refused(span, "a value of another module", Why::Elsewhere));
        }
        Value::Host(host) if *host != unmodelled() => machine
            .world
            .set(*host, name, value)
            .ok_or_else(|| machine.refused(span, name, Why::NotModelled))?,
        Value::Undefined | Value::Null => {
            return Err(machine.type_error("cannot set properties of undefined"));
        }
        _ => return Err(machine.refused(span, name, Why::NotModelled)),
    }
    Ok(())
}

/// `owner.name(arguments)`.
pub(super) fn call(
    machine: &mut Machine<'_>,
    owner: &Value,
    name: &str,
    arguments: Vec<Value>,
    span: &Span,
) -> Result<Value, Stop> {
    match owner {
        Value::Undefined | Value::Null => {
            Err(machine.type_error("cannot read properties of undefined"))
        }
        Value::Host(host) if *host == unmodelled() => {
            Err(machine.refused(span, format!("{name} of another module"), Why::NotModelled))
        }
        Value::Host(host) => machine.call_host(*host, Some(name), arguments, span),
        Value::Builtin(class) => builtins::static_call(machine, class, name, &arguments, span),
        Value::Object(_) => {
            let field = owner.field(name);
            if name == "hasOwnProperty" && matches!(field, Value::Undefined) {
                let key = arguments.first().map(Value::to_text).unwrap_or_default();
                return Ok(Value::Bool(!matches!(owner.field(&key), Value::Undefined)));
            }
            machine.call(&field, owner.clone(), arguments, span)
        }
        // Lists and texts are compared with what they are given, and lists with what is in them.
        Value::Text(_) | Value::Array(_) | Value::Regex(_) | Value::Set(_)
            if arguments.iter().chain([owner]).any(|value| idle::has_unmodelled(value, 0)) =>
        {
            Err(machine.refused(span, "a value of another module", Why::Elsewhere))
        }
        Value::Text(text) => text_method(machine, text, name, &arguments, span),
        Value::Array(_) => list_method(machine, owner, name, &arguments, span),
        Value::Regex(regex) => {
            let text = argument(&arguments, 0).to_text();
            match name {
                "test" => Ok(Value::Bool(regex.test(&text))),
                "exec" => Ok(captured(regex.exec(&text))),
                _ => unknown(machine, name, span),
            }
        }
        Value::Set(items) => match name {
            "has" => {
                let wanted = argument(&arguments, 0);
                Ok(Value::Bool(items.borrow().iter().any(|item| item.is_same(&wanted))))
            }
            "add" => {
                let new = argument(&arguments, 0);
                if !items.borrow().iter().any(|item| item.is_same(&new)) {
                    items.borrow_mut().push(new);
                }
                Ok(owner.clone())
            }
            _ => unknown(machine, name, span),
        },
        Value::Promise(outcome) => promise_method(machine, outcome, name, &arguments, span),
        Value::Function(_) if name == "call" => {
            let mut rest = arguments.into_iter();
            let this = rest.next().unwrap_or(Value::Undefined);
            machine.call(owner, this, rest.collect(), span)
        }
        _ if name == "toString" => Ok(Value::Text(owner.to_text())),
        _ => unknown(machine, name, span),
    }
}

/// A method that the value does not have throws; one that it may have is refused.
fn unknown(machine: &Machine<'_>, name: &str, span: &Span) -> Result<Value, Stop> {
    if has_model(name) {
        return Err(machine.type_error("is not a function"));
    }
    Err(machine.refused(span, name, Why::NotModelled))
}

fn argument(arguments: &[Value], index: usize) -> Value {
    arguments.get(index).cloned().unwrap_or(Value::Undefined)
}

fn captured(captured: Option<crate::regexes::Captured>) -> Value {
    let Some(groups) = captured else { return Value::Null };
    Value::array(
        groups.into_iter().map(|group| group.map_or(Value::Undefined, Value::text)).collect(),
    )
}

fn text_method(
    machine: &mut Machine<'_>,
    text: &Rc<str>,
    name: &str,
    arguments: &[Value],
    span: &Span,
) -> Result<Value, Stop> {
    let first = argument(arguments, 0);
    // Offsets are counted in UTF-16 there; for texts beyond ASCII they would differ.
    let counts = matches!(
        name,
        "indexOf" | "lastIndexOf" | "slice" | "substring" | "charAt" | "search" | "at"
    );
    if counts && !text.is_ascii() {
        return Err(machine.refused(span, name, Why::NotModelled));
    }
    Ok(match name {
        "indexOf" => offset(text.find(&*first.to_text())),
        "lastIndexOf" => offset(text.rfind(&*first.to_text())),
        "includes" if matches!(first, Value::Regex(_)) => {
            return Err(machine.type_error("first argument must not be a regular expression"));
        }
        "includes" => Value::Bool(text.contains(&*first.to_text())),
        "startsWith" if arguments.len() <= 1 => Value::Bool(text.starts_with(&*first.to_text())),
        "endsWith" if arguments.len() <= 1 => Value::Bool(text.ends_with(&*first.to_text())),
        "split" => match &first {
            Value::Undefined => Value::array(vec![Value::Text(text.clone())]),
            Value::Regex(regex) => split_by(regex, text),
            separator if separator.to_text().is_empty() => {
                Value::array(text.chars().map(|c| Value::text(c.to_string())).collect())
            }
            separator => {
                let separator = separator.to_text();
                Value::array(text.split(&*separator).map(Value::text).collect())
            }
        },
        "trim" => Value::text(text.trim()),
        "trimStart" => Value::text(text.trim_start()),
        "trimEnd" => Value::text(text.trim_end()),
        "toLowerCase" => Value::text(text.to_lowercase()),
        "toUpperCase" => Value::text(text.to_uppercase()),
        "toString" => Value::Text(text.clone()),
        "concat" => {
            let mut all = text.to_string();
            arguments.iter().for_each(|argument| all.push_str(&argument.to_text()));
            Value::text(all)
        }
        "slice" | "substring" => slice(name, text, arguments),
        "charAt" => {
            let at = builtins::number(&first).max(0.0) as usize;
            Value::text(text.get(at..(at + 1).min(text.len())).unwrap_or_default())
        }
        "match" => match &first {
            Value::Regex(regex) if !regex.flags.contains('g') => captured(regex.exec(text)),
            Value::Text(pattern) => match super::value::Regex::new(span.clone(), pattern, "") {
                Some(regex) => captured(regex.exec(text)),
                None => return Err(machine.refused(span, &**pattern, Why::NotRegular)),
            },
            _ => return Err(machine.refused(span, name, Why::NotModelled)),
        },
        "search" => match &first {
            Value::Regex(regex) => {
                offset(regex.matcher.captures_from(text, 0).map(|(range, _)| range.start))
            }
            _ => return Err(machine.refused(span, name, Why::NotModelled)),
        },
        "replace" | "replaceAll" => return replace(machine, text, name, arguments, span),
        _ => return unknown(machine, name, span),
    })
}

fn offset(found: Option<usize>) -> Value {
    Value::Number(found.map_or(-1.0, |at| at as f64))
}

fn split_by(regex: &super::value::Regex, text: &str) -> Value {
    let mut parts = Vec::new();
    let (mut start, mut from) = (0, 0);
    while from <= text.len() {
        let Some((range, _)) = regex.matcher.captures_from(text, from) else { break };
        if range.is_empty() {
            // An empty match parts two characters.
            let Some(next) = text[range.start..].chars().next() else { break };
            if range.start > start {
                parts.push(Value::text(&text[start..range.start]));
                start = range.start;
            }
            from = range.start + next.len_utf8();
            continue;
        }
        parts.push(Value::text(&text[start..range.start]));
        start = range.end;
        from = range.end;
    }
    parts.push(Value::text(&text[start..]));
    Value::array(parts)
}

fn slice(name: &str, text: &str, arguments: &[Value]) -> Value {
    let length = text.len() as f64;
    let place = |index: usize, otherwise: f64| -> f64 {
        let value = match arguments.get(index) {
            None | Some(Value::Undefined) => return otherwise,
            Some(value) => builtins::number(value).trunc(),
        };
        if value.is_nan() {
            0.0
        } else if value < 0.0 && name == "slice" {
            (length + value).max(0.0)
        } else {
            value.clamp(0.0, length)
        }
    };
    let (mut start, mut end) = (place(0, 0.0), place(1, length));
    if name == "substring" && start > end {
        std::mem::swap(&mut start, &mut end);
    }
    Value::text(text.get(start as usize..end as usize).unwrap_or_default())
}

fn replace(
    machine: &mut Machine<'_>,
    text: &Rc<str>,
    name: &str,
    arguments: &[Value],
    span: &Span,
) -> Result<Value, Stop> {
    let with = argument(arguments, 1);
    let Value::Text(with) = with else {
        return Err(machine.refused(span, name, Why::NotModelled));
    };
    if with.contains('$') {
        return Err(machine.refused(span, name, Why::NotModelled));
    }
    let replaced = match argument(arguments, 0) {
        Value::Regex(regex) => {
            let all = regex.flags.contains('g');
            let (mut written, mut start, mut from) = (String::new(), 0, 0);
            while let Some((range, _)) =
                (from <= text.len()).then(|| regex.matcher.captures_from(text, from)).flatten()
            {
                written.push_str(&text[start..range.start]);
                written.push_str(&with);
                start = range.end;
                from = range.end;
                if range.is_empty() {
                    let Some(next) = text[start..].chars().next() else { break };
                    from += next.len_utf8();
                }
                if !all || written.len() > MAX_TEXT_BYTES {
                    break;
                }
            }
            written.push_str(&text[start..]);
            written
        }
        pattern => {
            let pattern = pattern.to_text();
            if name == "replaceAll" {
                text.replace(&*pattern, &with)
            } else {
                text.replacen(&*pattern, &with, 1)
            }
        }
    };
    if replaced.len() > MAX_TEXT_BYTES {
        return Err(machine.refused(span, name, Why::TooLarge));
    }
    Ok(Value::text(replaced))
}

fn list_method(
    machine: &mut Machine<'_>,
    owner: &Value,
    name: &str,
    arguments: &[Value],
    span: &Span,
) -> Result<Value, Stop> {
    let Value::Array(list) = owner else { return unknown(machine, name, span) };
    let first = argument(arguments, 0);
    let items = list.borrow().clone();
    Ok(match name {
        "includes" => Value::Bool(items.iter().any(|item| item.is_same(&first))),
        "indexOf" => offset(items.iter().position(|item| item.is_same(&first))),
        "join" => {
            let separator = match &first {
                Value::Undefined => ",".into(),
                other => other.to_text(),
            };
            Value::text(join(&items, &separator))
        }
        "toString" => Value::Text(owner.to_text()),
        "concat" => {
            let mut all = items;
            for argument in arguments {
                match argument {
                    Value::Array(more) => all.extend(more.borrow().iter().cloned()),
                    other => all.push(other.clone()),
                }
            }
            Value::array(all)
        }
        "slice" if arguments.len() <= 2 => {
            let length = items.len() as f64;
            let place = |index: usize, otherwise: f64| match arguments.get(index) {
                None | Some(Value::Undefined) => otherwise,
                Some(value) => {
                    let value = builtins::number(value).trunc();
                    if value < 0.0 { (length + value).max(0.0) } else { value.min(length) }
                }
            };
            let (start, end) = (place(0, 0.0) as usize, place(1, length) as usize);
            Value::array(items.get(start..end.max(start)).unwrap_or_default().to_vec())
        }
        "reverse" => {
            list.borrow_mut().reverse();
            owner.clone()
        }
        "push" => {
            list.borrow_mut().extend(arguments.iter().cloned());
            Value::Number(list.borrow().len() as f64)
        }
        "at" => {
            let at = builtins::number(&first).trunc();
            let at = if at < 0.0 { items.len() as f64 + at } else { at };
            if at < 0.0 {
                Value::Undefined
            } else {
                items.get(at as usize).cloned().unwrap_or(Value::Undefined)
            }
        }
        "flat" => {
            let mut all = Vec::new();
            for item in items {
                match item {
                    Value::Array(more) => all.extend(more.borrow().iter().cloned()),
                    other => all.push(other),
                }
            }
            Value::array(all)
        }
        "map" | "flatMap" | "filter" | "some" | "every" | "find" | "findIndex" | "forEach" => {
            return each(machine, owner, items, name, &first, span);
        }
        _ => return unknown(machine, name, span),
    })
}

fn each(
    machine: &mut Machine<'_>,
    owner: &Value,
    items: Vec<Value>,
    name: &str,
    function: &Value,
    span: &Span,
) -> Result<Value, Stop> {
    let mut results = Vec::new();
    for (at, item) in items.into_iter().enumerate() {
        let arguments = vec![item.clone(), Value::Number(at as f64), owner.clone()];
        let result = machine.call(function, Value::Undefined, arguments, span)?;
        match name {
            "map" => results.push(result),
            "flatMap" => match result {
                Value::Array(more) => results.extend(more.borrow().iter().cloned()),
                other => results.push(other),
            },
            "filter" if result.is_truthy() => results.push(item),
            "some" if result.is_truthy() => return Ok(Value::Bool(true)),
            "every" if !result.is_truthy() => return Ok(Value::Bool(false)),
            "find" if result.is_truthy() => return Ok(item),
            "findIndex" if result.is_truthy() => return Ok(Value::Number(at as f64)),
            _ => {}
        }
    }
    Ok(match name {
        "some" => Value::Bool(false),
        "every" => Value::Bool(true),
        "find" | "forEach" => Value::Undefined,
        "findIndex" => Value::Number(-1.0),
        _ => Value::array(results),
    })
}

fn promise_method(
    machine: &mut Machine<'_>,
    outcome: &Rc<Result<Value, Value>>,
    name: &str,
    arguments: &[Value],
    span: &Span,
) -> Result<Value, Stop> {
    let (on, value) = match (name, &**outcome) {
        ("then", Ok(value)) => (argument(arguments, 0), value),
        ("then", Err(error)) => (argument(arguments, 1), error),
        ("catch", Err(error)) => (argument(arguments, 0), error),
        ("catch", Ok(_)) => return Ok(Value::Promise(outcome.clone())),
        _ => return unknown(machine, name, span),
    };
    if !on.is_callable() && !matches!(on, Value::Host(_)) {
        return Ok(Value::Promise(outcome.clone()));
    }
    let result = machine.call(&on, Value::Undefined, vec![value.clone()], span);
    Ok(Value::Promise(Rc::new(match result {
        Ok(Value::Promise(inner)) => return Ok(Value::Promise(inner)),
        Ok(value) => Ok(value),
        Err(Stop::Threw(error)) => Err(error),
        Err(other) => return Err(other),
    })))
}
