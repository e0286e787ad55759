//! Values with variables in them.

use super::parse::{Word, refused};
use crate::{NotRead, Rejected, Why};

/// A value, in pieces.
#[derive(Clone, Debug, Default)]
pub(super) struct Value(pub(super) Vec<Piece>);

#[derive(Clone, Debug)]
pub(super) enum Piece {
    Literal(String),
    Variable(String),
    /// `$1` to `$9`: a group of the expression that matched last.
    Group(usize),
}

impl Value {
    /// Reads a word. Names of variables are checked when all of them are known.
    pub(super) fn compile(word: &Word) -> Result<Self, NotRead> {
        Self::compile_text(&word.text, word)
    }

    /// Reads a part of a word.
    pub(super) fn compile_text(text: &str, word: &Word) -> Result<Self, NotRead> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(dollar) = rest.find('$') {
            push(&mut pieces, &rest[..dollar]);
            rest = &rest[dollar + 1..];
            let (name, after) = match rest.strip_prefix('{') {
                Some(braced) => braced
                    .split_once('}')
                    .ok_or_else(|| refused(word.span.clone(), &word.text, Why::Syntax))?,
                None if rest.starts_with(|char: char| ('1'..='9').contains(&char)) => {
                    rest.split_at(1)
                }
                None => {
                    let end = rest.find(|char| !is_name(char)).unwrap_or(rest.len());
                    rest.split_at(end)
                }
            };
            if name.is_empty() || !name.chars().all(is_name) {
                return Err(rejected(word, "invalid variable name"));
            }
            rest = after;
            pieces.push(match name.parse::<usize>() {
                Ok(group @ 1..=9) if name.len() == 1 => Piece::Group(group),
                _ => Piece::Variable(name.to_ascii_lowercase()),
            });
        }
        push(&mut pieces, rest);
        Ok(Self(pieces))
    }

    /// The names of the variables in it.
    pub(super) fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Variable(name) => Some(name.as_str()),
            Piece::Literal(_) | Piece::Group(_) => None,
        })
    }

    /// The text, where it has no variables.
    pub(super) fn literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Piece::Literal(text)] => Some(text),
            _ => None,
        }
    }
}

fn push(pieces: &mut Vec<Piece>, text: &str) {
    if !text.is_empty() {
        pieces.push(Piece::Literal(text.to_owned()));
    }
}

fn is_name(char: char) -> bool {
    char.is_ascii_alphanumeric() || char == '_'
}

/// nginx itself refuses this word.
pub(super) fn rejected(word: &Word, what: &str) -> NotRead {
    NotRead::Rejected(Rejected { span: word.span.clone(), what: format!("{}: {what}", word.text) })
}
