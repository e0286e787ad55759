//! What the language itself gives to every module.

use std::cell::RefCell;
use std::rc::Rc;

use super::evaluate::{Machine, Stop};
use super::value::{Regex, Value};
use crate::{Span, Why};

/// The names that are there in every module.
const GLOBALS: &[&str] = &[
    "process",
    "require",
    "RegExp",
    "Error",
    "TypeError",
    "Set",
    "String",
    "Boolean",
    "Number",
    "Array",
    "Object",
    "URL",
    "Promise",
    "console",
    "JSON",
    "Infinity",
    "NaN",
    "parseInt",
];

pub(super) fn global(name: &str) -> Option<Value> {
    match name {
        "Infinity" => Some(Value::Number(f64::INFINITY)),
        "NaN" => Some(Value::Number(f64::NAN)),
        _ => GLOBALS.iter().find(|known| **known == name).map(|known| Value::Builtin(known)),
    }
}

/// Calls a function of the language.
pub(super) fn call(
    machine: &mut Machine<'_>,
    name: &'static str,
    arguments: &[Value],
    span: &Span,
) -> Result<Value, Stop> {
    let first = arguments.first().cloned().unwrap_or(Value::Undefined);
    Ok(match name {
        "String" => Value::Text(if arguments.is_empty() { "".into() } else { first.to_text() }),
        "Boolean" => Value::Bool(first.is_truthy()),
        "Number" => Value::Number(if arguments.is_empty() { 0.0 } else { number(&first) }),
        "parseInt" => Value::Number(parse_int(&first.to_text())),
        "Error" | "TypeError" | "RegExp" => return construct(machine, name, arguments, span),
        "require" => {
            let module = first.to_text();
            machine
                .world
                .module(&module, None)
                .unwrap_or_else(|| Value::Host(super::value::unmodelled()))
        }
        // What asynchronous work came to; see `methods::call`.
        "resolve" => match first {
            Value::Promise(_) => first,
            value => Value::Promise(Rc::new(Ok(value))),
        },
        "reject" => Value::Promise(Rc::new(Err(first))),
        _ => return Err(machine.refused(span, name, Why::NotModelled)),
    })
}

/// A static method: `Array.isArray`, `Object.keys`.
pub(super) fn static_call(
    machine: &mut Machine<'_>,
    class: &'static str,
    method: &str,
    arguments: &[Value],
    span: &Span,
) -> Result<Value, Stop> {
    let first = arguments.first().cloned().unwrap_or(Value::Undefined);
    Ok(match (class, method) {
        ("Array", "isArray") => Value::Bool(matches!(first, Value::Array(_))),
        ("Array", "from") if arguments.len() == 1 => Value::array(machine.items(&first, span)?),
        ("Array", "of") => Value::array(arguments.to_vec()),
        ("Object", "freeze") => first,
        ("Object", "keys") => match &first {
            Value::Object(fields) => Value::array(
                fields.borrow().iter().map(|(name, _)| Value::Text(name.clone())).collect(),
            ),
            _ => return Err(machine.refused(span, "Object.keys", Why::NotModelled)),
        },
        ("Object", "values") => match &first {
            Value::Object(fields) => {
                Value::array(fields.borrow().iter().map(|(_, value)| value.clone()).collect())
            }
            _ => return Err(machine.refused(span, "Object.values", Why::NotModelled)),
        },
        ("Object", "assign") => {
            if let Value::Object(target) = &first {
                for source in &arguments[1..] {
                    if let Value::Object(source) = source {
                        let copied = source.borrow().clone();
                        for (name, value) in copied.iter() {
                            target.borrow_mut().set(name.clone(), value.clone());
                        }
                    }
                }
            }
            first
        }
        ("Promise", "resolve") => call(machine, "resolve", arguments, span)?,
        ("Promise", "reject") => call(machine, "reject", arguments, span)?,
        ("console", _) => Value::Undefined,
        ("process", "exit" | "on") | ("JSON", _) => {
            return Err(machine.refused(span, format!("{class}.{method}"), Why::NotModelled));
        }
        _ => return Err(machine.refused(span, format!("{class}.{method}"), Why::NotModelled)),
    })
}

/// `new` on a class of the language.
pub(super) fn construct(
    machine: &mut Machine<'_>,
    name: &'static str,
    arguments: &[Value],
    span: &Span,
) -> Result<Value, Stop> {
    let first = arguments.first().cloned().unwrap_or(Value::Undefined);
    match name {
        "Error" | "TypeError" => {
            Ok(Value::error(if arguments.is_empty() { "".into() } else { first.to_text() }))
        }
        "RegExp" => {
            let (pattern, own) = match &first {
                Value::Regex(regex) => (regex.pattern.clone(), regex.flags.clone()),
                Value::Undefined => ("(?:)".into(), "".into()),
                other => (other.to_text(), "".into()),
            };
            let flags = match arguments.get(1) {
                None | Some(Value::Undefined) => own,
                Some(flags) => flags.to_text(),
            };
            match Regex::new(span.clone(), &pattern, &flags) {
                Some(regex) => Ok(Value::Regex(Rc::new(regex))),
                None => Err(machine.refused(span, format!("/{pattern}/{flags}"), Why::NotRegular)),
            }
        }
        "Set" => {
            let mut unique: Vec<Value> = Vec::new();
            if !first.is_nullish() {
                for item in machine.items(&first, span)? {
                    if !unique.iter().any(|other| other.is_same(&item)) {
                        unique.push(item);
                    }
                }
            }
            Ok(Value::Set(Rc::new(RefCell::new(unique))))
        }
        "Array" if arguments.is_empty() => Ok(Value::array(Vec::new())),
        "URL" if arguments.len() == 1 => match url::Url::parse(&first.to_text()) {
            Ok(url) => Ok(url_object(&url)),
            Err(_) => Err(machine.type_error("Invalid URL")),
        },
        _ => Err(machine.refused(span, format!("new {name}"), Why::NotModelled)),
    }
}

fn url_object(url: &url::Url) -> Value {
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| port.to_string()).unwrap_or_default();
    let with_port = if port.is_empty() { host.to_owned() } else { format!("{host}:{port}") };
    Value::object([
        ("href", Value::text(url.as_str())),
        ("origin", Value::text(url.origin().ascii_serialization())),
        ("protocol", Value::text(format!("{}:", url.scheme()))),
        ("username", Value::text(url.username())),
        ("hostname", Value::text(host)),
        ("host", Value::text(with_port)),
        ("port", Value::text(port)),
        ("pathname", Value::text(url.path())),
        ("search", Value::text(url.query().map(|query| format!("?{query}")).unwrap_or_default())),
        ("hash", Value::text(url.fragment().map(|part| format!("#{part}")).unwrap_or_default())),
    ])
}

/// `Number(value)`.
pub(super) fn number(value: &Value) -> f64 {
    match value {
        Value::Null => 0.0,
        Value::Bool(value) => f64::from(*value),
        Value::Number(value) => *value,
        Value::Text(text) => {
            let text = text.trim();
            if text.is_empty() {
                return 0.0;
            }
            if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
                return u64::from_str_radix(digits, 16).map_or(f64::NAN, |value| value as f64);
            }
            // Rust reads more than JavaScript does: `inf`, `nan`, `infinity`.
            let plain = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
            if plain { text.parse().unwrap_or(f64::NAN) } else { f64::NAN }
        }
        _ => f64::NAN,
    }
}

fn parse_int(text: &str) -> f64 {
    let text = text.trim_start();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = digits.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(digits.len());
    digits[..end].parse::<f64>().map_or(f64::NAN, |value| sign * value)
}
