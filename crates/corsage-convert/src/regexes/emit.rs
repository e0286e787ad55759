//! A tree as text in the syntax of the `regex` crates.

use std::fmt::Write;

use super::ast::{Class, Greed, Node};

/// Which characters a text may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alphabet {
    /// All: for matching what was really sent.
    Unicode,
    /// ASCII: for the language of origins, which browsers send in ASCII.
    Ascii,
}

/// What nothing can match.
const NOTHING: &str = "[a&&b]";

/// Appends the tree to the text.
pub(super) fn emit(node: &Node, alphabet: Alphabet, text: &mut String) {
    match node {
        Node::Empty => text.push_str("(?:)"),
        Node::Literal(character) if alphabet == Alphabet::Ascii && !character.is_ascii() => {
            text.push_str(NOTHING);
        }
        Node::Literal(character) => literal(*character, text),
        Node::Class(set) => class(set, alphabet, text),
        Node::Dot => text.push_str("[^\\n]"),
        Node::Start => text.push_str("\\A"),
        Node::End => text.push_str("\\z"),
        Node::WordBoundary => text.push_str("(?-u:\\b)"),
        Node::NotWordBoundary => text.push_str("(?-u:\\B)"),
        Node::Group(inner) => wrapped("(", inner, alphabet, text),
        Node::Concat(nodes) => {
            for node in nodes {
                emit(node, alphabet, text);
            }
        }
        Node::Either(nodes) => {
            text.push_str("(?:");
            for (index, node) in nodes.iter().enumerate() {
                if index > 0 {
                    text.push('|');
                }
                emit(node, alphabet, text);
            }
            text.push(')');
        }
        Node::Repeat { node, least, most, greed } => {
            wrapped("(?:", node, alphabet, text);
            let _ = match (least, most) {
                (0, None) => write!(text, "*"),
                (1, None) => write!(text, "+"),
                (0, Some(1)) => write!(text, "?"),
                (least, None) => write!(text, "{{{least},}}"),
                (least, Some(most)) => write!(text, "{{{least},{most}}}"),
            };
            match greed {
                Greed::Greedy => {}
                Greed::Lazy => text.push('?'),
                Greed::Possessive => text.push('+'),
            }
        }
        Node::Cased(node, true) => wrapped("(?i:", node, alphabet, text),
        Node::Cased(node, false) => wrapped("(?-i:", node, alphabet, text),
        Node::Look { node, behind, negated } => {
            let open = match (behind, negated) {
                (false, false) => "(?=",
                (false, true) => "(?!",
                (true, false) => "(?<=",
                (true, true) => "(?<!",
            };
            wrapped(open, node, alphabet, text);
        }
        Node::Atomic(node) => wrapped("(?>", node, alphabet, text),
        Node::Backreference(number) => {
            let _ = write!(text, "(?:\\{number})");
        }
    }
}

fn wrapped(open: &str, node: &Node, alphabet: Alphabet, text: &mut String) {
    text.push_str(open);
    emit(node, alphabet, text);
    text.push(')');
}

fn literal(character: char, text: &mut String) {
    if character.is_ascii_alphanumeric() || matches!(character, '/' | ':' | '_' | '-') {
        text.push(character);
    } else {
        let _ = write!(text, "\\x{{{:X}}}", u32::from(character));
    }
}

fn class(set: &Class, alphabet: Alphabet, text: &mut String) {
    let mut ranges = set.inside();
    if alphabet == Alphabet::Ascii {
        ranges.retain(|(low, _)| low.is_ascii());
        for (_, high) in &mut ranges {
            *high = (*high).min('\x7F');
        }
    }
    if ranges.is_empty() {
        text.push_str(NOTHING);
        return;
    }
    text.push('[');
    for (low, high) in ranges {
        let _ = write!(text, "\\x{{{:X}}}-\\x{{{:X}}}", u32::from(low), u32::from(high));
    }
    text.push(']');
}

/// A text as an expression, in a syntax that every flavour reads.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        if matches!(
            character,
            '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '^' | '$' | '|' | '\\'
        ) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// A tree in a syntax that every flavour reads, in lower case where case does not count. Nothing where it
/// looks around or back.
pub(super) fn portable(node: &Node, ignores_case: bool) -> Option<String> {
    Some(match node {
        Node::Empty => String::new(),
        Node::Literal(character) => {
            let character = if ignores_case { character.to_ascii_lowercase() } else { *character };
            escaped(&character.to_string())
        }
        Node::Class(set) => portable_class(set, ignores_case),
        Node::Dot => ".".to_owned(),
        Node::Start => "^".to_owned(),
        Node::End => "$".to_owned(),
        Node::WordBoundary => "\\b".to_owned(),
        Node::NotWordBoundary => "\\B".to_owned(),
        Node::Group(inner) => format!("({})", portable(inner, ignores_case)?),
        Node::Concat(nodes) => {
            nodes.iter().map(|node| portable(node, ignores_case)).collect::<Option<String>>()?
        }
        Node::Either(nodes) => {
            let branches: Option<Vec<String>> =
                nodes.iter().map(|node| portable(node, ignores_case)).collect();
            format!("(?:{})", branches?.join("|"))
        }
        Node::Repeat { node, least, most, greed } if *greed != Greed::Possessive => {
            let inner = portable(node, ignores_case)?;
            let is_single =
                matches!(**node, Node::Literal(_) | Node::Class(_) | Node::Dot | Node::Group(_));
            let inner = if is_single { inner } else { format!("(?:{inner})") };
            let count = match (least, most) {
                (0, None) => "*".to_owned(),
                (1, None) => "+".to_owned(),
                (0, Some(1)) => "?".to_owned(),
                (least, None) => format!("{{{least},}}"),
                (least, Some(most)) if least == most => format!("{{{least}}}"),
                (least, Some(most)) => format!("{{{least},{most}}}"),
            };
            format!("{inner}{count}")
        }
        Node::Cased(inner, flag) => portable(inner, *flag)?,
        Node::Repeat { .. } | Node::Look { .. } | Node::Atomic(_) | Node::Backreference(_) => {
            return None;
        }
    })
}

fn portable_class(set: &Class, ignores_case: bool) -> String {
    let mut text = String::from(if set.negated { "[^" } else { "[" });
    for &(low, high) in &set.ranges {
        // Browsers send lower case: what case does not count for is looked at in that.
        let both = ignores_case && low.is_ascii_uppercase() && high.is_ascii_uppercase();
        let (low, high) =
            if both { (low.to_ascii_lowercase(), high.to_ascii_lowercase()) } else { (low, high) };
        in_class(low, &mut text);
        if high > low {
            if u32::from(high) > u32::from(low) + 1 {
                text.push('-');
            }
            in_class(high, &mut text);
        }
    }
    text.push(']');
    text
}

fn in_class(character: char, text: &mut String) {
    if matches!(character, '\\' | ']' | '[' | '^' | '-') {
        text.push('\\');
    }
    text.push(character);
}
