//! The shell of Windows: carets escape, and the program itself takes its quotes apart.

use super::word::{Command, Computed, Word};

/// Whether a text is for cmd: carets before quotes or at the ends of lines.
pub(super) fn is_cmd(text: &str) -> bool {
    text.contains("^\"") || text.contains("^\n") || text.trim_end().ends_with('^')
}

/// The commands of a text.
pub(super) fn commands(text: &str) -> Vec<Command> {
    lines(text)
        .iter()
        .map(|line| Command { words: arguments(line) })
        .filter(|command| !command.words.is_empty())
        .collect()
}

/// Command lines without carets, as a program gets them.
fn lines(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut chars = text.chars().peekable();
    // Between plain quotes a caret is a caret, unless the tool that copied it has put one before everything.
    let careted = text.contains("^\"") || text.contains("^\\^\"");
    let mut quoted = false;
    while let Some(c) = chars.next() {
        let line = lines.last_mut().expect("never empty");
        match c {
            '^' if !quoted
                || careted && chars.peek().is_some_and(|next| !next.is_alphanumeric()) =>
            {
                match chars.next() {
                    Some('\n') => {
                        // An empty line after it is a line break in a value.
                        if chars.peek() == Some(&'\n') {
                            chars.next();
                            line.push('\n');
                        } else if !line.ends_with(' ') && quoted {
                            line.push('\n');
                        } else {
                            line.push(' ');
                        }
                    }
                    Some(c) => line.push(c),
                    None => {}
                }
            }
            '"' => {
                quoted = !quoted;
                line.push(c);
            }
            '\n' if !quoted => lines.push(String::new()),
            '&' | '|' if !quoted => lines.push(String::new()),
            // `> file`, `2>&1`
            '>' | '<' if !quoted && !line.trim().is_empty() => {
                while chars.peek().is_some_and(|c| matches!(c, '>' | '&' | ' ')) {
                    chars.next();
                }
                while chars.peek().is_some_and(|c| !c.is_whitespace()) {
                    chars.next();
                }
                if line.ends_with('2') || line.ends_with('1') {
                    line.pop();
                }
            }
            c => line.push(c),
        }
    }
    lines
}

/// The arguments of a command line, as programs on Windows take it apart: backslashes count only before quotes.
fn arguments(line: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                let mut count = 1;
                while chars.peek() == Some(&'\\') {
                    chars.next();
                    count += 1;
                }
                let text = word.get_or_insert_with(String::new);
                if chars.peek() == Some(&'"') {
                    text.extend(std::iter::repeat_n('\\', count / 2));
                    if count % 2 == 1 {
                        chars.next();
                        text.push('"');
                    }
                } else {
                    text.extend(std::iter::repeat_n('\\', count));
                }
            }
            '"' => {
                word.get_or_insert_with(String::new);
                if quoted && chars.peek() == Some(&'"') {
                    chars.next();
                    word.get_or_insert_with(String::new).push('"');
                } else {
                    quoted = !quoted;
                }
            }
            c if c.is_whitespace() && !quoted => words.extend(word.take()),
            c => word.get_or_insert_with(String::new).push(c),
        }
    }
    words.extend(word);
    words.into_iter().map(variables).collect()
}

/// `%NAME%` is put in by the shell.
fn variables(text: String) -> Word {
    let mut computed = Vec::new();
    let mut parts = text.split('%');
    parts.next();
    for part in parts {
        let name = !part.is_empty()
            && part.len() < 40
            && part.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        let written = format!("%{part}%");
        if name && text.contains(&written) {
            computed.push(Computed { text: written, place: "1:1".to_owned() });
        }
    }
    Word { text, computed }
}
