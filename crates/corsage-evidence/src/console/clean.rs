//! One spelling of what tickets, chats, logs and word processors make of a console line.

/// The message on one line: one kind of quote, one kind of blank, no escapes.
///
/// Every quote becomes `'`: which one stood there depends on the browser's version and on what the text
/// came through.
pub(super) fn normal(message: &str) -> String {
    let text = entities(message);
    let mut out = String::with_capacity(text.len());
    let mut blank = true;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let c = match c {
            // Escaped by JSON or a programming language.
            '\\' => match chars.peek() {
                Some('n' | 'r' | 't') => {
                    // A Windows path has backslashes too; in URLs there are none.
                    let drive = out
                        .strip_suffix(':')
                        .is_some_and(|before| before.ends_with(|c: char| c.is_ascii_uppercase()));
                    let ends_word =
                        blank || !drive && out.ends_with(['.', ')', '\'', ' ', ':', ',']);
                    if !ends_word {
                        out.push('\\');
                        blank = false;
                        continue;
                    }
                    chars.next();
                    ' '
                }
                Some('\\' | '"' | '\'' | '/' | '`') => continue,
                Some('u') => unicode_escape(&mut chars).unwrap_or('\\'),
                _ => '\\',
            },
            // Escape sequences of terminals.
            '\u{1b}' => {
                skip_escape(&mut chars);
                continue;
            }
            '\u{feff}' | '\u{200b}' | '\u{200c}' | '\u{200d}' | '\u{2060}' | '\u{200e}'
            | '\u{200f}' => continue,
            c => c,
        };
        // Written close to the words around it, in scripts without blanks.
        let (before, after) = match c {
            '「' | '『' => (" ", ""),
            '」' | '』' => ("", " "),
            _ => ("", ""),
        };
        let c = quote(c);
        if !before.is_empty() && !blank {
            out.push(' ');
        }
        if !after.is_empty() {
            out.push(c);
            out.push(' ');
            blank = true;
            continue;
        }
        if c.is_whitespace() || c.is_control() {
            if !blank {
                out.push(' ');
            }
            blank = true;
        } else {
            out.push(c);
            blank = false;
        }
    }
    out.truncate(out.trim_end().len());
    with_quotes(with_case(out))
}

/// What the recogniser's sentences are written like, where a log has put all into lower case.
const WRITTEN: &[&str] = &[
    "Access to ",
    "CORS policy",
    "No 'Access-Control-Allow-Origin'",
    "The 'Access-Control-Allow-Origin'",
    "Access-Control-Allow-Origin",
    "Access-Control-Allow-Headers",
    "Access-Control-Allow-Methods",
    "Access-Control-Allow-Credentials",
    "HTTP ok status",
    "Response to preflight",
    "It does not have",
    "Redirect is not",
    "Request header field",
    "The value of",
    "Cannot parse",
    "Cross-Origin Request Blocked",
    "Same Origin Policy",
    "(Reason",
    "CORS header",
    "CORS request",
    "CORS preflight",
    "Status code",
];

fn with_case(line: String) -> String {
    let known = line.contains("cors policy") || line.contains("cross-origin request blocked");
    if !known || line.contains(|c: char| c.is_uppercase()) {
        return line;
    }
    WRITTEN.iter().fold(line, |line, phrase| line.replace(&phrase.to_ascii_lowercase(), phrase))
}

/// Quotes that were doubled, as SQL and YAML write them, or that were taken away.
fn with_quotes(line: String) -> String {
    if line.contains("''http") || line.contains("''Access-Control-") {
        return line.replace("''", "'");
    }
    // An apostrophe is no quote: `the request's`.
    if line.contains(" '") || !line.contains("blocked by CORS policy") {
        return line;
    }
    let mut line = line;
    for name in ["Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"] {
        line = line.replace(&format!("{name} header"), &format!("'{name}' header"));
    }
    line = line.replace("wildcard *", "wildcard '*'");
    for (before, after) in [
        (" at ", [" (redirected", " from origin "]),
        ("redirected from ", [")", ")"]),
        (" from origin ", [" has been", " has been"]),
        ("has a value ", [" that is not", " that is not"]),
        ("multiple values ", [", but only", ", but only"]),
        ("invalid value ", [". ", "."]),
    ] {
        let Some(start) = line.find(before).map(|at| at + before.len()) else { continue };
        let Some(length) = after.iter().filter_map(|after| line[start..].find(after)).min() else {
            continue;
        };
        line.insert(start + length, '\'');
        line.insert(start, '\'');
    }
    line
}

fn quote(c: char) -> char {
    match c {
        '"' | '`' | '´' | '‘' | '’' | '‚' | '‛' | '“' | '”' | '„' | '‟' | '«' | '»' | '‹' | '›'
        | '「' | '」' | '『' | '』' | '′' | '″' | '＂' | '＇' => '\'',
        other => other,
    }
}

/// `&quot;` and the like, as tickets and pages show them.
fn entities(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let known = from[1..].find(';').filter(|end| *end <= 8).and_then(|end| {
            let name = &from[1..=end];
            let c = match name {
                "quot" => '"',
                "apos" | "lsquo" | "rsquo" => '\'',
                "ldquo" | "rdquo" | "laquo" | "raquo" => '"',
                "lt" => '<',
                "gt" => '>',
                "amp" => '&',
                "nbsp" => ' ',
                _ => {
                    let number = name.strip_prefix('#')?;
                    let code = match number.strip_prefix(['x', 'X']) {
                        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                        None => number.parse().ok()?,
                    };
                    char::from_u32(code)?
                }
            };
            Some((end + 2, c))
        });
        match known {
            Some((length, c)) => {
                out.push(c);
                rest = &from[length..];
            }
            None => {
                out.push('&');
                rest = &from[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// The character of `uXXXX`, whose backslash has been read.
fn unicode_escape(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<char> {
    let mut ahead = chars.clone();
    ahead.next();
    let digits: String = ahead.by_ref().take(4).collect();
    let c = (digits.len() == 4).then(|| u32::from_str_radix(&digits, 16).ok()).flatten()?;
    let c = char::from_u32(c)?;
    // What Chromium escapes in a header's value stays as it printed it.
    if !(c == '\u{27}'
        || c == '\u{22}'
        || ('\u{2018}'..='\u{201f}').contains(&c)
        || matches!(c, '<' | '>' | '&'))
    {
        return None;
    }
    *chars = ahead;
    Some(c)
}

fn skip_escape(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    if chars.peek() != Some(&'[') {
        return;
    }
    chars.next();
    while let Some(c) = chars.peek() {
        let end = c.is_ascii_alphabetic();
        let inside = c.is_ascii_digit() || matches!(c, ';' | '?');
        if end || inside {
            chars.next();
        }
        if !inside {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn quotes_blanks_and_escapes_become_one() {
        assert_eq!(normal("at ‘a’\n  from “b” `c`"), "at 'a' from 'b' 'c'");
        assert_eq!(normal(r#"at \"a\" has.\nNext"#), "at 'a' has. Next");
        assert_eq!(
            normal("at &#39;a&#x27; &quot;b&quot; &amp; &unknown;"),
            "at 'a' 'b' & &unknown;"
        );
        assert_eq!(normal("\u{1b}[31mred\u{1b}[0m"), "red");
        assert_eq!(normal(r"at \u2018a\u2019"), "at 'a'");
        assert_eq!(normal(r"file:///C:\new\table"), r"file:///C:\new\table");
        assert_eq!(normal(r"value \u00FC"), r"value \u00FC");
    }
}
