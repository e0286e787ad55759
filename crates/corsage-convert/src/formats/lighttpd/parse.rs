//! lighttpd's grammar: assignments, arrays, conditions.

use crate::{NotRead, Refused, Rejected, Span, Why};

/// How deep arrays and conditions may stand in each other.
const MAX_DEPTH: usize = 32;

#[derive(Clone, Debug)]
pub(super) enum Statement {
    Assign { name: String, value: Value, appends: bool, span: Span },
    Condition(Condition),
}

/// A condition; with `after`, one that is looked at only where the one before it does not hold.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    pub(super) after_else: bool,
    /// None: an `else` without a condition.
    pub(super) test: Option<(String, Option<String>, String, String)>,
    pub(super) span: Span,
    pub(super) body: Vec<Statement>,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    Word(String),
    List(Vec<(Option<String>, Value)>),
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Text(String),
    Word(String),
    Sign(&'static str),
}

pub(super) fn parse(text: &str) -> Result<Vec<Statement>, NotRead> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens, at: 0, end: text.len() };
    parser.statements(0)
}

fn tokens(text: &str) -> Result<Vec<(Token, Span)>, NotRead> {
    const SIGNS: &[&str] = &[
        "=>", "==", "!=", "=~", "!~", "=^", "=$", "+=", ":=", "=", "+", "(", ")", "{", "}", "[",
        "]", ",", "$",
    ];
    let mut out = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let Some(char) = rest.chars().next() else { break };
        if char.is_whitespace() {
            at += char.len_utf8();
        } else if char == '#' {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if char == '"' {
            let mut value = String::new();
            let mut length = None;
            let mut chars = rest.char_indices().skip(1).peekable();
            while let Some((place, char)) = chars.next() {
                match char {
                    '"' => {
                        length = Some(place + 1);
                        break;
                    }
                    // Only a quote is undone; expressions keep their backslashes.
                    '\\' if chars.peek().is_some_and(|(_, next)| *next == '"') => {
                        value.push('"');
                        chars.next();
                    }
                    char => value.push(char),
                }
            }
            let Some(length) = length else { return Err(syntax(at..text.len(), "\"")) };
            out.push((Token::Text(value), at..at + length));
            at += length;
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            out.push((Token::Sign(sign), at..at + sign.len()));
            at += sign.len();
        } else if char.is_ascii_alphanumeric() || char == '_' {
            let end =
                rest.find(|char: char| !(char.is_ascii_alphanumeric() || "._-".contains(char)));
            let end = end.unwrap_or(rest.len());
            out.push((Token::Word(rest[..end].to_owned()), at..at + end));
            at += end;
        } else {
            return Err(syntax(at..at + char.len_utf8(), &char.to_string()));
        }
    }
    Ok(out)
}

fn syntax(span: Span, what: &str) -> NotRead {
    NotRead::refused(Refused::new(span, what, Why::Syntax))
}

struct Parser {
    tokens: Vec<(Token, Span)>,
    at: usize,
    end: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn span(&self) -> Span {
        self.tokens.get(self.at).map_or(self.end..self.end, |(_, span)| span.clone())
    }

    fn eat(&mut self, sign: &str) -> bool {
        let eaten = matches!(self.peek(), Some(Token::Sign(other)) if *other == sign);
        self.at += usize::from(eaten);
        eaten
    }

    fn expect(&mut self, sign: &str) -> Result<(), NotRead> {
        if self.eat(sign) { Ok(()) } else { Err(syntax(self.span(), sign)) }
    }

    fn statements(&mut self, depth: usize) -> Result<Vec<Statement>, NotRead> {
        let mut out = Vec::new();
        if depth > MAX_DEPTH {
            return Err(syntax(self.span(), "{"));
        }
        loop {
            let span = self.span();
            match self.peek().cloned() {
                None if depth == 0 => return Ok(out),
                None => return Err(syntax(span, "}")),
                Some(Token::Sign("}")) if depth > 0 => return Ok(out),
                Some(Token::Sign("$")) => {
                    out.push(Statement::Condition(self.condition(false, depth)?));
                }
                Some(Token::Word(word)) if word == "else" => {
                    self.at += 1;
                    out.push(Statement::Condition(self.condition(true, depth)?));
                }
                Some(Token::Word(name)) => {
                    self.at += 1;
                    let appends = self.eat("+=");
                    if !appends && !self.eat("=") && !self.eat(":=") {
                        return Err(NotRead::refused(Refused::new(span, name, Why::NotModelled)));
                    }
                    let value = self.value(0)?;
                    out.push(Statement::Assign { name, value, appends, span });
                }
                Some(_) => return Err(syntax(span, "statement")),
            }
        }
    }

    fn condition(&mut self, after_else: bool, depth: usize) -> Result<Condition, NotRead> {
        let start = self.span();
        if after_else && matches!(self.peek(), Some(Token::Word(word)) if word == "if") {
            self.at += 1;
        }
        let mut test = None;
        if self.eat("$") {
            let Some(Token::Word(kind)) = self.peek().cloned() else {
                return Err(syntax(self.span(), "$"));
            };
            self.at += 1;
            let mut key = None;
            if self.eat("[") {
                let Some(Token::Text(text)) = self.peek().cloned() else {
                    return Err(syntax(self.span(), "["));
                };
                self.at += 1;
                key = Some(text);
                self.expect("]")?;
            }
            let operator = match self.peek() {
                Some(Token::Sign(sign @ ("==" | "!=" | "=~" | "!~" | "=^" | "=$"))) => {
                    (*sign).to_owned()
                }
                _ => return Err(syntax(self.span(), "operator")),
            };
            self.at += 1;
            let Some(Token::Text(text)) = self.peek().cloned() else {
                return Err(syntax(self.span(), "text"));
            };
            self.at += 1;
            test = Some((kind, key, operator, text));
        } else if !after_else {
            return Err(syntax(start, "condition"));
        }
        let end = self.span().start;
        self.expect("{")?;
        let body = self.statements(depth + 1)?;
        self.expect("}")?;
        Ok(Condition { after_else, test, span: start.start..end, body })
    }

    fn value(&mut self, depth: usize) -> Result<Value, NotRead> {
        if depth > MAX_DEPTH {
            return Err(syntax(self.span(), "("));
        }
        let span = self.span();
        let token = self.peek().cloned();
        self.at += 1;
        let mut value = match token {
            Some(Token::Text(text)) => Value::Text(text),
            Some(Token::Word(word)) => Value::Word(word),
            Some(Token::Sign("(")) => {
                let mut items: Vec<(Option<String>, Value)> = Vec::new();
                while !self.eat(")") {
                    let span = self.span();
                    let mut item = self.value(depth + 1)?;
                    let mut key = None;
                    if self.eat("=>") {
                        let Value::Text(text) = item else { return Err(syntax(span, "=>")) };
                        if items.iter().any(|(other, _)| other.as_deref() == Some(text.as_str())) {
                            return Err(NotRead::Rejected(Rejected {
                                span,
                                what: format!("duplicate array-key {text}"),
                            }));
                        }
                        key = Some(text);
                        item = self.value(depth + 1)?;
                    }
                    items.push((key, item));
                    if !self.eat(",") {
                        self.expect(")")?;
                        break;
                    }
                }
                Value::List(items)
            }
            _ => return Err(syntax(span, "value")),
        };
        while self.eat("+") {
            let more = self.value(depth + 1)?;
            value = match (value, more) {
                (Value::Text(left), Value::Text(right)) => Value::Text(left + &right),
                (Value::List(mut left), Value::List(right)) => {
                    left.extend(right);
                    Value::List(left)
                }
                _ => return Err(NotRead::refused(Refused::new(span, "+", Why::Computed))),
            };
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_and_lists() {
        let text =
            "a.b = ( \"x\" => \"y\", )\n$HTTP[\"url\"] =~ \"\\.js$\" { c = 1 }\nelse { c += 2 }";
        let statements = parse(text).unwrap();
        assert_eq!(statements.len(), 3);
        let Statement::Condition(condition) = &statements[1] else { panic!("no condition") };
        assert_eq!(condition.test.as_ref().unwrap().3, "\\.js$");
    }

    #[test]
    fn broken_texts_are_refused() {
        for text in [
            "a",
            "a = (",
            "$HTTP[\"url\"] == \"x\" {",
            "}",
            "a = \"x",
            "a = ( \"k\" => \"1\", \"k\" => \"2\" )",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
