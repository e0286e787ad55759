//! The shells of Unix: words, quotes, comments, and where one command ends and the next begins.

use corsage_diagnosis::RemarkKind;

use super::word::{Command, Computed, Word, place};
use crate::request::Remark;

/// The commands of a text.
pub(super) fn commands(text: &str) -> Result<Vec<Command>, Remark> {
    let mut lexer = Lexer { text, at: 0, commands: Vec::new(), words: Vec::new(), word: None };
    lexer.run()?;
    Ok(lexer.commands)
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    commands: Vec<Command>,
    words: Vec<Word>,
    word: Option<Word>,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest().chars().next()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn push(&mut self, c: char) {
        self.word.get_or_insert_with(Word::default).text.push(c);
    }

    fn end_word(&mut self) {
        self.words.extend(self.word.take());
    }

    fn end_command(&mut self) {
        self.end_word();
        if !self.words.is_empty() {
            self.commands.push(Command { words: std::mem::take(&mut self.words) });
        }
    }

    fn run(&mut self) -> Result<(), Remark> {
        while let Some(c) = self.next() {
            match c {
                '\\' => match self.next() {
                    Some('\n') => {
                        // Some consoles copy the sign of a continued line.
                        let rest = self.rest();
                        if let Some(after) = rest.strip_prefix("> ") {
                            self.at = self.text.len() - after.len();
                        }
                    }
                    // Blanks after the backslash, added by whatever it was copied through.
                    Some(blank @ (' ' | '\t'))
                        if self.rest().trim_start_matches([' ', '\t']).starts_with('\n') =>
                    {
                        let _ = blank;
                        while self.next().is_some_and(|c| c != '\n') {}
                    }
                    Some(c) => self.push(c),
                    None => {}
                },
                '\'' => self.single('\'')?,
                '"' => self.double('"')?,
                // Quotes of word processors, where a word begins.
                '‘' | '’' | '‚' if self.word.is_none() => {
                    self.typographic(&['’', '‘', '\''], "‘")?;
                }
                '“' | '”' | '„' if self.word.is_none() => {
                    self.typographic(&['”', '“', '"'], "“")?;
                }
                '$' => self.dollar(false)?,
                '`' => self.backquoted(),
                '#' if self.word.is_none() && !self.words.is_empty() => self.skip_line(),
                '#' if self.word.is_none()
                    && self.rest().starts_with([' ', '!'])
                    && !self.is_prompt() =>
                {
                    self.skip_line();
                }
                '\n' | ';' => self.end_command(),
                '&' => {
                    if self.rest().starts_with('>') {
                        self.end_word();
                        self.next();
                        self.skip_target();
                    } else {
                        self.end_command();
                    }
                }
                '|' => {
                    self.end_command();
                    // What comes in from the left asks for nothing more.
                    if self.rest().starts_with('|') {
                        self.next();
                    }
                }
                '>' | '<' => self.redirection(c),
                '(' | ')' if self.word.is_none() => self.end_command(),
                c if c.is_whitespace() || c == '\u{a0}' => self.end_word(),
                c => self.push(c),
            }
        }
        self.end_command();
        Ok(())
    }

    /// `# curl …` with root's prompt is no comment.
    fn is_prompt(&self) -> bool {
        self.rest().trim_start().starts_with("curl")
    }

    fn skip_line(&mut self) {
        let end = self.rest().find('\n').unwrap_or(self.rest().len());
        self.at += end;
    }

    fn unclosed(&self, quote: &str, from: usize) -> Remark {
        Remark::new(RemarkKind::Unclosed, &[("quote", quote), ("place", &place(self.text, from))])
    }

    fn single(&mut self, quote: char) -> Result<(), Remark> {
        let from = self.at - quote.len_utf8();
        let Some(end) = self.rest().find(quote) else { return Err(self.unclosed("'", from)) };
        let inside = &self.text[self.at..self.at + end];
        self.word.get_or_insert_with(Word::default).text.push_str(inside);
        self.at += end + quote.len_utf8();
        Ok(())
    }

    fn typographic(&mut self, closing: &[char], name: &str) -> Result<(), Remark> {
        let from = self.at;
        let Some(end) = self.rest().find(closing) else { return Err(self.unclosed(name, from)) };
        let inside = &self.text[self.at..self.at + end];
        self.word.get_or_insert_with(Word::default).text.push_str(inside);
        self.at += end;
        self.next();
        Ok(())
    }

    fn double(&mut self, quote: char) -> Result<(), Remark> {
        let from = self.at - 1;
        self.word.get_or_insert_with(Word::default);
        while let Some(c) = self.next() {
            match c {
                c if c == quote => return Ok(()),
                '\\' => match self.next() {
                    Some('\n') => {}
                    Some(c @ ('"' | '\\' | '$' | '`')) => self.push(c),
                    Some(c) => {
                        self.push('\\');
                        self.push(c);
                    }
                    None => break,
                },
                '$' => self.dollar(true)?,
                '`' => self.backquoted(),
                c => self.push(c),
            }
        }
        Err(self.unclosed("\"", from))
    }

    /// After a `$`.
    fn dollar(&mut self, quoted: bool) -> Result<(), Remark> {
        let from = self.at - 1;
        let rest = self.rest();
        match rest.chars().next() {
            Some('\'') if !quoted => {
                self.next();
                return self.ansi_c(from);
            }
            Some('"') if !quoted => {
                self.next();
                return self.double('"');
            }
            Some('(') => self.nested('(', ')'),
            Some('{') => self.nested('{', '}'),
            Some(c) if c.is_ascii_alphabetic() || c == '_' => {
                let end = rest
                    .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                    .unwrap_or(rest.len());
                self.at += end;
            }
            Some('0'..='9' | '@' | '*' | '#' | '?' | '!' | '$' | '-')
                if quoted || self.word.is_some() =>
            {
                self.next();
            }
            // A lone dollar, such as a prompt.
            _ => {
                self.push('$');
                return Ok(());
            }
        }
        self.computed(from);
        Ok(())
    }

    fn nested(&mut self, open: char, close: char) {
        let mut depth = 0usize;
        while let Some(c) = self.next() {
            if c == open {
                depth += 1;
            } else if c == close {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
        }
    }

    fn backquoted(&mut self) {
        let from = self.at - 1;
        let end = self.rest().find('`').map_or(self.rest().len(), |end| end + 1);
        self.at += end;
        self.computed(from);
    }

    fn computed(&mut self, from: usize) {
        let text = self.text[from..self.at].to_owned();
        let place = place(self.text, from);
        let word = self.word.get_or_insert_with(Word::default);
        word.text.push_str(&text);
        word.computed.push(Computed { text, place });
    }

    /// What stands between `$'` and the next `'`.
    fn ansi_c(&mut self, from: usize) -> Result<(), Remark> {
        self.word.get_or_insert_with(Word::default);
        while let Some(c) = self.next() {
            match c {
                '\'' => return Ok(()),
                '\\' => match self.next() {
                    Some('n') => self.push('\n'),
                    Some('r') => self.push('\r'),
                    Some('t') => self.push('\t'),
                    Some('a') => self.push('\u{7}'),
                    Some('b') => self.push('\u{8}'),
                    Some('e' | 'E') => self.push('\u{1b}'),
                    Some('f') => self.push('\u{c}'),
                    Some('v') => self.push('\u{b}'),
                    Some('x') => self.number(16, 2),
                    Some('u') => self.number(16, 4),
                    Some('U') => self.number(16, 8),
                    Some(digit @ '0'..='7') => {
                        self.at -= digit.len_utf8();
                        self.number(8, 3);
                    }
                    Some(other) => self.push(other),
                    None => break,
                },
                c => self.push(c),
            }
        }
        Err(self.unclosed("$'", from))
    }

    fn number(&mut self, radix: u32, most: usize) {
        let digits: String =
            self.rest().chars().take(most).take_while(|c| c.is_digit(radix)).collect();
        self.at += digits.len();
        let c =
            u32::from_str_radix(&digits, radix).ok().and_then(char::from_u32).unwrap_or('\u{FFFD}');
        self.push(c);
    }

    /// `> file`, `2>&1`, `< file`, `<<< text`: none of it is part of the request.
    fn redirection(&mut self, first: char) {
        // `2>`: the digit is no word.
        if self.word.as_ref().is_some_and(|word| {
            word.text.len() == 1 && word.text.bytes().all(|byte| byte.is_ascii_digit())
        }) {
            self.word = None;
        }
        // A prompt of cmd or of a continued line.
        if first == '>' && self.words.is_empty() && self.word.is_none() {
            return;
        }
        self.end_word();
        while self.rest().starts_with([first, '&']) {
            self.next();
        }
        self.skip_target();
    }

    fn skip_target(&mut self) {
        let rest = self.rest().trim_start_matches([' ', '\t']);
        self.at = self.text.len() - rest.len();
        let end = rest
            .find(|c: char| c.is_whitespace() || matches!(c, ';' | '|' | '&'))
            .unwrap_or(rest.len());
        self.at += end;
    }
}

#[cfg(test)]
mod tests {
    use super::commands;

    fn words(text: &str) -> Vec<Vec<String>> {
        let commands = commands(text).unwrap_or_default();
        commands
            .into_iter()
            .map(|command| command.words.into_iter().map(|word| word.text).collect())
            .collect()
    }

    #[test]
    fn words_are_those_of_bash() {
        assert_eq!(
            words(r#"curl 'a b' "c\"d" $'e\'f\x41é' g\ h"#),
            [["curl", "a b", "c\"d", "e'fAé", "g h"]]
        );
        assert_eq!(words("curl a \\\n  b > out.json 2>&1"), [["curl", "a", "b"]]);
        assert_eq!(
            words("curl a | jq . ; curl b && echo c"),
            vec![vec!["curl", "a"], vec!["jq", "."], vec!["curl", "b"], vec!["echo", "c"]]
        );
        assert_eq!(words("curl 'a'\\''b'"), [["curl", "a'b"]]);
        assert_eq!(words("curl ‘a’ “b c”"), [["curl", "a", "b c"]]);
        assert_eq!(words("# a comment\ncurl a # more"), [["curl", "a"]]);
        assert_eq!(words("curl 'a"), Vec::<Vec<String>>::new());
    }

    #[test]
    fn what_is_computed_is_placed() {
        let commands = commands("curl \"$API/me\"\n  -H \"x: $(cat f)\"").expect("read");
        assert_eq!(commands[0].words[1].computed[0].text, "$API");
        assert_eq!(commands[0].words[1].computed[0].place, "1:7");
        assert_eq!(commands[1].words[1].computed[0].text, "$(cat f)");
    }
}
