//! HCL, as Terraform reads it: blocks become maps under their type and labels, as in Terraform's JSON.
//!
//! Values that need more than the text (variables, attributes of other resources, functions) are kept as
//! unread; locals of the same text, and lists and texts made of them, are filled in.

use std::collections::HashMap;

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, ObjectKey, Traversal, TraversalOperator};
use hcl_edit::structure::{Block, Body, Structure};
use hcl_edit::template::{Element, Template};

use super::{Entry, Node, Value};
use crate::{NotRead, Refused, Span, Why};

/// How deep brackets may stand inside each other.
const MAX_DEPTH: usize = 64;
/// How often a local may lead to another.
const MAX_LOCALS: usize = 8;
/// How many operators a text may have that nest without brackets.
const MAX_OPERATORS: usize = 2_000;

/// Reads a text. Braces without a partner, as pieces of a larger file have them, are passed by.
pub(crate) fn read(text: &str) -> Result<Node, NotRead> {
    let balanced = balance(text)?;
    let body: Body = balanced.parse().map_err(|error: hcl_edit::parser::Error| {
        let at = error.location().offset().min(text.len());
        NotRead::refused(Refused::new(at..text.len().min(at + 1), "HCL", Why::Syntax))
    })?;
    let locals = locals(&body);
    let reader = Reader { text, locals: &locals };
    Ok(Node { value: reader.body(&body), span: 0..text.len() })
}

fn locals(body: &Body) -> HashMap<&str, &Expression> {
    let blocks = body.blocks().filter(|block| block.has_ident("locals"));
    blocks
        .flat_map(|block| block.body.attributes())
        .map(|attribute| (attribute.key.as_str(), &attribute.value))
        .collect()
}

struct Reader<'b> {
    text: &'b str,
    locals: &'b HashMap<&'b str, &'b Expression>,
}

impl Reader<'_> {
    fn body(&self, body: &Body) -> Value {
        let entries = body.iter().map(|structure| match structure {
            Structure::Attribute(attribute) => Entry {
                key: attribute.key.as_str().to_owned(),
                key_span: self.clamped(attribute.key.span()),
                node: self.node(&attribute.value, 0),
            },
            Structure::Block(block) => self.block(block),
        });
        Value::Map(entries.collect())
    }

    fn block(&self, block: &Block) -> Entry {
        let span = self.clamped(block.span());
        let mut node = Node { value: self.body(&block.body), span: span.clone() };
        for label in block.labels.iter().rev() {
            let entry = Entry {
                key: label.as_str().to_owned(),
                key_span: self.clamped(label.span()),
                node,
            };
            node = Node { value: Value::Map(vec![entry]), span: span.clone() };
        }
        let key_span = self.clamped(block.ident.span());
        Entry { key: block.ident.as_str().to_owned(), key_span, node }
    }

    fn node(&self, expression: &Expression, locals: usize) -> Node {
        let span = self.clamped(expression.span());
        Node { value: self.value(expression, locals), span }
    }

    fn value(&self, expression: &Expression, locals: usize) -> Value {
        match expression {
            Expression::Null(_) => Value::Null,
            Expression::Bool(value) => Value::Boolean(*value.value()),
            Expression::Number(number) => {
                let number = number.value();
                match number.as_i64() {
                    Some(whole) => Value::Integer(whole.to_string()),
                    None => Value::Float(number.to_string()),
                }
            }
            Expression::String(text) => Value::String(text.value().to_string()),
            Expression::Array(items) => {
                Value::List(items.iter().map(|item| self.node(item, locals)).collect())
            }
            Expression::Object(object) => {
                let entries = object.iter().map(|(key, value)| {
                    let name = match key {
                        ObjectKey::Ident(name) => name.as_str().to_owned(),
                        ObjectKey::Expression(expression) => match self.value(expression, locals) {
                            Value::String(text) => text,
                            _ => return None,
                        },
                    };
                    Some(Entry {
                        key: name,
                        key_span: self.clamped(key.span()),
                        node: self.node(value.expr(), locals),
                    })
                });
                entries.collect::<Option<_>>().map_or(Value::Unread(Why::Computed), Value::Map)
            }
            Expression::StringTemplate(template) => self.template(template.iter(), locals),
            Expression::HeredocTemplate(heredoc) => self.heredoc(&heredoc.template, locals),
            Expression::Parenthesis(inner) => self.value(inner.inner(), locals),
            Expression::Traversal(traversal) => self.traversal(traversal, locals),
            Expression::FuncCall(call) => {
                let arguments: Vec<Node> =
                    call.args.iter().map(|argument| self.node(argument, locals)).collect();
                function(call.name.name.as_str(), &arguments)
            }
            Expression::Variable(_) => Value::Unread(Why::Elsewhere),
            Expression::Conditional(_)
            | Expression::UnaryOp(_)
            | Expression::BinaryOp(_)
            | Expression::ForExpr(_) => Value::Unread(Why::Computed),
        }
    }

    fn template<'e>(&self, elements: impl Iterator<Item = &'e Element>, locals: usize) -> Value {
        let mut filled = String::new();
        let elements: Vec<&Element> = elements.collect();
        for element in &elements {
            match element {
                Element::Literal(text) => filled.push_str(text),
                Element::Interpolation(inner) => match self.value(&inner.expr, locals) {
                    Value::String(text) | Value::Integer(text) => filled.push_str(&text),
                    Value::Boolean(value) => filled.push_str(&value.to_string()),
                    // Alone, it is the value itself.
                    other if elements.len() == 1 => return other,
                    Value::Unread(why) => return Value::Unread(why),
                    _ => return Value::Unread(Why::Computed),
                },
                Element::Directive(_) => return Value::Unread(Why::Computed),
            }
        }
        Value::String(filled)
    }

    fn heredoc(&self, template: &Template, locals: usize) -> Value {
        self.template(template.iter(), locals)
    }

    /// `local.name`, and what is in it.
    fn traversal(&self, traversal: &Traversal, locals: usize) -> Value {
        let Expression::Variable(root) = &traversal.expr else {
            return Value::Unread(Why::Computed);
        };
        let mut names = Vec::new();
        for operator in &traversal.operators {
            match operator.value() {
                TraversalOperator::GetAttr(name) => names.push(name.as_str()),
                _ => return Value::Unread(Why::Computed),
            }
        }
        if root.as_str() != "local" || locals >= MAX_LOCALS {
            return Value::Unread(Why::Elsewhere);
        }
        let Some((first, rest)) = names.split_first() else {
            return Value::Unread(Why::Elsewhere);
        };
        let Some(expression) = self.locals.get(first) else {
            return Value::Unread(Why::Elsewhere);
        };
        let node = self.node(expression, locals + 1);
        node.at(rest).map_or(Value::Unread(Why::Elsewhere), |node| node.value.clone())
    }

    fn clamped(&self, span: Option<Span>) -> Span {
        let span = span.unwrap_or(0..0);
        span.start.min(self.text.len())..span.end.min(self.text.len())
    }
}

/// Functions that give back what they are given.
fn function(name: &str, arguments: &[Node]) -> Value {
    match (name, arguments) {
        ("toset" | "tolist" | "tostring" | "tobool" | "tonumber", [one]) => one.value.clone(),
        ("concat", lists) => {
            let mut all = Vec::new();
            for list in lists {
                match &list.value {
                    Value::List(items) => all.extend(items.iter().cloned()),
                    _ => return Value::Unread(Why::Computed),
                }
            }
            Value::List(all)
        }
        ("join", [between, list]) => {
            let parts: Option<Vec<&str>> = match &list.value {
                Value::List(items) => items.iter().map(Node::as_str).collect(),
                _ => None,
            };
            match (between.as_str(), parts) {
                (Some(between), Some(parts)) => Value::String(parts.join(between)),
                _ => Value::Unread(Why::Computed),
            }
        }
        _ => Value::Unread(Why::Computed),
    }
}

/// The text with blanks for closing brackets that nothing opened, and closed where it breaks off.
fn balance(text: &str) -> Result<String, NotRead> {
    let mut balanced = text.as_bytes().to_vec();
    let mut open: Vec<u8> = Vec::new();
    let mut operators = 0;
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'#' => at = line_end(bytes, at),
            b'/' if bytes.get(at + 1) == Some(&b'/') => at = line_end(bytes, at),
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                at = text[at..].find("*/").map_or(bytes.len(), |end| at + end + 2);
            }
            b'<' if bytes.get(at + 1) == Some(&b'<') => at = heredoc_end(text, at),
            b'"' => at = string_end(bytes, at),
            byte @ (b'{' | b'[' | b'(') => {
                open.push(byte);
                at += 1;
            }
            byte @ (b'}' | b']' | b')') => {
                let opening = match byte {
                    b'}' => b'{',
                    b']' => b'[',
                    _ => b'(',
                };
                if open.last() == Some(&opening) {
                    open.pop();
                } else if open.is_empty() {
                    balanced[at] = b' ';
                }
                at += 1;
            }
            b'?' | b'!' | b'-' => {
                operators += 1;
                at += 1;
            }
            _ => at += 1,
        }
        if open.len() > MAX_DEPTH || operators > MAX_OPERATORS {
            let at = at.min(text.len());
            let start = (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            return Err(NotRead::refused(Refused::new(
                start..start,
                "deep nesting",
                Why::TooLarge,
            )));
        }
    }
    if !open.is_empty() {
        balanced.push(b'\n');
        for bracket in open.iter().rev() {
            balanced.extend(match bracket {
                b'{' => b"}\n".as_slice(),
                b'[' => b"]",
                _ => b")",
            });
        }
    }
    if !balanced.ends_with(b"\n") {
        balanced.push(b'\n');
    }
    Ok(String::from_utf8(balanced).unwrap_or_else(|_| text.to_owned()))
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |end| at + end)
}

/// Behind a quoted text; interpolations in it may have quoted texts of their own.
fn string_end(bytes: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    // How many braces are open in each interpolation.
    let mut inside: Vec<usize> = Vec::new();
    let mut quoted = true;
    let mut quotes = 1_usize;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quoted => at += 1,
            b'\n' if quoted && inside.is_empty() => return at,
            b'"' if quoted => {
                quotes -= 1;
                if quotes == 0 {
                    return at + 1;
                }
                quoted = false;
            }
            b'"' => {
                quotes += 1;
                quoted = true;
            }
            b'$' | b'%' if quoted && bytes.get(at + 1) == Some(&b'{') => {
                // Doubled, it is text.
                if bytes[at - 1] != bytes[at] {
                    inside.push(0);
                    quoted = false;
                }
                at += 1;
            }
            b'{' if !quoted => {
                if let Some(braces) = inside.last_mut() {
                    *braces += 1;
                }
            }
            b'}' if !quoted => match inside.last_mut() {
                Some(0) => {
                    inside.pop();
                    quoted = true;
                }
                Some(braces) => *braces -= 1,
                None => {}
            },
            _ => {}
        }
        if inside.len() > MAX_DEPTH {
            return bytes.len();
        }
        at += 1;
    }
    bytes.len()
}

/// Behind a heredoc, or behind the two signs where there is none.
fn heredoc_end(text: &str, at: usize) -> usize {
    let rest = text[at + 2..].trim_start_matches('-');
    let start = text.len() - rest.len();
    let name: &str = rest.lines().next().unwrap_or_default().trim();
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return at + 2;
    }
    let mut end = start;
    for (index, line) in rest.split_inclusive('\n').enumerate() {
        end += line.len();
        if index > 0 && line.trim() == name {
            return end;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_lists_and_locals() {
        let text = r#"
            locals { name = "example", hosts = ["https://a.${local.name}"] }
            resource "aws_s3_bucket_cors_configuration" "b" {
              bucket = aws_s3_bucket.b.id
              cors_rule {
                allowed_origins = concat(local.hosts, ["https://b"])
                allowed_methods = var.methods
                max_age_seconds = 30
              }
              cors_rule { allowed_origins = ["${var.x}"] }
            }
        "#
        .replace("{ name = \"example\", hosts", "{\n name = \"example\"\n hosts")
        .replace("] }\n            resource", "]\n}\n resource");
        let document = read(&text).unwrap();
        let rules = document
            .at(&["resource", "aws_s3_bucket_cors_configuration", "b"])
            .unwrap()
            .each("cors_rule");
        assert_eq!(
            rules[0].get("allowed_origins").unwrap().texts("origins").unwrap(),
            ["https://a.example", "https://b"]
        );
        assert_eq!(rules[0].get("max_age_seconds").unwrap().integer("age").unwrap(), 30);
        let methods = rules[0].get("allowed_methods").unwrap();
        assert_eq!(methods.value, Value::Unread(Why::Elsewhere));
        assert_eq!(&text[methods.span.clone()], "var.methods");
        assert_eq!(
            rules[1].get("allowed_origins").unwrap().items()[0].value,
            Value::Unread(Why::Elsewhere)
        );
    }

    #[test]
    fn pieces_of_a_file_are_read() {
        let text = "    }\n  }\n\n  cors_rule = [\n    {\n      allowed_methods = [\"PUT\"]\n      }, {\n      allowed_methods = [\"GET\"]\n    }\n  ]\n\n  lifecycle_rule = [\n";
        assert_eq!(read(text).unwrap().each("cors_rule").len(), 2);
    }

    #[test]
    fn hostile_texts_are_refused() {
        for text in [
            format!("a = {}", "[".repeat(100_000)),
            format!("a = {}", "!".repeat(100_000)),
            format!("a = {}", "a?b:".repeat(100_000)),
            format!("a = \"{}", "${\"".repeat(100_000)),
            format!("a = b{}", ".c".repeat(100_000)),
            "a = <<EOT\n".to_owned(),
            "a = \"".to_owned(),
        ] {
            let _ = read(&text);
        }
    }
}
