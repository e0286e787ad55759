//! Apache's grammar: directives on lines, sections between angle brackets.

use crate::{NotRead, Refused, Rejected, Span, Why};

/// How deep sections may stand in each other.
const MAX_DEPTH: usize = 32;

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
        NotRead::Rejected(Rejected {
            span: self.span.clone(),
            what: format!("{}: {what}", self.text),
        })
    }
}

/// A directive, or a section with what is in it.
#[derive(Clone, Debug)]
pub(super) struct Directive {
    /// As written; compare it in lower case.
    pub(super) name: Word,
    pub(super) args: Vec<Word>,
    pub(super) section: Option<Vec<Directive>>,
}

impl Directive {
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.text.eq_ignore_ascii_case(name)
    }
}

pub(super) fn parse(text: &str) -> Result<Vec<Directive>, NotRead> {
    let mut stack: Vec<(Directive, Vec<Directive>)> = Vec::new();
    let mut top = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let (line, next) = logical_line(text, at);
        let start = at;
        at = next;
        let trimmed = line.trim_start();
        if trimmed.trim().is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let offset = start + (line.len() - trimmed.len());
        let trimmed = trimmed.trim_end();
        if let Some(name) = trimmed.strip_prefix("</") {
            let name = name.trim_end_matches('>').trim();
            let Some((mut section, inner)) = stack.pop() else {
                return Err(syntax(offset..offset + trimmed.len(), trimmed));
            };
            if !section.is(name) {
                return Err(syntax(offset..offset + trimmed.len(), trimmed));
            }
            section.section = Some(inner);
            stack.last_mut().map_or(&mut top, |(_, inner)| inner).push(section);
        } else if let Some(opened) = trimmed.strip_prefix('<') {
            let Some(inside) = opened.strip_suffix('>') else {
                return Err(syntax(offset..offset + trimmed.len(), trimmed));
            };
            if stack.len() >= MAX_DEPTH {
                return Err(syntax(offset..offset + trimmed.len(), trimmed));
            }
            stack.push((directive(inside, offset + 1)?, Vec::new()));
        } else {
            let directive = directive(trimmed, offset)?;
            stack.last_mut().map_or(&mut top, |(_, inner)| inner).push(directive);
        }
    }
    match stack.pop() {
        Some((open, _)) => Err(syntax(open.name.span.clone(), &open.name.text)),
        None => Ok(top),
    }
}

fn syntax(span: Span, what: &str) -> NotRead {
    NotRead::refused(Refused::new(span, what, Why::Syntax))
}

/// A line, with those that a backslash at the end joins to it. Joined ends are spaces, so that places stay.
fn logical_line(text: &str, start: usize) -> (String, usize) {
    let mut out = String::new();
    let mut at = start;
    loop {
        let rest = &text[at..];
        let end = rest.find('\n').unwrap_or(rest.len());
        let line = rest[..end].trim_end_matches('\r');
        let next = (at + end + 1).min(text.len());
        match line.strip_suffix('\\') {
            Some(stem) if next < text.len() => {
                out.push_str(stem);
                out.push_str(&" ".repeat(next - at - stem.len()));
                at = next;
            }
            _ => {
                out.push_str(line);
                return (out, next);
            }
        }
    }
}

fn directive(text: &str, offset: usize) -> Result<Directive, NotRead> {
    let mut words = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let skipped = rest.len() - rest.trim_start().len();
        if skipped > 0 {
            at += skipped;
            continue;
        }
        let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''));
        let (word, length) = match quote {
            Some(quote) => {
                quoted(rest, quote).ok_or_else(|| syntax(offset + at..offset + text.len(), rest))?
            }
            None => {
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                (rest[..end].to_owned(), end)
            }
        };
        words.push(Word { text: word, span: offset + at..offset + at + length });
        at += length;
    }
    let mut words = words.into_iter();
    let name = words.next().ok_or_else(|| syntax(offset..offset + text.len(), text))?;
    Ok(Directive { name, args: words.collect(), section: None })
}

/// A quoted word: a backslash before a quote or a backslash is undone, others stay.
fn quoted(text: &str, quote: char) -> Option<(String, usize)> {
    let mut out = String::new();
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, char)) = chars.next() {
        match char {
            '\\' => match chars.peek() {
                Some((_, next)) if *next == quote || *next == '\\' => {
                    out.push(*next);
                    chars.next();
                }
                _ => out.push('\\'),
            },
            char if char == quote => return Some((out, at + 1)),
            char => out.push(char),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_and_quotes() {
        let text =
            "<If \"%{X} == 'a'\">\n  Header set A \"b \\\"c\\\" \\.d\" \\\n   env=E\n</If>\n# no\n";
        let directives = parse(text).unwrap();
        let inner = &directives[0].section.as_ref().unwrap()[0];
        let words: Vec<&str> = inner.args.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(words, ["set", "A", "b \"c\" \\.d", "env=E"]);
        assert_eq!(&text[inner.args[0].span.clone()], "set");
    }

    #[test]
    fn broken_texts_are_refused() {
        for text in ["<If x", "<If \"a\">\n", "</If>", "Header \"a", "<A>\n</B>"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
