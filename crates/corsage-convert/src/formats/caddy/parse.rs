//! The Caddyfile's grammar: words on lines, blocks, snippets.

use std::collections::BTreeMap;

use super::order::ORDER;
use crate::{NotRead, Refused, Rejected, Span, Why};

/// How deep blocks may stand in each other.
const MAX_DEPTH: usize = 32;
/// How many words snippets may grow to.
const MAX_WORDS: usize = 100_000;

#[derive(Clone, Debug)]
pub(super) struct Word {
    pub(super) text: String,
    /// As it is written, quotes and all.
    pub(super) raw: String,
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

/// One line, with the block that it opens.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) words: Vec<Word>,
    pub(super) block: Option<Vec<Line>>,
}

/// Whether a global option decides what comes of a request: another order does not, of a directive that has no model here
/// and is refused where it is used.
fn decides(option: &Line) -> bool {
    match option.words.as_slice() {
        [order, directive, ..] if order.text == "order" => ORDER.contains(&directive.text.as_str()),
        [first, ..] => matches!(first.text.as_str(), "order" | "servers"),
        [] => false,
    }
}

/// The sites of a text, global options left out.
pub(super) fn parse(text: &str) -> Result<Vec<Line>, NotRead> {
    let words = Lexer { text, at: 0 }.lines()?;
    let mut parser = Parser { lines: words, at: 0 };
    let top = parser.block(0)?;
    let mut snippets = BTreeMap::new();
    let mut sites = Vec::new();
    let mut loose = Vec::new();
    for line in top {
        let Some(first) = line.words.first() else {
            // A block without a name holds options for all.
            if let Some(option) = line.block.iter().flatten().find(|line| decides(line)) {
                return Err(option.words[0].refused());
            }
            continue;
        };
        let name = first.text.strip_prefix('(').and_then(|name| name.strip_suffix(')'));
        match (name, &line.block) {
            (Some(name), Some(block)) if line.words.len() == 1 => {
                snippets.insert(name.to_owned(), block.clone());
            }
            (_, Some(_)) => sites.push(line),
            (_, None) => loose.push(line),
        }
    }
    if let Some(first) = loose.first() {
        if !sites.is_empty() {
            return Err(first.words[0].refused());
        }
        // One site without braces: its address, then its directives.
        let words = first.words.clone();
        sites.push(Line { words, block: Some(loose[1..].to_vec()) });
    }
    let mut count = 0;
    for site in &mut sites {
        if let Some(block) = site.block.take() {
            site.block = Some(imported(block, &snippets, &mut count, 0)?);
        }
    }
    Ok(sites)
}

/// Puts snippets where they are imported.
fn imported(
    lines: Vec<Line>,
    snippets: &BTreeMap<String, Vec<Line>>,
    count: &mut usize,
    depth: usize,
) -> Result<Vec<Line>, NotRead> {
    let mut out = Vec::new();
    for line in lines {
        *count += line.words.len();
        let first = line.words.first().cloned();
        if let Some(first) = first.filter(|first| first.text == "import") {
            let Some(name) = line.words.get(1) else {
                return Err(first.rejected("missing argument"));
            };
            if *count > MAX_WORDS || depth > MAX_DEPTH {
                return Err(name.refused());
            }
            let Some(snippet) = snippets.get(&name.text) else {
                return Err(NotRead::refused(Refused::new(
                    name.span.clone(),
                    name.text.clone(),
                    Why::Elsewhere,
                )));
            };
            let arguments: Vec<&str> =
                line.words[2..].iter().map(|word| word.text.as_str()).collect();
            let filled: Vec<Line> = snippet.iter().map(|line| fill(line, &arguments)).collect();
            out.extend(imported(filled, snippets, count, depth + 1)?);
            continue;
        }
        let block = match line.block {
            Some(block) => Some(imported(block, snippets, count, depth + 1)?),
            None => None,
        };
        out.push(Line { words: line.words, block });
    }
    Ok(out)
}

fn fill(line: &Line, arguments: &[&str]) -> Line {
    let mut words = Vec::new();
    for word in &line.words {
        if word.text == "{args[:]}" || word.text == "{args.*}" {
            let spread = arguments.iter().map(|&text| Word {
                text: text.to_owned(),
                raw: text.to_owned(),
                span: word.span.clone(),
            });
            words.extend(spread);
            continue;
        }
        let filled = |text: &str| {
            let mut text = text.to_owned();
            for (number, argument) in arguments.iter().enumerate() {
                text = text.replace(&format!("{{args[{number}]}}"), argument);
                text = text.replace(&format!("{{args.{number}}}"), argument);
            }
            text
        };
        words.push(Word {
            text: filled(&word.text),
            raw: filled(&word.raw),
            span: word.span.clone(),
        });
    }
    let block =
        line.block.as_ref().map(|block| block.iter().map(|line| fill(line, arguments)).collect());
    Line { words, block }
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl Lexer<'_> {
    fn lines(mut self) -> Result<Vec<Vec<Word>>, NotRead> {
        let mut lines = vec![Vec::new()];
        loop {
            let rest = &self.text[self.at..];
            let Some(char) = rest.chars().next() else { return Ok(lines) };
            match char {
                '\n' => {
                    self.at += 1;
                    lines.push(Vec::new());
                }
                '\\' if rest[1..].starts_with('\n') => self.at += 2,
                '\\' if rest[1..].starts_with("\r\n") => self.at += 3,
                char if char.is_whitespace() => self.at += char.len_utf8(),
                '#' => self.at += rest.find('\n').unwrap_or(rest.len()),
                _ => {
                    let word = self.word()?;
                    if let Some(line) = lines.last_mut() {
                        line.push(word);
                    }
                }
            }
        }
    }

    fn word(&mut self) -> Result<Word, NotRead> {
        let start = self.at;
        let rest = &self.text[start..];
        let broken =
            |what: &str| NotRead::refused(Refused::new(start..start + 1, what, Why::Syntax));
        let (text, length) = if let Some(inside) = rest.strip_prefix('"') {
            let mut text = String::new();
            let mut escaped = false;
            let mut end = None;
            for (at, char) in inside.char_indices() {
                match (char, escaped) {
                    ('"', true) => text.push('"'),
                    (char, true) => {
                        text.push('\\');
                        text.push(char);
                    }
                    ('\\', false) => {
                        escaped = true;
                        continue;
                    }
                    ('"', false) => {
                        end = Some(at);
                        break;
                    }
                    (char, false) => text.push(char),
                }
                escaped = false;
            }
            (text, end.ok_or_else(|| broken("unclosed quote"))? + 2)
        } else if let Some(inside) = rest.strip_prefix('`') {
            let end = inside.find('`').ok_or_else(|| broken("unclosed quote"))?;
            (inside[..end].to_owned(), end + 2)
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            if rest.starts_with("<<") {
                return Err(broken("<<"));
            }
            (rest[..end].to_owned(), end)
        };
        self.at = start + length;
        if text.contains("{$") {
            return Err(NotRead::refused(Refused::new(start..self.at, text, Why::Elsewhere)));
        }
        let raw = self.text[start..self.at].to_owned();
        Ok(Word { text, raw, span: start..self.at })
    }
}

struct Parser {
    lines: Vec<Vec<Word>>,
    at: usize,
}

impl Parser {
    fn block(&mut self, depth: usize) -> Result<Vec<Line>, NotRead> {
        let mut out = Vec::new();
        while let Some(words) = self.lines.get(self.at).cloned() {
            self.at += 1;
            let Some(last) = words.last() else { continue };
            if words.len() == 1 && last.text == "}" {
                if depth == 0 {
                    return Err(last.rejected("unexpected '}'"));
                }
                return Ok(out);
            }
            if depth > MAX_DEPTH {
                return Err(last.refused());
            }
            if last.text == "{" {
                let words = words[..words.len() - 1].to_vec();
                let block = self.block(depth + 1)?;
                out.push(Line { words, block: Some(block) });
                continue;
            }
            if last.text == "}" || words.iter().any(|word| word.text == "{") {
                return Err(last.refused());
            }
            out.push(Line { words, block: None });
        }
        if depth > 0 {
            return Err(NotRead::refused(Refused::new(0..0, "unclosed {", Why::Syntax)));
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snippets_are_filled_in() {
        let sites =
            parse("(c) {\n\theader X{args[0]} \"{args[0]} a\"\n}\n:80 {\n\timport c 7\n}\n")
                .unwrap();
        let line = &sites[0].block.as_ref().unwrap()[0];
        let words: Vec<&str> = line.words.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(words, ["header", "X7", "7 a"]);
    }

    #[test]
    fn broken_texts_are_refused() {
        for text in
            [":80 {", "}", ":80 {\nheader \"x\n}", ":80 {\n import nothing\n}", ":80 { respond 1 }"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
