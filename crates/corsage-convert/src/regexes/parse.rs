//! From an expression's text to its tree, as each flavour reads it.

use std::ops::Range;

use super::ast::{Class, Greed, Node};
use super::matcher::{BadExpression, BadExpressionWhy};
use super::{Flavour, escapes};

/// How deep groups may be nested.
const MAX_DEPTH: usize = 200;
/// How often a counted repetition may repeat: RE2's own limit, and enough for hosts.
const MAX_REPEAT: u32 = 1000;

pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(super) flavour: Flavour,
    depth: usize,
    names: Vec<(String, u32)>,
    groups: u32,
}

pub(super) type Parsed<T> = Result<T, BadExpression>;

/// Reads an expression.
pub(super) fn parse(text: &str, flavour: Flavour) -> Parsed<Node> {
    let mut parser = Parser { text, at: 0, flavour, depth: 0, names: Vec::new(), groups: 0 };
    let node = parser.either()?;
    if parser.at < text.len() {
        // Only an unopened parenthesis stops the reading.
        return Err(parser.bad(parser.at..parser.at + 1, BadExpressionWhy::Syntax));
    }
    Ok(node)
}

impl Parser<'_> {
    pub(super) fn bad(&self, span: Range<usize>, why: BadExpressionWhy) -> BadExpression {
        BadExpression { span, why }
    }

    pub(super) fn syntax(&self, from: usize) -> BadExpression {
        self.bad(from..self.at.max(from), BadExpressionWhy::Syntax)
    }

    pub(super) fn not_modelled(&self, from: usize) -> BadExpression {
        self.bad(from..self.at.max(from), BadExpressionWhy::NotModelled)
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.at += character.len_utf8();
        Some(character)
    }

    pub(super) fn eat(&mut self, expected: &str) -> bool {
        let is_there = self.text[self.at..].starts_with(expected);
        if is_there {
            self.at += expected.len();
        }
        is_there
    }

    fn either(&mut self) -> Parsed<Node> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.bad(self.at..self.text.len(), BadExpressionWhy::TooLarge));
        }
        let mut branches = vec![self.concat()?];
        while self.eat("|") {
            branches.push(self.concat()?);
        }
        self.depth -= 1;
        Ok(match branches.len() {
            1 => branches.remove(0),
            _ => Node::Either(branches),
        })
    }

    fn concat(&mut self) -> Parsed<Node> {
        let mut nodes = Vec::new();
        while let Some(character) = self.peek() {
            if matches!(character, '|' | ')') {
                break;
            }
            let from = self.at;
            let mut node = self.atom()?;
            // `(?i)` holds up to the end of the group.
            if let Node::Cased(inner, flag) = &node
                && **inner == Node::Empty
            {
                let flag = *flag;
                let rest = self.either()?;
                if !nodes.is_empty() && matches!(rest, Node::Either(_)) {
                    return Err(self.not_modelled(from));
                }
                nodes.push(Node::Cased(Box::new(rest), flag));
                break;
            }
            node = self.repeated(node, from)?;
            nodes.push(node);
        }
        Ok(match nodes.len() {
            0 => Node::Empty,
            1 => nodes.remove(0),
            _ => Node::Concat(nodes),
        })
    }

    fn repeated(&mut self, node: Node, from: usize) -> Parsed<Node> {
        let Some((least, most)) = self.quantifier()? else { return Ok(node) };
        let repeats_assertions = matches!(self.flavour, Flavour::Re2 | Flavour::Java);
        let is_look = matches!(node, Node::Look { .. });
        let looks = matches!(self.flavour, Flavour::JavaScript | Flavour::Pcre | Flavour::Python);
        if node.is_assertion() && !repeats_assertions && !(is_look && looks) {
            return Err(self.syntax(from));
        }
        let greed = if self.eat("?") {
            Greed::Lazy
        } else if matches!(self.flavour, Flavour::Pcre | Flavour::Java | Flavour::Python)
            && self.eat("+")
        {
            Greed::Possessive
        } else {
            Greed::Greedy
        };
        let again = self.at;
        if self.quantifier()?.is_some() {
            return Err(self.syntax(again));
        }
        Ok(Node::Repeat { node: Box::new(node), least, most, greed })
    }

    fn quantifier(&mut self) -> Parsed<Option<(u32, Option<u32>)>> {
        let from = self.at;
        let bounds = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => {
                let Some((bounds, length)) = self.counted(&self.text[self.at..]) else {
                    return Ok(None);
                };
                self.at += length;
                let (least, most) = bounds;
                let largest = most.unwrap_or(least);
                if most.is_some_and(|most| most < least) {
                    return Err(self.syntax(from));
                }
                if largest > MAX_REPEAT {
                    let why = match self.flavour {
                        Flavour::Re2 => BadExpressionWhy::Syntax,
                        _ => BadExpressionWhy::TooLarge,
                    };
                    return Err(self.bad(from..self.at, why));
                }
                return Ok(Some(bounds));
            }
            _ => return Ok(None),
        };
        self.at += 1;
        Ok(Some(bounds))
    }

    /// `{2}`, `{2,}`, `{2,3}`, where a brace that is none of them is a character.
    fn counted(&self, text: &str) -> Option<((u32, Option<u32>), usize)> {
        let end = text.find('}')?;
        let inner = &text[1..end];
        let number = |text: &str| -> Option<u32> {
            let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| text.parse().unwrap_or(u32::MAX))
        };
        let bounds = match inner.split_once(',') {
            None => {
                let count = number(inner)?;
                (count, Some(count))
            }
            Some(("", "")) if self.flavour == Flavour::Python => (0, None),
            Some(("", most)) if self.flavour == Flavour::Python => (0, Some(number(most)?)),
            Some((least, "")) => (number(least)?, None),
            Some((least, most)) => (number(least)?, Some(number(most)?)),
        };
        Some((bounds, end + 1))
    }

    fn atom(&mut self) -> Parsed<Node> {
        let from = self.at;
        match self.next() {
            Some('(') => self.group(from),
            Some('[') => self.class(from),
            Some('\\') => escapes::escape(self, from),
            Some('^') => Ok(Node::Start),
            Some('$') => Ok(Node::End),
            Some('.') => Ok(Node::Dot),
            Some('*' | '+' | '?') => Err(self.syntax(from)),
            Some('{') if self.flavour == Flavour::Java => Err(self.syntax(from)),
            // A count with nothing before it.
            Some('{') if self.counted(&self.text[from..]).is_some() => Err(self.syntax(from)),
            Some(character) => Ok(Node::Literal(character)),
            None => Ok(Node::Empty),
        }
    }

    fn group(&mut self, from: usize) -> Parsed<Node> {
        if self.eat("*") && self.flavour == Flavour::Pcre {
            return Err(self.not_modelled(from));
        }
        if !self.eat("?") {
            self.groups += 1;
            let inner = self.either()?;
            self.close(from)?;
            return Ok(Node::Group(Box::new(inner)));
        }
        let has_look = self.flavour != Flavour::Re2;
        for (open, behind, negated) in
            [("=", false, false), ("!", false, true), ("<=", true, false), ("<!", true, true)]
        {
            if self.eat(open) {
                if !has_look {
                    return Err(self.syntax(from));
                }
                let node = Box::new(self.either()?);
                self.close(from)?;
                return Ok(Node::Look { node, behind, negated });
            }
        }
        if self.eat(":") {
            let inner = self.either()?;
            self.close(from)?;
            // A group that is not counted still bounds an inline flag and a quantifier.
            return Ok(Node::Concat(vec![inner]));
        }
        if self.eat(">") {
            if matches!(self.flavour, Flavour::Re2 | Flavour::JavaScript) {
                return Err(self.syntax(from));
            }
            let node = Box::new(self.either()?);
            self.close(from)?;
            return Ok(Node::Atomic(node));
        }
        if self.eat("#") {
            if !matches!(self.flavour, Flavour::Pcre | Flavour::Python) {
                return Err(self.syntax(from));
            }
            let Some(end) = self.text[self.at..].find(')') else { return Err(self.syntax(from)) };
            self.at += end + 1;
            return Ok(Node::Empty);
        }
        let named = match self.flavour {
            Flavour::Python => self.eat("P<"),
            Flavour::JavaScript | Flavour::Java => self.eat("<"),
            Flavour::Pcre => self.eat("P<") || self.eat("<"),
            Flavour::Re2 => self.eat("P<") || self.eat("<"),
            Flavour::Lua => false,
        };
        if named {
            return self.named_group(from);
        }
        self.flags(from)
    }

    fn named_group(&mut self, from: usize) -> Parsed<Node> {
        let Some(end) = self.text[self.at..].find('>') else { return Err(self.syntax(from)) };
        let name = self.text[self.at..self.at + end].to_owned();
        let is_name = name.chars().all(|c| c.is_alphanumeric() || c == '_')
            && name.chars().next().is_some_and(|c| !c.is_ascii_digit());
        if !is_name || self.names.iter().any(|(other, _)| *other == name) {
            return Err(self.syntax(from));
        }
        self.at += end + 1;
        self.groups += 1;
        self.names.push((name, self.groups));
        let inner = self.either()?;
        self.close(from)?;
        Ok(Node::Group(Box::new(inner)))
    }

    /// `(?i)`, `(?i:…)`, `(?-i)` and flags that change nothing for one line without line feeds.
    fn flags(&mut self, from: usize) -> Parsed<Node> {
        let (mut case, mut is_off) = (None, false);
        loop {
            match self.next() {
                Some('i') => case = Some(!is_off),
                Some('m' | 's') => {}
                Some('U') if self.flavour == Flavour::Re2 => {}
                Some('-') if !is_off => is_off = true,
                Some(':') => {
                    let inner = self.either()?;
                    self.close(from)?;
                    return Ok(match case {
                        Some(flag) => Node::Cased(Box::new(inner), flag),
                        None => Node::Concat(vec![inner]),
                    });
                }
                Some(')') => {
                    return match (self.flavour, case) {
                        (Flavour::JavaScript, _) => Err(self.syntax(from)),
                        // Since 3.11 only where the expression begins.
                        (Flavour::Python, _) if from > 0 => Err(self.syntax(from)),
                        (_, Some(flag)) => Ok(Node::Cased(Box::new(Node::Empty), flag)),
                        (_, None) => Ok(Node::Concat(Vec::new())),
                    };
                }
                _ => return Err(self.not_modelled(from)),
            }
        }
    }

    fn close(&mut self, from: usize) -> Parsed<()> {
        if self.eat(")") { Ok(()) } else { Err(self.syntax(from)) }
    }

    pub(super) fn group_number(&self, name: &str) -> Option<u32> {
        self.names.iter().find(|(other, _)| other == name).map(|(_, number)| *number)
    }

    fn class(&mut self, from: usize) -> Parsed<Node> {
        let mut class = Class { negated: self.eat("^"), ..Class::default() };
        let mut is_first = true;
        loop {
            let item = self.at;
            let Some(character) = self.next() else { return Err(self.syntax(from)) };
            let low = match character {
                ']' if !is_first || self.flavour == Flavour::JavaScript => break,
                '[' if self.eat(":") => {
                    if matches!(self.flavour, Flavour::Pcre | Flavour::Re2) {
                        class.ranges.extend(escapes::posix(self, item)?);
                        is_first = false;
                        continue;
                    }
                    self.at -= 1;
                    '['
                }
                // Unions and intersections.
                '[' | '&' if self.flavour == Flavour::Java => return Err(self.not_modelled(item)),
                '\\' => match escapes::in_class(self, item)? {
                    escapes::InClass::Character(character) => character,
                    escapes::InClass::Set(ranges) => {
                        class.ranges.extend(ranges);
                        is_first = false;
                        continue;
                    }
                },
                other => other,
            };
            is_first = false;
            let high = self.range_end(low)?;
            if high < low {
                return Err(self.syntax(item));
            }
            class.ranges.push((low, high));
        }
        Ok(Node::Class(class))
    }

    /// The end of a range that begins with this character; the character itself where it is alone.
    fn range_end(&mut self, low: char) -> Parsed<char> {
        let before = self.at;
        if !self.eat("-") {
            return Ok(low);
        }
        let item = self.at;
        match self.next() {
            // A hyphen at the end is a character.
            Some(']') | None => {
                self.at = before;
                Ok(low)
            }
            Some('\\') => match escapes::in_class(self, item)? {
                escapes::InClass::Character(high) => Ok(high),
                escapes::InClass::Set(_) => match self.flavour {
                    Flavour::JavaScript | Flavour::Pcre => {
                        self.at = before;
                        Ok(low)
                    }
                    _ => Err(self.syntax(before)),
                },
            },
            Some(high) => Ok(high),
        }
    }
}
