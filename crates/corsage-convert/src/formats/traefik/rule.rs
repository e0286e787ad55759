//! Rules of routers: matchers, joined by `&&`, `||` and `!`.

use crate::document::Node;
use crate::formats::sample;
use crate::regexes::{Case, Flavour, Matcher, Reach};
use crate::{Asked, Borders, NotRead};

/// How deep parentheses may stand in each other.
const MAX_DEPTH: usize = 32;

#[derive(Clone, Debug)]
pub(super) enum Rule {
    Host(String),
    Path(String),
    PathPrefix(String),
    PathRegex(Matcher),
    Method(String),
    Header(String, String),
    HeaderRegex(String, Matcher),
    All(Vec<Rule>),
    Any(Vec<Rule>),
    Not(Box<Rule>),
}

impl Rule {
    pub(super) fn parse(text: &str, node: &Node) -> Result<Self, NotRead> {
        let mut parser = Parser { rest: text, node, depth: 0 };
        let rule = parser.any()?;
        parser.space();
        if parser.rest.is_empty() { Ok(rule) } else { Err(node.refused(parser.rest)) }
    }

    pub(super) fn takes(&self, asked: &Asked<'_>) -> bool {
        match self {
            Self::Host(host) => {
                let name = asked.host.rsplit_once(':').map_or(asked.host, |(name, _)| name);
                name.eq_ignore_ascii_case(host)
            }
            Self::Path(path) => asked.path_only() == path,
            Self::PathPrefix(prefix) => asked.path_only().starts_with(prefix.as_str()),
            Self::PathRegex(matcher) => matcher.is_match(asked.path_only()),
            Self::Method(method) => asked.method.eq_ignore_ascii_case(method),
            Self::Header(name, value) => asked.lines(name).any(|line| line == value),
            Self::HeaderRegex(name, matcher) => {
                asked.lines(name).any(|line| matcher.is_match(line))
            }
            Self::All(rules) => rules.iter().all(|rule| rule.takes(asked)),
            Self::Any(rules) => rules.iter().any(|rule| rule.takes(asked)),
            Self::Not(rule) => !rule.takes(asked),
        }
    }

    pub(super) fn borders(&self, borders: &mut Borders) {
        match self {
            Self::Host(host) => {
                borders.hosts.insert(host.clone());
            }
            Self::Path(path) | Self::PathPrefix(path) => {
                borders.paths.insert(path.clone());
            }
            Self::PathRegex(matcher) => {
                borders.paths.insert(sample::path(matcher.written()));
            }
            Self::Method(method) => {
                borders.methods.insert(method.clone());
            }
            Self::Header(name, _) | Self::HeaderRegex(name, _) => {
                borders.looks_at.insert(name.to_ascii_lowercase());
            }
            Self::All(rules) | Self::Any(rules) => {
                rules.iter().for_each(|rule| rule.borders(borders));
            }
            Self::Not(rule) => rule.borders(borders),
        }
    }
}

struct Parser<'t> {
    rest: &'t str,
    node: &'t Node,
    depth: usize,
}

impl Parser<'_> {
    fn space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn eat(&mut self, text: &str) -> bool {
        self.space();
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn any(&mut self) -> Result<Rule, NotRead> {
        let mut rules = vec![self.all()?];
        while self.eat("||") {
            rules.push(self.all()?);
        }
        Ok(if rules.len() == 1 { rules.remove(0) } else { Rule::Any(rules) })
    }

    fn all(&mut self) -> Result<Rule, NotRead> {
        let mut rules = vec![self.one()?];
        while self.eat("&&") {
            rules.push(self.one()?);
        }
        Ok(if rules.len() == 1 { rules.remove(0) } else { Rule::All(rules) })
    }

    fn one(&mut self) -> Result<Rule, NotRead> {
        if self.depth > MAX_DEPTH {
            return Err(self.node.refused("rule"));
        }
        self.depth += 1;
        let rule = if self.eat("!") {
            Rule::Not(Box::new(self.one()?))
        } else if self.eat("(") {
            let rule = self.any()?;
            if !self.eat(")") {
                return Err(self.node.rejected("rule"));
            }
            rule
        } else {
            self.matcher()?
        };
        self.depth -= 1;
        Ok(rule)
    }

    fn matcher(&mut self) -> Result<Rule, NotRead> {
        self.space();
        let end =
            self.rest.find(|char: char| !char.is_ascii_alphanumeric()).unwrap_or(self.rest.len());
        let name = &self.rest[..end];
        self.rest = &self.rest[end..];
        if !self.eat("(") {
            return Err(self.node.rejected("rule"));
        }
        let mut values = Vec::new();
        loop {
            self.space();
            let quote = self.rest.chars().next().filter(|quote| matches!(quote, '`' | '"'));
            let Some(quote) = quote else { return Err(self.node.rejected("rule")) };
            let Some((value, rest)) = self.rest[1..].split_once(quote) else {
                return Err(self.node.rejected("rule"));
            };
            values.push(value.to_owned());
            self.rest = rest;
            if !self.eat(",") {
                break;
            }
        }
        if !self.eat(")") {
            return Err(self.node.rejected("rule"));
        }
        let expression = |text: &str| {
            Matcher::new(text, Flavour::Re2, Reach::Part, Case::Sensitive)
                .map_err(|_| self.node.refused(text))
        };
        match (name, values.as_slice()) {
            ("Host", [host]) => Ok(Rule::Host(host.clone())),
            ("Path", [path]) => Ok(Rule::Path(path.clone())),
            ("PathPrefix", [path]) => Ok(Rule::PathPrefix(path.clone())),
            ("PathRegexp", [path]) => Ok(Rule::PathRegex(expression(path)?)),
            ("Method", [method]) => Ok(Rule::Method(method.clone())),
            ("Header", [header, value]) => Ok(Rule::Header(header.clone(), value.clone())),
            ("HeaderRegexp", [header, value]) => {
                Ok(Rule::HeaderRegex(header.clone(), expression(value)?))
            }
            _ => Err(self.node.refused(name)),
        }
    }
}
