//! Lua's patterns: no alternatives, no groups that repeat, `%` for a backslash, `-` for a lazy star.

use super::ast::{Class, Greed, Node};
use super::matcher::{BadExpression, BadExpressionWhy};

/// Reads a pattern.
pub(super) fn parse(text: &str) -> Result<Node, BadExpression> {
    let mut pattern = Pattern { text, at: 0 };
    let node = pattern.sequence(0)?;
    if pattern.at < text.len() {
        return Err(pattern.bad(pattern.at, BadExpressionWhy::Syntax));
    }
    Ok(node)
}

struct Pattern<'a> {
    text: &'a str,
    at: usize,
}

impl Pattern<'_> {
    fn bad(&self, from: usize, why: BadExpressionWhy) -> BadExpression {
        BadExpression { span: from..self.at.max(from), why }
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.at += character.len_utf8();
        Some(character)
    }

    fn sequence(&mut self, depth: usize) -> Result<Node, BadExpression> {
        let mut nodes = Vec::new();
        while let Some(character) = self.peek() {
            let from = self.at;
            if character == ')' && depth > 0 {
                break;
            }
            self.next();
            let single = match character {
                '^' if from == 0 => {
                    nodes.push(Node::Start);
                    continue;
                }
                '$' if self.at == self.text.len() => {
                    nodes.push(Node::End);
                    continue;
                }
                '(' => {
                    // Lua itself stops at 32 captures.
                    if depth >= 32 {
                        return Err(self.bad(from, BadExpressionWhy::TooLarge));
                    }
                    let inner = self.sequence(depth + 1)?;
                    if self.next() != Some(')') {
                        return Err(self.bad(from, BadExpressionWhy::Syntax));
                    }
                    nodes.push(Node::Group(Box::new(inner)));
                    continue;
                }
                ')' => return Err(self.bad(from, BadExpressionWhy::Syntax)),
                '.' => Node::Class(Class { ranges: Vec::new(), negated: true }),
                '%' => self.escape(from)?,
                '[' => self.set(from)?,
                other => Node::Literal(other),
            };
            nodes.push(self.repeated(single));
        }
        Ok(Node::Concat(nodes))
    }

    fn repeated(&mut self, node: Node) -> Node {
        let (least, most, greed) = match self.peek() {
            Some('*') => (0, None, Greed::Greedy),
            Some('+') => (1, None, Greed::Greedy),
            Some('-') => (0, None, Greed::Lazy),
            Some('?') => (0, Some(1), Greed::Greedy),
            _ => return node,
        };
        self.next();
        Node::Repeat { node: Box::new(node), least, most, greed }
    }

    fn escape(&mut self, from: usize) -> Result<Node, BadExpression> {
        match self.next() {
            None => Err(self.bad(from, BadExpressionWhy::Syntax)),
            Some('b' | 'f' | '1'..='9') => Err(self.bad(from, BadExpressionWhy::NotModelled)),
            Some(character) => Ok(match class(character) {
                Some(class) => Node::Class(class),
                None => Node::Literal(character),
            }),
        }
    }

    fn set(&mut self, from: usize) -> Result<Node, BadExpression> {
        let mut set = Class::default();
        if self.peek() == Some('^') {
            self.next();
            set.negated = true;
        }
        let mut is_first = true;
        loop {
            let Some(character) = self.next() else {
                return Err(self.bad(from, BadExpressionWhy::Syntax));
            };
            match character {
                ']' if !is_first => break,
                '%' => {
                    let Some(escaped) = self.next() else {
                        return Err(self.bad(from, BadExpressionWhy::Syntax));
                    };
                    match class(escaped) {
                        Some(class) => set.ranges.extend(class.inside()),
                        None => set.ranges.push((escaped, escaped)),
                    }
                }
                low => {
                    let rest = &self.text[self.at..];
                    let high = rest.strip_prefix('-').and_then(|rest| rest.chars().next());
                    match high {
                        Some(high) if high != ']' => {
                            self.at += 1 + high.len_utf8();
                            if low <= high {
                                set.ranges.push((low, high));
                            }
                        }
                        _ => set.ranges.push((low, low)),
                    }
                }
            }
            is_first = false;
        }
        Ok(Node::Class(set))
    }
}

fn class(character: char) -> Option<Class> {
    let ranges: &[(char, char)] = match character.to_ascii_lowercase() {
        'a' => &[('A', 'Z'), ('a', 'z')],
        'c' => &[('\0', '\x1F'), ('\x7F', '\x7F')],
        'd' => &[('0', '9')],
        'g' => &[('!', '~')],
        'l' => &[('a', 'z')],
        'p' => &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        's' => &[('\t', '\r'), (' ', ' ')],
        'u' => &[('A', 'Z')],
        'w' => &[('0', '9'), ('A', 'Z'), ('a', 'z')],
        'x' => &[('0', '9'), ('A', 'F'), ('a', 'f')],
        _ => return None,
    };
    Some(Class { ranges: ranges.to_vec(), negated: character.is_ascii_uppercase() })
}
