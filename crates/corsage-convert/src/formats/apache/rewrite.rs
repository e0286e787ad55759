//! mod_rewrite's directives.

use super::expression;
use super::model::{Rewrite, RewriteAction, RewriteCondition, RewritePiece, RewriteTest};
use super::parse::{Directive, Word};
use crate::NotRead;
use crate::regexes::{Case, Flavour, Matcher, Reach};

/// `RewriteCond`.
pub(super) fn condition(directive: &Directive) -> Result<RewriteCondition, NotRead> {
    let (subject, pattern, flags) = match directive.args.as_slice() {
        [subject, pattern] => (subject, pattern, None),
        [subject, pattern, flags] => (subject, pattern, Some(flags)),
        _ => return Err(directive.name.rejected("bad argument line")),
    };
    let (mut or_next, mut no_vary, mut ignore_case) = (false, false, false);
    for flag in flags.map(each_flag).transpose()?.unwrap_or_default() {
        match flag.to_ascii_uppercase().as_str() {
            "NC" | "NOCASE" => ignore_case = true,
            "OR" | "ORNEXT" => or_next = true,
            "NV" | "NOVARY" => no_vary = true,
            _ => return Err(directive.name.rejected("unknown flag")),
        }
    }
    if subject.text.eq_ignore_ascii_case("expr") {
        let test = RewriteTest::Expression(expression::condition(&pattern.text, pattern)?);
        return Ok(RewriteCondition {
            subject: Vec::new(),
            test,
            negated: false,
            or_next,
            no_vary,
        });
    }
    let negated = pattern.text.starts_with('!');
    let text = pattern.text.strip_prefix('!').unwrap_or(&pattern.text);
    let test = if let Some(text) = text.strip_prefix('=') {
        let text = if text == "\"\"" { "" } else { text };
        RewriteTest::Equal { text: text.to_owned(), ignore_case }
    } else if text.starts_with(['<', '>']) || (text.starts_with('-') && text.len() <= 3) {
        return Err(pattern.refused());
    } else {
        RewriteTest::Regex(regex(text, pattern, ignore_case)?)
    };
    Ok(RewriteCondition {
        subject: pieces(&subject.text, subject)?,
        test,
        negated,
        or_next,
        no_vary,
    })
}

/// `RewriteRule`, with the conditions before it. In a location, only expressions that fit everything are read:
/// what they would be held against is a file's name.
pub(super) fn rule(
    directive: &Directive,
    conditions: Vec<RewriteCondition>,
    in_location: bool,
) -> Result<Rewrite, NotRead> {
    let (pattern, target, flags) = match directive.args.as_slice() {
        [pattern, target] => (pattern, target, None),
        [pattern, target, flags] => (pattern, target, Some(flags)),
        _ => return Err(directive.name.rejected("bad argument line")),
    };
    let (mut ignore_case, mut last, mut proxy) = (false, false, false);
    let mut status = None;
    let mut env = Vec::new();
    for flag in flags.map(each_flag).transpose()?.unwrap_or_default() {
        let (name, value) =
            flag.split_once('=').map_or((flag.as_str(), None), |(name, value)| (name, Some(value)));
        match (name.to_ascii_uppercase().as_str(), value) {
            ("NC" | "NOCASE", None) => ignore_case = true,
            ("L" | "LAST" | "END", None) => last = true,
            (
                "PT" | "PASSTHROUGH" | "QSA" | "QSAPPEND" | "NE" | "NOESCAPE" | "QSD" | "B" | "NS",
                None,
            ) => {}
            ("F" | "FORBIDDEN", None) => status = Some(403),
            ("G" | "GONE", None) => status = Some(410),
            ("R" | "REDIRECT", None) => status = Some(302),
            ("R" | "REDIRECT", Some(value)) => {
                status = Some(match value {
                    "permanent" => 301,
                    "temp" => 302,
                    "seeother" => 303,
                    _ => value
                        .parse()
                        .map_err(|_| directive.name.rejected("invalid HTTP response code"))?,
                });
            }
            ("P" | "PROXY", None) => proxy = true,
            ("E" | "ENV", Some(value)) => {
                let word = flags.unwrap_or(pattern);
                env.push(match value.strip_prefix('!') {
                    Some(name) => (name.to_owned(), None),
                    None => {
                        let (name, value) = value.split_once(':').unwrap_or((value, ""));
                        (name.to_owned(), Some(pieces(value, word)?))
                    }
                });
            }
            _ => return Err(flags.unwrap_or(pattern).refused()),
        }
    }
    let action = match status {
        Some(status @ 300..=399) => RewriteAction::Redirect(status),
        Some(status) => RewriteAction::Status(status),
        None if target.text == "-" => RewriteAction::Nothing,
        None if proxy => RewriteAction::Proxy(pieces(&target.text, target)?),
        // Another path, or a file.
        None => return Err(target.refused()),
    };
    let negated = pattern.text.starts_with('!');
    let text = pattern.text.strip_prefix('!').unwrap_or(&pattern.text);
    if in_location && !["^", ".*", "^.*$", "(.*)", "^(.*)$", ".", "^.*"].contains(&text) {
        return Err(pattern.refused());
    }
    let matcher = regex(text, pattern, ignore_case)?;
    Ok(Rewrite { conditions, matcher, negated, action, env, last })
}

fn regex(text: &str, word: &Word, ignore_case: bool) -> Result<Matcher, NotRead> {
    let case = if ignore_case { Case::Insensitive } else { Case::Sensitive };
    Matcher::new(text, Flavour::Pcre, Reach::Part, case)
        .map_err(|_| word.rejected("cannot compile regular expression"))
}

fn each_flag(word: &Word) -> Result<Vec<String>, NotRead> {
    let inside = word.text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let inside = inside.ok_or_else(|| word.rejected("bad flag delimiters"))?;
    Ok(inside
        .split(',')
        .map(|flag| flag.trim().to_owned())
        .filter(|flag| !flag.is_empty())
        .collect())
}

/// A text with `%{…}`, `%1` and `$1` in it.
fn pieces(text: &str, word: &Word) -> Result<Vec<RewritePiece>, NotRead> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        let digit = rest[char.len_utf8()..].chars().next().and_then(|digit| digit.to_digit(10));
        let piece = match (char, digit) {
            ('%' | '$', Some(digit)) => {
                rest = &rest[2..];
                let group = usize::try_from(digit).unwrap_or_default();
                if char == '%' {
                    RewritePiece::ConditionGroup(group)
                } else {
                    RewritePiece::RuleGroup(group)
                }
            }
            ('%', None) if rest.starts_with("%{") => {
                let Some((name, after)) = rest[2..].split_once('}') else {
                    return Err(word.refused());
                };
                rest = after;
                variable(name, word)?
            }
            ('\\', _) => {
                let next = rest[1..].chars().next();
                literal.extend(next);
                rest = &rest[1 + next.map_or(0, char::len_utf8)..];
                continue;
            }
            _ => {
                literal.push(char);
                rest = &rest[char.len_utf8()..];
                continue;
            }
        };
        if !literal.is_empty() {
            pieces.push(RewritePiece::Literal(std::mem::take(&mut literal)));
        }
        pieces.push(piece);
    }
    if !literal.is_empty() {
        pieces.push(RewritePiece::Literal(literal));
    }
    Ok(pieces)
}

fn variable(name: &str, word: &Word) -> Result<RewritePiece, NotRead> {
    if let Some((function, argument)) = name.split_once(':') {
        return match function {
            "HTTP" => Ok(RewritePiece::Header(argument.to_owned())),
            "ENV" => Ok(RewritePiece::Env(argument.to_owned())),
            _ => Err(word.refused()),
        };
    }
    Ok(match name {
        "REQUEST_METHOD" => RewritePiece::Method,
        "REQUEST_URI" => RewritePiece::Uri,
        "QUERY_STRING" => RewritePiece::Query,
        "HTTP_HOST" | "SERVER_NAME" => RewritePiece::Host,
        "REQUEST_SCHEME" => RewritePiece::Scheme,
        "HTTPS" => RewritePiece::Https,
        "HTTP_REFERER" => RewritePiece::PlainHeader("referer".to_owned()),
        "HTTP_USER_AGENT" => RewritePiece::PlainHeader("user-agent".to_owned()),
        "HTTP_COOKIE" => RewritePiece::PlainHeader("cookie".to_owned()),
        "HTTP_ACCEPT" => RewritePiece::PlainHeader("accept".to_owned()),
        _ => return Err(word.refused()),
    })
}
