//! Classes and groups in a segment of a path, as minimatch 3 makes an expression of them.

use crate::regexes::{Case, Flavour, Matcher, Reach};

/// A group that is open.
struct Group {
    sign: char,
}

/// The expression of a segment; `None` for what is not closed, and for a negated group within another.
pub(super) fn matcher(segment: &str) -> Option<Matcher> {
    let mut writer = Writer::default();
    for (at, char) in segment.char_indices() {
        match writer.class {
            Some(start) => writer.in_class(at == start + 1, char),
            None => writer.outside(at, char)?,
        }
    }
    let expression = writer.finish()?;
    let hidden = if expression.starts_with(['[', '(']) && !segment.starts_with('.') {
        r"(?!\.)"
    } else {
        ""
    };
    let whole = format!("{hidden}(?=.){expression}");
    Matcher::new(&whole, Flavour::JavaScript, Reach::Whole, Case::Sensitive).ok()
}

#[derive(Default)]
struct Writer {
    expression: String,
    groups: Vec<Group>,
    /// A star, a question mark, or the sign of a group that may follow.
    sign: Option<char>,
    /// Where the expression of a negated group begins to say what it takes.
    negated: Option<usize>,
    /// Where a class that is open begins.
    class: Option<usize>,
}

impl Writer {
    fn in_class(&mut self, is_first: bool, char: char) {
        match char {
            '!' if is_first => return self.expression.push('^'),
            ']' if !is_first => self.class = None,
            ']' | '[' => self.expression.push('\\'),
            _ => {}
        }
        self.expression.push(char);
    }

    fn outside(&mut self, at: usize, char: char) -> Option<()> {
        match char {
            '?' | '*' | '+' | '@' | '!' => {
                let earlier = self.sign.replace(char);
                settle(&mut self.expression, earlier);
            }
            '(' if self.sign.is_some() => self.open()?,
            ')' if !self.groups.is_empty() => self.close()?,
            '|' if !self.groups.is_empty() => {
                settle(&mut self.expression, self.sign.take());
                self.expression.push('|');
            }
            _ => self.literal(at, char),
        }
        Some(())
    }

    fn open(&mut self) -> Option<()> {
        let sign = self.sign.take()?;
        if sign == '!' && (self.negated.is_some() || !self.groups.is_empty()) {
            return None;
        }
        self.groups.push(Group { sign });
        self.expression.push_str(if sign == '!' { "(?:(?!(?:" } else { "(?:" });
        Some(())
    }

    fn close(&mut self) -> Option<()> {
        settle(&mut self.expression, self.sign.take());
        self.expression.push(')');
        match self.groups.pop()?.sign {
            '!' => {
                self.negated = Some(self.expression.len());
                self.expression.push_str(TAKEN);
            }
            '@' => {}
            repeated => self.expression.push(repeated),
        }
        Some(())
    }

    fn literal(&mut self, at: usize, char: char) {
        // What closes without being open leaves what stands before it to come after it.
        if !matches!(char, ')' | '|' | ']') {
            settle(&mut self.expression, self.sign.take());
        }
        match char {
            '[' => self.class = Some(at),
            '(' | ')' | '|' | ']' | '{' | '}' | '^' | '$' | '.' | '#' | ',' | '-' => {
                self.expression.push('\\');
            }
            char if char.is_ascii_whitespace() => self.expression.push('\\'),
            _ => {}
        }
        self.expression.push(char);
    }

    fn finish(mut self) -> Option<String> {
        settle(&mut self.expression, self.sign);
        if self.class.is_some() || !self.groups.is_empty() {
            return None;
        }
        // What a negated group must not be is what it would be with all that follows it.
        if let Some(end) = self.negated {
            let after = self.expression[end + TAKEN.len()..].to_owned();
            let end_of_text = if after.is_empty() { "$" } else { "" };
            self.expression.insert_str(end, &format!("{after}{end_of_text}"));
        }
        Some(self.expression)
    }
}

/// How the expression of a negated group ends, after what it must not be.
const TAKEN: &str = ")[^/]*?)";

/// A sign that no group followed.
fn settle(expression: &mut String, sign: Option<char>) {
    match sign {
        Some('*') => expression.push_str("[^/]*?"),
        Some('?') => expression.push_str("[^/]"),
        Some('+') => expression.push_str(r"\+"),
        Some(other) => expression.push(other),
        None => {}
    }
}
