//! HAProxy's grammar: lines of words, with quotes and backslashes.

use crate::{NotRead, Refused, Span, Why};

#[derive(Clone, Debug)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) span: Span,
}

impl Word {
    pub(super) fn refused(&self) -> NotRead {
        NotRead::refused(Refused::new(self.span.clone(), self.text.clone(), Why::NotModelled))
    }

    pub(super) fn rejected(&self, what: &str) -> NotRead {
        NotRead::Rejected(crate::Rejected {
            span: self.span.clone(),
            what: format!("{}: {what}", self.text),
        })
    }
}

/// The lines of a text that are not empty. A backslash at a line's end joins the next one.
pub(super) fn lines(text: &str) -> Result<Vec<Vec<Word>>, NotRead> {
    let mut reader = Reader { text, at: 0 };
    let mut lines = Vec::new();
    while reader.at < text.len() {
        let line = reader.line()?;
        if !line.is_empty() {
            lines.push(line);
        }
    }
    Ok(lines)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn line(&mut self) -> Result<Vec<Word>, NotRead> {
        let mut words = Vec::new();
        loop {
            match self.peek() {
                None => return Ok(words),
                Some('\n') => {
                    self.at += 1;
                    return Ok(words);
                }
                Some('#') => {
                    while !matches!(self.peek(), None | Some('\n')) {
                        self.skip();
                    }
                }
                Some('\\') if self.text[self.at + 1..].starts_with('\n') => self.at += 2,
                Some(' ' | '\t' | '\r') => self.at += 1,
                Some(_) => words.push(self.word()?),
            }
        }
    }

    fn skip(&mut self) {
        self.at += self.peek().map_or(0, char::len_utf8);
    }

    fn word(&mut self) -> Result<Word, NotRead> {
        let start = self.at;
        let mut text = String::new();
        let mut quote: Option<char> = None;
        while let Some(char) = self.peek() {
            match (char, quote) {
                ('\n', None) | (' ' | '\t' | '\r' | '#', None) => break,
                ('\n', Some(_)) => return Err(self.broken(start)),
                ('\'' | '"', None) => quote = Some(char),
                (char, Some(open)) if char == open => quote = None,
                // A variable of the environment.
                ('$', Some('"')) => {
                    let after = self.text[self.at + 1..].chars().next();
                    if after.is_some_and(|char| {
                        char == '{' || char.is_ascii_alphabetic() || char == '_'
                    }) {
                        let span = start..self.at + 1;
                        return Err(NotRead::refused(Refused::new(
                            span,
                            "environment",
                            Why::Elsewhere,
                        )));
                    }
                    text.push('$');
                }
                ('\\', Some('\'')) => text.push('\\'),
                ('\\', _) => {
                    self.at += 1;
                    match self.peek() {
                        Some('\n') | None if quote.is_none() => break,
                        None => return Err(self.broken(start)),
                        Some(char @ (' ' | '\\' | '#' | '"' | '\'')) => text.push(char),
                        Some('$') if quote == Some('"') => text.push('$'),
                        Some('n') => text.push('\n'),
                        Some('r') => text.push('\r'),
                        Some('t') => text.push('\t'),
                        // Hexadecimal.
                        Some('x') => return Err(self.broken(start)),
                        Some(char) => {
                            text.push('\\');
                            text.push(char);
                        }
                    }
                }
                (char, _) => text.push(char),
            }
            self.skip();
        }
        if quote.is_some() {
            return Err(self.broken(start));
        }
        Ok(Word { text, span: start..self.at })
    }

    fn broken(&self, start: usize) -> NotRead {
        NotRead::refused(Refused::new(start..self.at, "word", Why::Syntax))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Vec<String>> {
        lines(text)
            .unwrap()
            .into_iter()
            .map(|line| line.into_iter().map(|word| word.text).collect())
            .collect()
    }

    #[test]
    fn quotes_and_backslashes() {
        assert_eq!(
            words("a  'b c' \"d\\\"e\" # f\n\n g\\ h ^a\\.b$\n"),
            [vec!["a", "b c", "d\"e"], vec!["g h", "^a\\.b$"]]
        );
        assert_eq!(words("acl x \\\n  y"), [["acl", "x", "y"]]);
    }

    #[test]
    fn broken_lines_are_refused() {
        for text in ["a \"b\nc\"", "\"${HOME}\"", "'a", "\"\\", "\"a\\"] {
            assert!(lines(text).is_err(), "{text}");
        }
    }
}
