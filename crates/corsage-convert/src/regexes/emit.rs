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
