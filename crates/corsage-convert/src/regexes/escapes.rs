//! What a backslash stands for, in and out of classes.

use super::Flavour;
use super::ast::{Class, Node};
use super::matcher::BadExpressionWhy;
use super::parse::{Parsed, Parser};

const DIGITS: &[(char, char)] = &[('0', '9')];
const WORD: &[(char, char)] = &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];
const SPACE: &[(char, char)] = &[('\t', '\r'), (' ', ' ')];
/// RE2 and Go leave the vertical tab out.
const SPACE_RE2: &[(char, char)] = &[('\t', '\n'), ('\x0C', '\r'), (' ', ' ')];

/// One item of a class.
pub(super) enum InClass {
    Character(char),
    Set(Vec<(char, char)>),
}

/// An escape outside of a class; the backslash is read.
pub(super) fn escape(parser: &mut Parser<'_>, from: usize) -> Parsed<Node> {
    let flavour = parser.flavour;
    let is_javascript = flavour == Flavour::JavaScript;
    let Some(character) = parser.peek() else {
        return Err(parser.syntax(from));
    };
    match character {
        'b' => return taken(parser, Node::WordBoundary),
        'B' => return taken(parser, Node::NotWordBoundary),
        'A' if !is_javascript => return taken(parser, Node::Start),
        'z' if matches!(flavour, Flavour::Pcre | Flavour::Re2 | Flavour::Java) => {
            return taken(parser, Node::End);
        }
        'Z' if matches!(flavour, Flavour::Pcre | Flavour::Python | Flavour::Java) => {
            return taken(parser, Node::End);
        }
        '1'..='9' if flavour != Flavour::Re2 => return backreference(parser, from),
        'k' if !matches!(flavour, Flavour::Re2 | Flavour::Python) => {
            return named_backreference(parser, from);
        }
        'Q' if matches!(flavour, Flavour::Pcre | Flavour::Re2 | Flavour::Java) => {
            parser.next();
            return Ok(quoted(parser));
        }
        'K' | 'G' | 'R' | 'X' | 'C' if !is_javascript => {
            parser.next();
            return Err(match flavour {
                Flavour::Re2 | Flavour::Python => parser.syntax(from),
                _ => parser.not_modelled(from),
            });
        }
        _ => {}
    }
    Ok(match in_class_or_out(parser, from)? {
        InClass::Character(character) => Node::Literal(character),
        InClass::Set(ranges) => Node::Class(Class::of(&ranges)),
    })
}

fn taken(parser: &mut Parser<'_>, node: Node) -> Parsed<Node> {
    parser.next();
    Ok(node)
}

/// `\Q…\E`: characters as they are.
fn quoted(parser: &mut Parser<'_>) -> Node {
    let rest = &parser.text[parser.at..];
    let (inner, length) = match rest.find("\\E") {
        Some(end) => (&rest[..end], end + 2),
        None => (rest, rest.len()),
    };
    let nodes = inner.chars().map(Node::Literal).collect();
    parser.at += length;
    Node::Concat(nodes)
}

fn backreference(parser: &mut Parser<'_>, from: usize) -> Parsed<Node> {
    let digits: String =
        parser.text[parser.at..].chars().take_while(char::is_ascii_digit).take(2).collect();
    parser.at += digits.len();
    match digits.parse() {
        Ok(number) => Ok(Node::Backreference(number)),
        Err(_) => Err(parser.syntax(from)),
    }
}

fn named_backreference(parser: &mut Parser<'_>, from: usize) -> Parsed<Node> {
    parser.next();
    if !parser.eat("<") {
        return Err(parser.not_modelled(from));
    }
    let Some(end) = parser.text[parser.at..].find('>') else { return Err(parser.syntax(from)) };
    let number = parser.group_number(&parser.text[parser.at..parser.at + end]);
    parser.at += end + 1;
    number.map(Node::Backreference).ok_or_else(|| parser.syntax(from))
}

/// An escape inside of a class; the backslash is read.
pub(super) fn in_class(parser: &mut Parser<'_>, from: usize) -> Parsed<InClass> {
    if parser.peek() == Some('b') && parser.flavour != Flavour::Re2 {
        parser.next();
        return Ok(InClass::Character('\x08'));
    }
    in_class_or_out(parser, from)
}

fn in_class_or_out(parser: &mut Parser<'_>, from: usize) -> Parsed<InClass> {
    let flavour = parser.flavour;
    let Some(character) = parser.next() else { return Err(parser.syntax(from)) };
    let set = |ranges: &[(char, char)]| Ok(InClass::Set(ranges.to_vec()));
    let outside = |ranges: &[(char, char)]| {
        Ok(InClass::Set(Class { ranges: ranges.to_vec(), negated: true }.inside()))
    };
    let space = if flavour == Flavour::Re2 { SPACE_RE2 } else { SPACE };
    match character {
        'd' => set(DIGITS),
        'D' => outside(DIGITS),
        'w' => set(WORD),
        'W' => outside(WORD),
        's' => set(space),
        'S' => outside(space),
        'h' if matches!(flavour, Flavour::Pcre | Flavour::Java) => set(&[('\t', '\t'), (' ', ' ')]),
        't' => Ok(InClass::Character('\t')),
        'n' => Ok(InClass::Character('\n')),
        'r' => Ok(InClass::Character('\r')),
        'f' => Ok(InClass::Character('\x0C')),
        'v' => Ok(InClass::Character('\x0B')),
        'a' if flavour != Flavour::JavaScript => Ok(InClass::Character('\x07')),
        'e' if matches!(flavour, Flavour::Pcre | Flavour::Java) => Ok(InClass::Character('\x1B')),
        'x' => hexadecimal(parser, from, 2),
        'u' if matches!(flavour, Flavour::JavaScript | Flavour::Python | Flavour::Java) => {
            hexadecimal(parser, from, 4)
        }
        '0' => Ok(InClass::Character('\0')),
        'p' | 'P' if flavour != Flavour::JavaScript => match flavour {
            Flavour::Python => Err(parser.syntax(from)),
            _ => Err(parser.not_modelled(from)),
        },
        other if !other.is_ascii_alphanumeric() => Ok(InClass::Character(other)),
        // Without the flag `u` any letter stands for itself.
        other if flavour == Flavour::JavaScript && other.is_ascii_alphabetic() => {
            Ok(InClass::Character(other))
        }
        _ => Err(parser.syntax(from)),
    }
}

fn hexadecimal(parser: &mut Parser<'_>, from: usize, digits: usize) -> Parsed<InClass> {
    let is_braced =
        matches!(parser.flavour, Flavour::Pcre | Flavour::Re2 | Flavour::Java) && parser.eat("{");
    let rest = &parser.text[parser.at..];
    let number: String = if is_braced {
        rest.split('}').next().unwrap_or_default().to_owned()
    } else {
        rest.chars().take(digits).take_while(char::is_ascii_hexdigit).collect()
    };
    if !is_braced && number.len() < digits {
        return match parser.flavour {
            Flavour::JavaScript => Ok(InClass::Character(if digits == 2 { 'x' } else { 'u' })),
            Flavour::Pcre => Err(parser.not_modelled(from)),
            _ => Err(parser.syntax(from)),
        };
    }
    parser.at += number.len() + usize::from(is_braced && rest.len() > number.len());
    u32::from_str_radix(&number, 16)
        .ok()
        .and_then(char::from_u32)
        .map(InClass::Character)
        .ok_or_else(|| parser.syntax(from))
}

/// `[:alpha:]` within a class; `[:` is read.
pub(super) fn posix(parser: &mut Parser<'_>, from: usize) -> Parsed<Vec<(char, char)>> {
    let Some(end) = parser.text[parser.at..].find(":]") else {
        return Err(parser.bad(from..parser.text.len(), BadExpressionWhy::Syntax));
    };
    let name = &parser.text[parser.at..parser.at + end];
    parser.at += end + 2;
    let (name, negated) = match name.strip_prefix('^') {
        Some(name) => (name, true),
        None => (name, false),
    };
    let ranges: &[(char, char)] = match name {
        "alnum" => &[('0', '9'), ('A', 'Z'), ('a', 'z')],
        "alpha" => &[('A', 'Z'), ('a', 'z')],
        "ascii" => &[('\0', '\x7F')],
        "blank" => &[('\t', '\t'), (' ', ' ')],
        "cntrl" => &[('\0', '\x1F'), ('\x7F', '\x7F')],
        "digit" => DIGITS,
        "graph" => &[('!', '~')],
        "lower" => &[('a', 'z')],
        "print" => &[(' ', '~')],
        "punct" => &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        "space" => SPACE,
        "upper" => &[('A', 'Z')],
        "word" => WORD,
        "xdigit" => &[('0', '9'), ('A', 'F'), ('a', 'f')],
        _ => return Err(parser.syntax(from)),
    };
    Ok(Class { ranges: ranges.to_vec(), negated }.inside())
}
