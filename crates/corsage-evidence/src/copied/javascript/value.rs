//! What an expression comes to, as far as it is written down.

use std::collections::HashMap;

use oxc_ast::ast::{
    Argument, ArrayExpressionElement, BinaryOperator, CallExpression, Expression, NewExpression,
    ObjectExpression, ObjectPropertyKind, PropertyKey,
};
use oxc_span::{GetSpan, Span};

use super::super::word::{Computed, place};

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Value<'e, 'a> {
    Text(String),
    Number(f64),
    Bool(bool),
    /// `null`, `undefined`
    Nothing,
    Object(&'e ObjectExpression<'a>),
    /// Names and values in order: `new Headers(…)`, arrays of pairs.
    Pairs(Vec<(String, Value<'e, 'a>)>),
    Array(Vec<Value<'e, 'a>>),
    /// A body that brings its own type.
    Typed(Option<&'static str>, Option<String>),
    /// `new Request(url, init)`
    Request(&'e NewExpression<'a>),
    /// Only running it would tell.
    Computed(Computed),
}

/// How far names are followed.
const MAX_NAMES: usize = 16;

/// The constants of a text.
pub(super) struct Names<'e, 'a> {
    pub(super) text: &'e str,
    pub(super) constants: HashMap<&'e str, &'e Expression<'a>>,
    /// What was added later: `headers.append("a", "b")`, `headers["a"] = "b"`.
    pub(super) added: HashMap<&'e str, Vec<(String, &'e Expression<'a>)>>,
}

impl<'e, 'a> Names<'e, 'a> {
    pub(super) fn value(&self, expression: &'e Expression<'a>) -> Value<'e, 'a> {
        self.follow(expression, 0)
    }

    pub(super) fn argument(
        &self,
        arguments: &'e [Argument<'a>],
        index: usize,
    ) -> Option<Value<'e, 'a>> {
        let argument = arguments.get(index)?;
        Some(match argument.as_expression() {
            Some(expression) => self.value(expression),
            None => self.computed(argument.span()),
        })
    }

    pub(super) fn computed(&self, span: Span) -> Value<'e, 'a> {
        let (start, end) = (span.start as usize, span.end as usize);
        let written = self.text.get(start..end).unwrap_or_default();
        let short: String = written.chars().take(60).collect();
        let short = if short.len() < written.len() { format!("{short}…") } else { short };
        let from = place(self.text, start);
        let to = place(self.text, end);
        Value::Computed(Computed { text: short, place: format!("{from}-{to}") })
    }

    fn follow(&self, expression: &'e Expression<'a>, depth: usize) -> Value<'e, 'a> {
        if depth > MAX_NAMES {
            return self.computed(expression.span());
        }
        match expression.get_inner_expression() {
            Expression::StringLiteral(text) => Value::Text(text.value.to_string()),
            Expression::NumericLiteral(number) => Value::Number(number.value),
            Expression::BooleanLiteral(value) => Value::Bool(value.value),
            Expression::NullLiteral(_) => Value::Nothing,
            Expression::ObjectExpression(object) => Value::Object(object),
            Expression::ArrayExpression(array) => Value::Array(
                array
                    .elements
                    .iter()
                    .map(|element| match element {
                        ArrayExpressionElement::SpreadElement(spread) => self.computed(spread.span),
                        ArrayExpressionElement::Elision(_) => Value::Nothing,
                        element => match element.as_expression() {
                            Some(expression) => self.follow(expression, depth + 1),
                            None => Value::Nothing,
                        },
                    })
                    .collect(),
            ),
            Expression::TemplateLiteral(template) => {
                let mut text = String::new();
                for (index, part) in template.quasis.iter().enumerate() {
                    text.push_str(part.value.cooked.as_ref().map_or("", |cooked| cooked.as_str()));
                    let Some(hole) = template.expressions.get(index) else { continue };
                    match self.follow(hole, depth + 1) {
                        Value::Text(value) => text.push_str(&value),
                        Value::Number(number) => text.push_str(&number.to_string()),
                        // The hole with its `${` and `}`.
                        _ => {
                            let span = hole.span();
                            return self
                                .computed(Span::new(span.start.saturating_sub(2), span.end + 1));
                        }
                    }
                }
                Value::Text(text)
            }
            Expression::BinaryExpression(binary) if binary.operator == BinaryOperator::Addition => {
                let (left, right) =
                    (self.follow(&binary.left, depth + 1), self.follow(&binary.right, depth + 1));
                match (text(&left), text(&right)) {
                    (Some(left), Some(right)) => Value::Text(left + &right),
                    (None, _) if matches!(left, Value::Computed(_)) => left,
                    (_, None) if matches!(right, Value::Computed(_)) => right,
                    _ => self.computed(binary.span),
                }
            }
            Expression::Identifier(name) => {
                if name.name == "undefined" {
                    return Value::Nothing;
                }
                let known = self.constants.get(name.name.as_str());
                let mut value = match known {
                    Some(expression) => self.follow(expression, depth + 1),
                    None => return self.computed(name.span),
                };
                if let Some(added) = self.added.get(name.name.as_str()) {
                    let mut pairs = self.pairs(&value);
                    if let Some(pairs) = &mut pairs {
                        pairs.extend(
                            added
                                .iter()
                                .map(|(name, value)| (name.clone(), self.follow(value, depth + 1))),
                        );
                    }
                    if let (Some(pairs), Value::Object(_) | Value::Pairs(_)) = (pairs, &value) {
                        value = Value::Pairs(pairs);
                    }
                }
                value
            }
            Expression::AwaitExpression(inner) => self.follow(&inner.argument, depth + 1),
            Expression::CallExpression(call) => self.call(call, depth),
            Expression::NewExpression(new) => self.new_value(new, depth),
            Expression::StaticMemberExpression(member)
                if matches!(member.property.name.as_str(), "href") =>
            {
                match self.follow(&member.object, depth + 1) {
                    Value::Text(text) => Value::Text(text),
                    _ => self.computed(member.span),
                }
            }
            other => self.computed(other.span()),
        }
    }

    fn call(&self, call: &'e CallExpression<'a>, depth: usize) -> Value<'e, 'a> {
        let path = path(&call.callee);
        let first = || {
            call.arguments
                .first()
                .and_then(Argument::as_expression)
                .map(|expression| self.follow(expression, depth + 1))
        };
        match path.as_deref() {
            Some("JSON.stringify") => Value::Text(
                first().map_or_else(String::new, |_| self.written(call.arguments.first())),
            ),
            Some("encodeURIComponent" | "encodeURI" | "String") => match first() {
                Some(Value::Text(text)) => Value::Text(text),
                Some(Value::Number(number)) => Value::Text(number.to_string()),
                Some(computed @ Value::Computed(_)) => computed,
                _ => self.computed(call.span),
            },
            Some("Object.fromEntries" | "Object.assign") => first().unwrap_or(Value::Nothing),
            _ => match &call.callee {
                Expression::StaticMemberExpression(member)
                    if member.property.name == "toString" =>
                {
                    match self.follow(&member.object, depth + 1) {
                        Value::Text(text) => Value::Text(text),
                        typed @ Value::Typed(..) => typed,
                        _ => self.computed(call.span),
                    }
                }
                _ => self.computed(call.span),
            },
        }
    }

    fn written(&self, argument: Option<&Argument<'a>>) -> String {
        argument.map_or_else(String::new, |argument| {
            let span = argument.span();
            self.text.get(span.start as usize..span.end as usize).unwrap_or_default().to_owned()
        })
    }

    fn new_value(&self, new: &'e NewExpression<'a>, depth: usize) -> Value<'e, 'a> {
        let argument = |index: usize| {
            new.arguments
                .get(index)
                .and_then(Argument::as_expression)
                .map(|expression| self.follow(expression, depth + 1))
        };
        match path(&new.callee).as_deref() {
            Some("Headers" | "window.Headers" | "globalThis.Headers" | "HttpHeaders") => {
                match argument(0).map(|value| (self.pairs(&value), value)) {
                    None => Value::Pairs(Vec::new()),
                    Some((Some(pairs), _)) => Value::Pairs(pairs),
                    Some((None, value @ Value::Computed(_))) => value,
                    Some((None, _)) => Value::Pairs(Vec::new()),
                }
            }
            Some("URL" | "window.URL") => match (argument(0), argument(1)) {
                (Some(Value::Text(url)), None) => Value::Text(url),
                (Some(Value::Text(url)), Some(Value::Text(base))) => {
                    match url::Url::parse(&base).and_then(|base| base.join(&url)) {
                        Ok(url) => Value::Text(url.into()),
                        Err(_) => self.computed(new.span),
                    }
                }
                (Some(computed @ Value::Computed(_)), _)
                | (_, Some(computed @ Value::Computed(_))) => computed,
                _ => self.computed(new.span),
            },
            Some("Request") => Value::Request(new),
            Some("FormData") => Value::Typed(Some("multipart/form-data"), None),
            Some("URLSearchParams") => {
                Value::Typed(Some("application/x-www-form-urlencoded;charset=UTF-8"), None)
            }
            Some("Blob" | "File") => {
                let options =
                    argument(if path(&new.callee).as_deref() == Some("File") { 2 } else { 1 });
                let kind = options
                    .and_then(|options| self.member(&options, "type"))
                    .and_then(|value| text(&value));
                Value::Typed(None, kind)
            }
            Some("Uint8Array" | "ArrayBuffer" | "DataView" | "Int8Array") => {
                Value::Typed(None, None)
            }
            _ => self.computed(new.span),
        }
    }

    /// Names and values of an object, of `Headers`, or of an array of pairs.
    pub(super) fn pairs(&self, value: &Value<'e, 'a>) -> Option<Vec<(String, Value<'e, 'a>)>> {
        match value {
            Value::Pairs(pairs) => Some(pairs.clone()),
            Value::Object(object) => Some(
                object
                    .properties
                    .iter()
                    .filter_map(|property| match property {
                        ObjectPropertyKind::ObjectProperty(property) => {
                            Some((self.key(&property.key)?, self.value(&property.value)))
                        }
                        ObjectPropertyKind::SpreadProperty(spread) => {
                            Some(match self.value(&spread.argument) {
                                // `...common`
                                Value::Object(_) | Value::Pairs(_) => return None,
                                Value::Computed(computed) => {
                                    ("...".to_owned(), Value::Computed(computed))
                                }
                                _ => return None,
                            })
                        }
                    })
                    .chain(self.spread(object))
                    .collect(),
            ),
            Value::Array(items) => items
                .iter()
                .map(|item| match item {
                    Value::Array(pair) => match &pair[..] {
                        [Value::Text(name), value] => Some((name.clone(), value.clone())),
                        _ => None,
                    },
                    _ => None,
                })
                .collect(),
            _ => None,
        }
    }

    /// What known objects are spread into an object.
    fn spread(&self, object: &'e ObjectExpression<'a>) -> Vec<(String, Value<'e, 'a>)> {
        object
            .properties
            .iter()
            .filter_map(|property| match property {
                ObjectPropertyKind::SpreadProperty(spread) => {
                    match spread.argument.get_inner_expression() {
                        // An object that spreads itself never ends.
                        Expression::Identifier(_) | Expression::ObjectExpression(_) => {
                            match self.value(&spread.argument) {
                                Value::Object(inner) if !std::ptr::eq(inner, object) => {
                                    self.pairs_once(inner)
                                }
                                Value::Pairs(pairs) => Some(pairs),
                                _ => None,
                            }
                        }
                        _ => None,
                    }
                }
                ObjectPropertyKind::ObjectProperty(_) => None,
            })
            .flatten()
            .collect()
    }

    fn pairs_once(&self, object: &'e ObjectExpression<'a>) -> Option<Vec<(String, Value<'e, 'a>)>> {
        let properties = object.properties.iter().filter_map(|property| match property {
            ObjectPropertyKind::ObjectProperty(property) => {
                Some((self.key(&property.key)?, self.value(&property.value)))
            }
            ObjectPropertyKind::SpreadProperty(spread) => {
                Some(("...".to_owned(), self.computed(spread.span)))
            }
        });
        Some(properties.collect())
    }

    /// The name of a property.
    pub(super) fn key(&self, key: &'e PropertyKey<'a>) -> Option<String> {
        match key {
            PropertyKey::StaticIdentifier(name) => Some(name.name.to_string()),
            PropertyKey::PrivateIdentifier(_) => None,
            key => match key.as_expression().map(|expression| self.value(expression)) {
                Some(Value::Text(text)) => Some(text),
                Some(Value::Number(number)) => Some(number.to_string()),
                _ => None,
            },
        }
    }

    /// A member of an object; the last of that name counts.
    pub(super) fn member(&self, value: &Value<'e, 'a>, name: &str) -> Option<Value<'e, 'a>> {
        let pairs = self.pairs(value)?;
        pairs.into_iter().rev().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

/// A value as a text, where it is one.
pub(super) fn text(value: &Value<'_, '_>) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

/// `a.b.c` of names alone.
pub(super) fn path(expression: &Expression<'_>) -> Option<String> {
    match expression.get_inner_expression() {
        Expression::Identifier(name) => Some(name.name.to_string()),
        Expression::ThisExpression(_) => Some("this".to_owned()),
        Expression::StaticMemberExpression(member) => {
            Some(format!("{}.{}", path(&member.object)?, member.property.name))
        }
        _ => None,
    }
}
