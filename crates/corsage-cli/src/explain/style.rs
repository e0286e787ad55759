//! Colours, and the width of the terminal.

use std::fmt::Display;

use anstyle::{AnsiColor, Style};

use crate::world;

const ERROR: Style = AnsiColor::BrightRed.on_default().bold();
const WARNING: Style = AnsiColor::BrightYellow.on_default().bold();
const GOOD: Style = AnsiColor::BrightGreen.on_default().bold();
const FRAME: Style = AnsiColor::BrightBlue.on_default().bold();
const STRONG: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();

/// Text is wrapped at this width where there is no terminal, so that output can be compared.
const PLAIN_WIDTH: usize = 100;

fn painted(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

pub(crate) fn error(text: impl Display) -> String {
    painted(ERROR, text)
}

pub(crate) fn warning(text: impl Display) -> String {
    painted(WARNING, text)
}

pub(crate) fn good(text: impl Display) -> String {
    painted(GOOD, text)
}

pub(crate) fn frame(text: impl Display) -> String {
    painted(FRAME, text)
}

pub(crate) fn strong(text: impl Display) -> String {
    painted(STRONG, text)
}

pub(crate) fn faint(text: impl Display) -> String {
    painted(FAINT, text)
}

/// The width that text is wrapped at.
pub(crate) fn width() -> usize {
    world::terminal_width().unwrap_or(PLAIN_WIDTH).clamp(50, 120)
}

/// Wraps a text. The first line goes after `first` columns that are already used, the others are
/// indented by `hang` blanks.
pub(crate) fn wrap_hanging(text: &str, first: usize, hang: usize, width: usize) -> String {
    let mut out = String::new();
    let mut column = first;
    let mut at_start = true;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if !at_start && column + 1 + length > width {
            out.push('\n');
            out.push_str(&" ".repeat(hang));
            column = hang;
        } else if !at_start {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
        at_start = false;
    }
    out
}

/// Wraps a text whose lines all begin at the same column.
pub(crate) fn wrap(text: &str, column: usize, width: usize) -> String {
    wrap_hanging(text, column, column, width)
}

/// What a server sent may hold terminal escapes: they are shown, not obeyed.
pub(crate) fn harmless(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            let shown: Vec<char> =
                if c.is_control() && c != '\n' { c.escape_default().collect() } else { vec![c] };
            shown
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{harmless, wrap, wrap_hanging};

    #[test]
    fn text_is_wrapped_and_hangs() {
        assert_eq!(wrap("aa bb cc", 2, 8), "aa bb\n  cc");
        assert_eq!(wrap("averylongword b", 2, 8), "averylongword\n  b");
        assert_eq!(wrap_hanging("aa bb cc", 4, 1, 8), "aa\n bb cc");
    }

    #[test]
    fn escapes_are_shown() {
        assert_eq!(harmless("a\u{1b}[31mb"), "a\\u{1b}[31mb");
    }
}
