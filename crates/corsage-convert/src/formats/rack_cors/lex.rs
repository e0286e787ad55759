//! The words of Ruby, as far as literals go.

use crate::Span;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Word {
    /// A name, a constant with its `::`, a keyword.
    Name(String),
    Text(String),
    /// A text in which something is filled in.
    Filled,
    Symbol(String),
    Number(String),
    /// An expression and its flags.
    Expression(String, String),
    /// `%w[…]`, `%i[…]`.
    Words(Vec<String>),
    /// `name:` before a value.
    Key(String),
    Sign(char),
    NewLine,
}

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) word: Word,
    pub(super) span: Span,
}

/// All tokens of a text. What is no word of Ruby becomes a sign.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { text, at: 0, tokens: Vec::new() };
    while lexer.at < text.len() {
        lexer.next();
    }
    lexer.tokens
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn push(&mut self, word: Word, length: usize) {
        let end = (self.at + length).min(self.text.len());
        self.tokens.push(Token { word, span: self.at..end });
        self.at = end;
    }

    fn next(&mut self) {
        let Some(char) = self.rest().chars().next() else { return };
        match char {
            '\n' => self.push(Word::NewLine, 1),
            char if char.is_whitespace() => self.at += char.len_utf8(),
            '#' => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
            '\\' if self.rest().starts_with("\\\n") => self.at += 2,
            '\'' | '"' => self.quoted(char),
            '%' if self.is_value_here() && self.percent() => {}
            '/' if self.is_value_here() => self.expression('/', 1),
            ':' if self.rest()[1..]
                .starts_with(|next: char| next.is_ascii_alphabetic() || next == '_') =>
            {
                let name = name(&self.rest()[1..]).to_owned();
                let length = name.len() + 1;
                self.push(Word::Symbol(name), length);
            }
            ':' if self.rest().starts_with(":\"") || self.rest().starts_with(":'") => self.at += 1,
            char if char.is_ascii_digit() => {
                let length = self
                    .rest()
                    .find(|next: char| !(next.is_ascii_digit() || next == '_'))
                    .unwrap_or(self.rest().len());
                let digits = self.rest()[..length].replace('_', "");
                self.push(Word::Number(digits), length);
            }
            char if char.is_alphabetic() || char == '_' => self.name(),
            char => self.push(Word::Sign(char), char.len_utf8()),
        }
    }

    /// Whether a value may begin here, so that a slash is no division.
    fn is_value_here(&self) -> bool {
        let next = self.rest().chars().nth(1).unwrap_or(' ');
        match self.tokens.last().map(|token| &token.word) {
            None | Some(Word::NewLine | Word::Key(_)) => true,
            Some(Word::Sign(sign)) => "([{,=*|&!?:>~;".contains(*sign),
            Some(Word::Name(_)) => {
                let is_apart = self.text[..self.at].ends_with([' ', '\t']);
                is_apart && !next.is_whitespace()
            }
            _ => false,
        }
    }

    fn name(&mut self) {
        let mut length = name(self.rest()).len();
        while self.rest()[length..].starts_with("::")
            && self.rest()[length + 2..].starts_with(|next: char| next.is_ascii_alphabetic())
        {
            length += 2 + name(&self.rest()[length + 2..]).len();
        }
        let text = self.rest()[..length].to_owned();
        let after = &self.rest()[length..];
        if after.starts_with(':') && !after.starts_with("::") {
            self.push(Word::Key(text), length + 1);
        } else {
            self.push(Word::Name(text), length);
        }
    }

    fn quoted(&mut self, quote: char) {
        let (text, length, is_filled) = delimited(self.rest(), quote, quote, 1, quote == '"');
        let word = if is_filled { Word::Filled } else { Word::Text(text) };
        // `"name": value`
        let after = &self.rest()[length.min(self.rest().len())..];
        if let (Word::Text(text), true) = (&word, after.starts_with(": ")) {
            self.push(Word::Key(text.clone()), length + 1);
        } else {
            self.push(word, length);
        }
    }

    fn expression(&mut self, close: char, opening: usize) {
        let open = self.rest()[..opening].chars().next_back().unwrap_or('/');
        let (text, length) = raw(self.rest(), open, close, opening);
        let flags: String =
            self.rest()[length..].chars().take_while(char::is_ascii_alphabetic).collect();
        let whole = length + flags.len();
        self.push(Word::Expression(text, flags), whole);
    }

    /// `%w[]`, `%i[]`, `%r{}`, `%q()`, `%()`. False where it is none of them.
    fn percent(&mut self) -> bool {
        let rest = self.rest();
        let mut chars = rest.chars();
        chars.next();
        let Some(first) = chars.next() else { return false };
        let (kind, open) = if first.is_ascii_alphabetic() {
            match chars.next() {
                Some(open) => (first, open),
                None => return false,
            }
        } else {
            ('Q', first)
        };
        let close = match open {
            '[' => ']',
            '(' => ')',
            '{' => '}',
            '<' => '>',
            '|' | '!' | '/' => open,
            _ => return false,
        };
        let opening = if first.is_ascii_alphabetic() { 3 } else { 2 };
        match kind {
            'r' => self.expression(close, opening),
            'w' | 'W' | 'i' | 'I' => {
                let (text, length) = raw(rest, open, close, opening);
                let is_filled = kind.is_ascii_uppercase() && text.contains("#{");
                let words = text.split_whitespace().map(str::to_owned).collect();
                self.push(if is_filled { Word::Filled } else { Word::Words(words) }, length);
            }
            'q' | 'Q' => {
                let (text, length, is_filled) = delimited(rest, open, close, opening, kind == 'Q');
                self.push(if is_filled { Word::Filled } else { Word::Text(text) }, length);
            }
            _ => return false,
        }
        true
    }
}

fn name(text: &str) -> &str {
    let end =
        text.find(|char: char| !(char.is_alphanumeric() || char == '_')).unwrap_or(text.len());
    let end = match text[end..].chars().next() {
        Some('?' | '!') if !text[end + 1..].starts_with('=') => end + 1,
        _ => end,
    };
    &text[..end]
}

/// What stands between two signs, escapes as they are, and how long all of it is.
fn raw(text: &str, open: char, close: char, opening: usize) -> (String, usize) {
    let (mut depth, mut is_escaped) = (0_usize, false);
    let mut inner = String::new();
    for (at, char) in text.char_indices().skip_while(|(at, _)| *at < opening) {
        if is_escaped {
            // An escaped delimiter is the sign itself.
            if char != close || char != '/' {
                inner.push('\\');
            }
            inner.push(char);
            is_escaped = false;
            continue;
        }
        match char {
            '\\' => is_escaped = true,
            char if char == close && depth == 0 => return (inner, at + char.len_utf8()),
            char if char == close => {
                depth -= 1;
                inner.push(char);
            }
            char if char == open && open != close => {
                depth += 1;
                inner.push(char);
            }
            char => inner.push(char),
        }
    }
    (inner, text.len())
}

/// A text between two signs, escapes resolved; and whether something is filled in.
fn delimited(
    text: &str,
    open: char,
    close: char,
    opening: usize,
    fills: bool,
) -> (String, usize, bool) {
    let (inner, length) = raw(text, open, close, opening);
    let mut resolved = String::new();
    let mut chars = inner.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => match chars.next() {
                Some('n') if fills => resolved.push('\n'),
                Some('t') if fills => resolved.push('\t'),
                Some(next) if fills || next == '\\' || next == close => resolved.push(next),
                Some(next) => resolved.extend(['\\', next]),
                None => {}
            },
            char => resolved.push(char),
        }
    }
    (resolved, length, fills && inner.contains("#{"))
}
