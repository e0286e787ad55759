//! nginx's grammar: words, quotes, blocks.

use crate::{NotRead, Refused, Span, Why};

/// How deep blocks may stand in each other.
const MAX_DEPTH: usize = 32;

/// One word of a directive, its quotes and escapes undone.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) span: Span,
}

/// One directive, with its block if it has one.
#[derive(Clone, Debug)]
pub(super) struct Directive {
    pub(super) name: Word,
    pub(super) args: Vec<Word>,
    pub(super) block: Option<Vec<Directive>>,
    pub(super) span: Span,
}

/// Reads a text as directives.
pub(super) fn parse(text: &str) -> Result<Vec<Directive>, NotRead> {
    let mut parser = Parser { text, at: 0 };
    let directives = parser.block(0)?;
    Ok(directives)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

enum Token {
    Word(Word),
    Open(usize),
    Close(usize),
    End(usize),
    Eof,
}

impl Parser<'_> {
    fn block(&mut self, depth: usize) -> Result<Vec<Directive>, NotRead> {
        if depth > MAX_DEPTH {
            return Err(refused(self.at..self.at, "{", Why::TooLarge));
        }
        let mut directives = Vec::new();
        let mut words: Vec<Word> = Vec::new();
        loop {
            match self.token()? {
                Token::Word(word) => words.push(word),
                Token::End(at) => {
                    directives.push(directive(&mut words, None, at..at + 1)?);
                }
                Token::Open(at) => {
                    let opener = at..at + 1;
                    let block = self.block(depth + 1)?;
                    directives.push(directive(&mut words, Some(block), opener.start..self.at)?);
                }
                Token::Close(at) if depth == 0 || !words.is_empty() => {
                    return Err(refused(at..at + 1, "}", Why::Syntax));
                }
                Token::Close(_) => return Ok(directives),
                Token::Eof if depth > 0 || !words.is_empty() => {
                    return Err(refused(self.at..self.at, "end of file", Why::Syntax));
                }
                Token::Eof => return Ok(directives),
            }
        }
    }

    fn token(&mut self) -> Result<Token, NotRead> {
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(self.at) {
                None => return Ok(Token::Eof),
                Some(b' ' | b'\t' | b'\r' | b'\n') => self.at += 1,
                Some(b'#') => {
                    while !matches!(bytes.get(self.at), None | Some(b'\n')) {
                        self.at += 1;
                    }
                }
                Some(b';') => {
                    self.at += 1;
                    return Ok(Token::End(self.at - 1));
                }
                Some(b'{') => {
                    self.at += 1;
                    return Ok(Token::Open(self.at - 1));
                }
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Token::Close(self.at - 1));
                }
                Some(quote @ (b'"' | b'\'')) => return self.quoted(*quote).map(Token::Word),
                Some(_) => return Ok(Token::Word(self.bare())),
            }
        }
    }

    fn quoted(&mut self, quote: u8) -> Result<Word, NotRead> {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let mut end = start + 1;
        loop {
            match bytes.get(end) {
                None => return Err(refused(start..end, "unclosed quote", Why::Syntax)),
                Some(b'\\') => {
                    end += 1 + self.text[end + 1..].chars().next().map_or(0, char::len_utf8);
                }
                Some(byte) if *byte == quote => break,
                Some(_) => end += 1,
            }
        }
        self.at = end + 1;
        // What follows a quote has to be a space, a sign, or a parenthesis that closes `if (…)`.
        match bytes.get(self.at) {
            None | Some(b' ' | b'\t' | b'\r' | b'\n' | b';' | b'{' | b')') => {}
            Some(_) => {
                return Err(refused(start..self.at, &self.text[start..self.at], Why::Syntax));
            }
        }
        Ok(Word { text: unescaped(&self.text[start + 1..end]), span: start..self.at })
    }

    fn bare(&mut self) -> Word {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let mut after_dollar = false;
        while let Some(byte) = bytes.get(self.at) {
            match byte {
                b'\\' => {
                    // The escaped character belongs to the word, whatever it is.
                    self.at +=
                        1 + self.text[self.at + 1..].chars().next().map_or(0, char::len_utf8);
                    after_dollar = false;
                    continue;
                }
                b'{' if after_dollar => {}
                b' ' | b'\t' | b'\r' | b'\n' | b';' | b'{' => break,
                _ => {}
            }
            after_dollar = *byte == b'$';
            self.at += 1;
        }
        Word { text: unescaped(&self.text[start..self.at]), span: start..self.at }
    }
}

/// nginx undoes `\"`, `\'`, `\\`, `\t`, `\r` and `\n`, and keeps the backslash of all others.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        let undone = match (char, chars.peek()) {
            ('\\', Some('"')) => '"',
            ('\\', Some('\'')) => '\'',
            ('\\', Some('\\')) => '\\',
            ('\\', Some('t')) => '\t',
            ('\\', Some('r')) => '\r',
            ('\\', Some('n')) => '\n',
            _ => {
                out.push(char);
                continue;
            }
        };
        chars.next();
        out.push(undone);
    }
    out
}

fn directive(
    words: &mut Vec<Word>,
    block: Option<Vec<Directive>>,
    end: Span,
) -> Result<Directive, NotRead> {
    let mut words = std::mem::take(words).into_iter();
    let Some(name) = words.next() else {
        return Err(refused(end, "directive without a name", Why::Syntax));
    };
    let span = name.span.start..end.end;
    Ok(Directive { name, args: words.collect(), block, span })
}

pub(super) fn refused(span: Span, what: &str, why: Why) -> NotRead {
    NotRead::refused(Refused::new(span, what, why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_blocks() {
        let text = "if ($a = 'x') { set $b \"${c}y\"; } # end\nreturn 204;";
        let directives = parse(text).unwrap();
        assert_eq!(directives.len(), 2);
        let words: Vec<&str> = directives[0].args.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(words, ["($a", "=", "x", ")"]);
        let inner = &directives[0].block.as_ref().unwrap()[0];
        assert_eq!(inner.args[1].text, "${c}y");
        assert_eq!(&text[inner.span.clone()], "set $b \"${c}y\";");
    }

    #[test]
    fn escapes_keep_what_regular_expressions_need() {
        let directives = parse(r#"map $a $b { "~^https://a\.example$" 1; ~\d+\; 2; }"#).unwrap();
        let block = directives[0].block.as_ref().unwrap();
        assert_eq!(block[0].name.text, r"~^https://a\.example$");
        assert_eq!(block[1].name.text, r"~\d+\;");
    }

    #[test]
    fn broken_texts_are_refused() {
        for text in ["a {", "}", "a b", "\"a", "a \"b\"c;", ";", "a { b }", "\\"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
