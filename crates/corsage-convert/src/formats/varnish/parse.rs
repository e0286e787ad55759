//! VCL's grammar.

use super::model::{Condition, Place, Statement, Term, Varnish};
use crate::regexes::{BadExpressionWhy, Case, Flavour, Matcher, Reach};
use crate::{NotRead, Refused, Rejected, Span, Why};

/// How deep blocks and parentheses may stand in each other.
const MAX_DEPTH: usize = 32;

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Text(String),
    Word(String),
    Sign(&'static str),
}

pub(super) fn parse(text: &str) -> Result<Varnish, NotRead> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens, at: 0, end: text.len(), depth: 0 };
    let mut varnish = Varnish::default();
    while let Some(token) = parser.peek().cloned() {
        let span = parser.span();
        let Token::Word(word) = token else { return Err(syntax(span, "declaration")) };
        parser.at += 1;
        match word.as_str() {
            "vcl" | "import" => parser.skip_to(";")?,
            "backend" | "probe" | "acl" => {
                while parser.peek().is_some() && parser.peek() != Some(&Token::Sign("{")) {
                    parser.at += 1;
                }
                parser.skip_block()?;
            }
            "sub" => {
                let name = parser.word()?;
                match name.as_str() {
                    // What is kept in the cache, and under which name, is not a question of CORS here.
                    "vcl_init" | "vcl_fini" | "vcl_hash" => parser.skip_block()?,
                    "vcl_hit" | "vcl_miss" | "vcl_pass" | "vcl_pipe" | "vcl_purge"
                    | "vcl_backend_fetch" | "vcl_backend_error" => {
                        return Err(refused(span, &name));
                    }
                    _ => {
                        parser.expect("{")?;
                        let body = parser.block()?;
                        varnish.subs.entry(name).or_default().extend(body);
                    }
                }
            }
            "include" => {
                return Err(NotRead::refused(Refused::new(span, "include", Why::Elsewhere)));
            }
            other => return Err(refused(span, other)),
        }
    }
    Ok(varnish)
}

fn tokens(text: &str) -> Result<Vec<(Token, Span)>, NotRead> {
    const SIGNS: &[&str] = &[
        "==", "!=", "!~", "<=", ">=", "&&", "||", "+=", "{", "}", "(", ")", ";", "=", "~", "<",
        ">", "!", "+", "-", ",", "*", "/", "%", ".",
    ];
    let mut out = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let Some(char) = rest.chars().next() else { break };
        if char.is_whitespace() {
            at += char.len_utf8();
        } else if char == '#' || rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("/*") {
            let Some(end) = rest.find("*/") else { return Err(syntax(at..text.len(), "/*")) };
            at += end + 2;
        } else if let Some(inside) = rest.strip_prefix("{\"") {
            let Some(end) = inside.find("\"}") else { return Err(syntax(at..text.len(), "{\"")) };
            out.push((Token::Text(inside[..end].to_owned()), at..at + end + 4));
            at += end + 4;
        } else if let Some(inside) = rest.strip_prefix('"') {
            // No escapes: expressions keep their backslashes.
            let end = inside.find(['"', '\n']).filter(|end| inside[*end..].starts_with('"'));
            let Some(end) = end else { return Err(syntax(at..text.len(), "\"")) };
            out.push((Token::Text(inside[..end].to_owned()), at..at + end + 2));
            at += end + 2;
        } else if char.is_ascii_alphanumeric() || char == '_' {
            let end =
                rest.find(|char: char| !(char.is_ascii_alphanumeric() || "._-".contains(char)));
            let end = end.unwrap_or(rest.len());
            out.push((Token::Word(rest[..end].to_owned()), at..at + end));
            at += end;
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            out.push((Token::Sign(sign), at..at + sign.len()));
            at += sign.len();
        } else {
            return Err(syntax(at..at + char.len_utf8(), &char.to_string()));
        }
    }
    Ok(out)
}

fn syntax(span: Span, what: &str) -> NotRead {
    NotRead::refused(Refused::new(span, what, Why::Syntax))
}

fn refused(span: Span, what: &str) -> NotRead {
    NotRead::refused(Refused::new(span, what, Why::NotModelled))
}

struct Parser {
    tokens: Vec<(Token, Span)>,
    at: usize,
    end: usize,
    depth: usize,
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

    fn word(&mut self) -> Result<String, NotRead> {
        match self.peek().cloned() {
            Some(Token::Word(word)) => {
                self.at += 1;
                Ok(word)
            }
            _ => Err(syntax(self.span(), "word")),
        }
    }

    fn text(&mut self) -> Result<String, NotRead> {
        match self.peek().cloned() {
            Some(Token::Text(text)) => {
                self.at += 1;
                Ok(text)
            }
            _ => Err(syntax(self.span(), "text")),
        }
    }

    fn skip_to(&mut self, sign: &str) -> Result<(), NotRead> {
        while self.peek().is_some() {
            if self.eat(sign) {
                return Ok(());
            }
            self.at += 1;
        }
        Err(syntax(self.span(), sign))
    }

    fn skip_block(&mut self) -> Result<(), NotRead> {
        self.expect("{")?;
        let mut open = 1_usize;
        while open > 0 {
            match self.peek() {
                Some(Token::Sign("{")) => open += 1,
                Some(Token::Sign("}")) => open -= 1,
                Some(_) => {}
                None => return Err(syntax(self.span(), "}")),
            }
            self.at += 1;
        }
        Ok(())
    }

    /// Statements up to the closing brace, which is taken too.
    fn block(&mut self) -> Result<Vec<Statement>, NotRead> {
        if self.depth > MAX_DEPTH {
            return Err(NotRead::refused(Refused::new(self.span(), "{", Why::TooLarge)));
        }
        self.depth += 1;
        let mut out = Vec::new();
        while !self.eat("}") {
            out.extend(self.statement()?);
        }
        self.depth -= 1;
        Ok(out)
    }

    fn statement(&mut self) -> Result<Option<Statement>, NotRead> {
        let span = self.span();
        let word = self.word()?;
        let statement = match word.as_str() {
            "if" => return self.branches().map(Some),
            "set" => {
                let place = self.place()?;
                self.expect("=")?;
                // A number is a status, or a time.
                if let (Place::Status, Some(Token::Word(number))) = (&place, self.peek().cloned()) {
                    self.at += 1;
                    self.expect(";")?;
                    return Ok(Some(Statement::Set(place, vec![Term::Text(number)])));
                }
                if place == Place::Other {
                    self.skip_to(";")?;
                    return Ok(None);
                }
                Statement::Set(place, self.terms()?)
            }
            "unset" | "remove" => Statement::Unset(self.place()?),
            "call" => Statement::Call(self.word()?),
            "synthetic" | "hash_data" => {
                self.skip_to(";")?;
                return Ok(None);
            }
            "return" => {
                self.expect("(")?;
                let action = self.word()?;
                let statement = match action.as_str() {
                    "synth" => {
                        self.expect("(")?;
                        let status = self.word()?;
                        let status = status.parse().map_err(|_| refused(span.clone(), &status))?;
                        if self.eat(",") {
                            self.terms()?;
                        }
                        self.expect(")")?;
                        Statement::Synth(status)
                    }
                    "pass" | "deliver" | "fetch" => Statement::Return,
                    "hash" | "lookup" => Statement::Hash,
                    "pipe" => Statement::Pipe,
                    _ => return Err(refused(span, &action)),
                };
                self.expect(")")?;
                statement
            }
            "std.log" | "std.syslog" | "std.collect" => {
                self.skip_to(";")?;
                return Ok(None);
            }
            _ => return Err(refused(span, &word)),
        };
        self.expect(";")?;
        Ok(Some(statement))
    }

    fn branches(&mut self) -> Result<Statement, NotRead> {
        let mut branches = Vec::new();
        loop {
            self.expect("(")?;
            let condition = self.any()?;
            self.expect(")")?;
            self.expect("{")?;
            branches.push((Some(condition), self.block()?));
            let Some(Token::Word(word)) = self.peek().cloned() else { break };
            match word.as_str() {
                "elsif" | "elseif" | "elif" => self.at += 1,
                "else" => {
                    self.at += 1;
                    if matches!(self.peek(), Some(Token::Word(word)) if word == "if") {
                        self.at += 1;
                        continue;
                    }
                    self.expect("{")?;
                    branches.push((None, self.block()?));
                    break;
                }
                _ => break,
            }
        }
        Ok(Statement::If(branches))
    }

    fn place(&mut self) -> Result<Place, NotRead> {
        let span = self.span();
        let word = self.word()?;
        let header = |prefix: &str| word.strip_prefix(prefix).map(str::to_owned);
        if let Some(name) = header("req.http.").or_else(|| header("bereq.http.")) {
            return Ok(Place::Request(name));
        }
        if let Some(name) = header("resp.http.") {
            return Ok(Place::Response(name));
        }
        if let Some(name) = header("beresp.http.") {
            return Ok(Place::Backend(name));
        }
        Ok(match word.as_str() {
            "resp.status" | "beresp.status" => Place::Status,
            "req.method" | "bereq.method" => Place::Method,
            "req.url" | "bereq.url" => Place::Url,
            "resp.reason"
            | "resp.body"
            | "beresp.reason"
            | "req.backend_hint"
            | "beresp.grace"
            | "req.hash_ignore_busy" => Place::Other,
            _ => return Err(refused(span, &word)),
        })
    }

    /// Texts and places beside each other, or with a plus between them.
    fn terms(&mut self) -> Result<Vec<Term>, NotRead> {
        let mut terms = vec![self.term()?];
        loop {
            // Only two literals are joined without a sign.
            let joined = matches!(terms.last(), Some(Term::Text(_)))
                && matches!(self.peek(), Some(Token::Text(_)));
            if !joined && !self.eat("+") {
                return Ok(terms);
            }
            terms.push(self.term()?);
        }
    }

    fn term(&mut self) -> Result<Term, NotRead> {
        if self.depth > MAX_DEPTH {
            return Err(NotRead::refused(Refused::new(self.span(), "(", Why::TooLarge)));
        }
        let span = self.span();
        match self.peek().cloned() {
            Some(Token::Text(text)) => {
                self.at += 1;
                Ok(Term::Text(text))
            }
            Some(Token::Word(word)) if word == "regsub" || word == "regsuball" => {
                self.at += 1;
                self.expect("(")?;
                self.depth += 1;
                let text = self.terms()?;
                self.depth -= 1;
                self.expect(",")?;
                let matcher = self.matcher()?;
                self.expect(",")?;
                let by = self.text()?;
                self.expect(")")?;
                Ok(Term::Replace { text, matcher, by, all: word == "regsuball" })
            }
            Some(Token::Word(word)) if word == "std.tolower" || word == "std.toupper" => {
                self.at += 1;
                self.expect("(")?;
                self.depth += 1;
                let text = self.terms()?;
                self.depth -= 1;
                self.expect(")")?;
                Ok(if word == "std.tolower" { Term::Lower(text) } else { Term::Upper(text) })
            }
            Some(Token::Word(word)) if word.bytes().all(|byte| byte.is_ascii_digit()) => {
                self.at += 1;
                Ok(Term::Text(word))
            }
            Some(Token::Word(_)) => Ok(Term::Place(self.place()?)),
            _ => Err(syntax(span, "value")),
        }
    }

    fn matcher(&mut self) -> Result<Matcher, NotRead> {
        let span = self.span();
        let text = self.text()?;
        Matcher::new(&text, Flavour::Pcre, Reach::Part, Case::Sensitive).map_err(|bad| {
            match bad.why {
                BadExpressionWhy::Syntax => NotRead::Rejected(Rejected {
                    span,
                    what: format!("Regexp compilation error: {text}"),
                }),
                BadExpressionWhy::NotModelled | BadExpressionWhy::TooLarge => refused(span, &text),
            }
        })
    }

    fn any(&mut self) -> Result<Condition, NotRead> {
        let mut parts = vec![self.all()?];
        while self.eat("||") {
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::Any(parts) })
    }

    fn all(&mut self) -> Result<Condition, NotRead> {
        let mut parts = vec![self.one()?];
        while self.eat("&&") {
            parts.push(self.one()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::All(parts) })
    }

    fn one(&mut self) -> Result<Condition, NotRead> {
        if self.depth > MAX_DEPTH {
            return Err(NotRead::refused(Refused::new(self.span(), "(", Why::TooLarge)));
        }
        self.depth += 1;
        let read = self.inner();
        self.depth -= 1;
        read
    }

    fn inner(&mut self) -> Result<Condition, NotRead> {
        if self.eat("!") {
            return Ok(Condition::Not(Box::new(self.one()?)));
        }
        if self.eat("(") {
            let inner = self.any()?;
            self.expect(")")?;
            return Ok(inner);
        }
        for (word, value) in [("true", true), ("false", false)] {
            if matches!(self.peek(), Some(Token::Word(other)) if other == word) {
                self.at += 1;
                return Ok(Condition::Constant(value));
            }
        }
        let start = self.span();
        let left = self.terms()?;
        let span = |parser: &Self| start.start..parser.span().start;
        let negated = match self.peek() {
            Some(Token::Sign("==" | "~")) => false,
            Some(Token::Sign("!=" | "!~")) => true,
            Some(Token::Sign(sign @ ("<" | ">" | "<=" | ">="))) => {
                let sign = *sign;
                self.at += 1;
                let [Term::Place(Place::Status)] = left.as_slice() else {
                    return Err(refused(start, sign));
                };
                let number = self.word()?;
                let number: u16 = number.parse().map_err(|_| refused(start.clone(), &number))?;
                let (at_least, at_most) = match sign {
                    "<" => (0, number.saturating_sub(1)),
                    "<=" => (0, number),
                    ">" => (number.saturating_add(1), u16::MAX),
                    _ => (number, u16::MAX),
                };
                return Ok(Condition::Number { at_least, at_most, negated: false });
            }
            _ => {
                return match left.as_slice() {
                    [
                        Term::Place(
                            place @ (Place::Request(_) | Place::Response(_) | Place::Backend(_)),
                        ),
                    ] => Ok(Condition::There(place.clone())),
                    _ => Err(refused(start, "condition")),
                };
            }
        };
        let matches = matches!(self.peek(), Some(Token::Sign("~" | "!~")));
        self.at += 1;
        if matches {
            let matcher = self.matcher()?;
            return Ok(Condition::Matches { left, matcher, negated, span: span(self) });
        }
        if let ([Term::Place(Place::Status)], Some(Token::Word(number))) =
            (left.as_slice(), self.peek().cloned())
        {
            self.at += 1;
            let number = number.parse().map_err(|_| refused(start.clone(), &number))?;
            return Ok(Condition::Number { at_least: number, at_most: number, negated });
        }
        let right = self.terms()?;
        Ok(Condition::Equal { left, right, negated, span: span(self) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subroutines_are_joined() {
        let text = "vcl 4.1;\nbackend b { .host = \"x\"; }\nsub vcl_recv { if (req.http.A ~ \"\\.b$\" && !req.http.C) { return (synth(204, \"ok\")); } else if (req.url == \"/\") { unset req.http.A; } }\nsub vcl_recv { set req.http.D = \"a\" + req.http.E; }";
        assert_eq!(parse(text).unwrap().subs["vcl_recv"].len(), 2);
    }

    #[test]
    fn broken_texts_are_refused() {
        for text in [
            "sub vcl_recv {",
            "sub vcl_recv { set a }",
            "\"",
            "sub vcl_recv { if (a) { } }",
            "include \"x\";",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
