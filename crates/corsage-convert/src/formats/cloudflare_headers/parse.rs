//! Rules: a path on a line of its own, and the headers under it.

use crate::regexes::{Case, Flavour, Matcher, Reach};
use crate::{Asked, NotRead, Refused, Why};

/// How many rules count; all after them is passed by.
const MAX_RULES: usize = 100;
/// How long a line may be.
const MAX_LINE: usize = 2000;

pub(super) struct Rule {
    pub(super) path: String,
    pub(super) host: Option<String>,
    matcher: Matcher,
    /// The names of the groups, in order.
    names: Vec<String>,
    /// Names in lower case, each once.
    pub(super) set: Vec<(String, String)>,
    pub(super) unset: Vec<String>,
}

impl Rule {
    /// What a request's path gives the rule's names; `None` where it does not fit.
    pub(super) fn captures(&self, asked: &Asked<'_>) -> Option<Vec<String>> {
        if self.host.as_deref().is_some_and(|host| !asked.host.eq_ignore_ascii_case(host)) {
            return None;
        }
        let groups = self.matcher.captures(asked.path_only())?;
        Some(groups.into_iter().skip(1).map(Option::unwrap_or_default).collect())
    }

    /// A value with what the names stand for.
    pub(super) fn filled(&self, value: &str, captured: &[String]) -> String {
        let mut filled = value.to_owned();
        for (name, text) in self.names.iter().zip(captured) {
            filled = filled.replace(&format!(":{name}"), text);
        }
        filled
    }
}

pub(super) fn rules(text: &str) -> Result<Vec<Rule>, NotRead> {
    let mut rules: Vec<Rule> = Vec::new();
    let mut current: Option<Rule> = None;
    let finish = |rules: &mut Vec<Rule>, current: Option<Rule>| {
        rules.extend(current.filter(|rule| !rule.set.is_empty() || !rule.unset.is_empty()));
    };
    let mut at = 0;
    for whole in text.split_inclusive('\n') {
        let start = at;
        at += whole.len();
        let line = whole.trim();
        if line.is_empty() || line.starts_with('#') || line.len() > MAX_LINE {
            continue;
        }
        if is_path(line) {
            finish(&mut rules, current.take());
            if rules.len() >= MAX_RULES {
                return Ok(rules);
            }
            current = rule(line).map_err(|what| {
                NotRead::refused(Refused::new(start..at, what, Why::NotModelled))
            })?;
            continue;
        }
        // A header without a path over it, and what is neither, are passed by.
        let Some(rule) = &mut current else { continue };
        match line.split_once(':') {
            None => {
                if let Some(name) = line.strip_prefix("! ") {
                    rule.unset.push(name.trim().to_lowercase());
                }
            }
            Some((name, value)) => {
                let (name, value) = (name.trim().to_lowercase(), value.trim());
                if name.contains(' ') || name.is_empty() || value.is_empty() {
                    continue;
                }
                match rule.set.iter_mut().find(|(other, _)| *other == name) {
                    Some((_, old)) => {
                        old.push_str(", ");
                        old.push_str(value);
                    }
                    None => rule.set.push((name, value.to_owned())),
                }
            }
        }
    }
    finish(&mut rules, current);
    Ok(rules)
}

fn is_path(line: &str) -> bool {
    line.starts_with('/')
        || line.find("://").is_some_and(|at| at > 0 && !line[..at].contains(char::is_whitespace))
}

/// A rule for a path or an address. `Ok(None)`: it is no rule there either.
fn rule(line: &str) -> Result<Option<Rule>, String> {
    let (host, path) = match line.split_once("://") {
        Some(("https", rest)) => match rest.split_once('/') {
            Some((host, path)) => (Some(host.to_owned()), format!("/{path}")),
            None => (Some(rest.to_owned()), "/".to_owned()),
        },
        Some(_) if !line.starts_with('/') => return Ok(None),
        _ => (None, line.to_owned()),
    };
    if host.as_deref().is_some_and(|host| host.contains([':', '*'])) {
        return Err(host.unwrap_or_default());
    }
    if path.matches('*').count() > 1 {
        return Ok(None);
    }
    let mut names = Vec::new();
    let mut written = String::from("^");
    let mut rest = path.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '*' => {
                names.push("splat".to_owned());
                written.push_str("(.*)");
            }
            ':' if rest.peek().is_some_and(char::is_ascii_alphabetic) => {
                let mut name = String::new();
                while let Some(c) = rest.next_if(|c| c.is_ascii_alphanumeric() || *c == '_') {
                    name.push(c);
                }
                if names.contains(&name) {
                    return Ok(None);
                }
                names.push(name);
                written.push_str("([^/]+)");
            }
            c if c.is_ascii_punctuation() => {
                written.push('\\');
                written.push(c);
            }
            c => written.push(c),
        }
    }
    written.push('$');
    let matcher = Matcher::new(&written, Flavour::JavaScript, Reach::Part, Case::Sensitive)
        .map_err(|_| line.to_owned())?;
    let (set, unset) = (Vec::new(), Vec::new());
    Ok(Some(Rule { path, host, matcher, names, set, unset }))
}
