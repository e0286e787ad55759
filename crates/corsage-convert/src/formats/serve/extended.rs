//! Classes and groups in a segment of a path, as minimatch 3 makes an expression of them.

use crate::regexes::{Case, Flavour, Matcher, Reach};

/// A group that is open, and where its expression began.
struct Group {
    sign: char,
    begun: usize,
}

/// The expression of a segment; `None` for what is not closed, and for a negated group within another.
pub(super) fn matcher(segment: &str) -> Option<Matcher> {
    let mut expression = String::new();
    let mut groups: Vec<Group> = Vec::new();
    // A star, a question mark, or the sign of a group that may follow.
    let mut sign: Option<char> = None;
    let mut negated: Option<(usize, usize)> = None;
    let mut class: Option<usize> = None;
    for (at, char) in segment.char_indices() {
        if let Some(start) = class {
            match char {
                ']' if at != start + 1 => class = None,
                ']' => expression.push('\\'),
                '!' if at == start + 1 => {
                    expression.push('^');
                    continue;
                }
                '[' => expression.push('\\'),
                _ => {}
            }
            expression.push(char);
            continue;
        }
        match char {
            '?' | '*' | '+' | '@' | '!' => {
                settle(&mut expression, sign.replace(char));
                continue;
            }
            '(' if sign.is_some() => {
                let sign = sign.take()?;
                if sign == '!' && (negated.is_some() || !groups.is_empty()) {
                    return None;
                }
                groups.push(Group { sign, begun: expression.len() });
                expression.push_str(if sign == '!' { "(?:(?!(?:" } else { "(?:" });
                continue;
            }
            ')' if !groups.is_empty() => {
                settle(&mut expression, sign.take());
                let group = groups.pop()?;
                match group.sign {
                    '!' => {
                        expression.push(')');
                        negated = Some((group.begun, expression.len()));
                        expression.push_str(")[^/]*?)");
                    }
                    '@' => expression.push(')'),
                    repeated => expression.extend([')', repeated]),
                }
                continue;
            }
            '|' if !groups.is_empty() => {
                settle(&mut expression, sign.take());
                expression.push('|');
                continue;
            }
            // Closed without being open: what stands before comes after it.
            ')' | '|' | ']' => {}
            _ => settle(&mut expression, sign.take()),
        }
        match char {
            '[' => class = Some(at),
            '(' | ')' | '|' | ']' | '{' | '}' | '^' | '$' | '.' | '#' | ',' | '-' => {
                expression.push('\\');
            }
            char if char.is_ascii_whitespace() => expression.push('\\'),
            _ => {}
        }
        expression.push(char);
    }
    settle(&mut expression, sign);
    if class.is_some() || !groups.is_empty() {
        return None;
    }
    // What a negated group must not be is what it would be with all that follows it.
    if let Some((_, end)) = negated {
        let after = expression[end + ")[^/]*?)".len()..].to_owned();
        expression.insert_str(end, &format!("{after}{}", if after.is_empty() { "$" } else { "" }));
    }
    let hidden = if expression.starts_with(['[', '(']) && !segment.starts_with('.') {
        r"(?!\.)"
    } else {
        ""
    };
    let whole = format!("{hidden}(?=.){expression}");
    Matcher::new(&whole, Flavour::JavaScript, Reach::Whole, Case::Sensitive).ok()
}

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
