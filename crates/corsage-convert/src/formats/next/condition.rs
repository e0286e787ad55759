//! `has` and `missing`.

use crate::Asked;
use crate::regexes::Matcher;

pub(super) enum Kind {
    /// A header's name, in lower case.
    Header(String),
    Host,
    /// A parameter of the path's query.
    Query(String),
}

pub(super) struct Condition {
    pub(super) kind: Kind,
    /// The name by which its value is known where it is not matched.
    pub(super) parameter: String,
    /// Without one, any value that is not empty will do.
    pub(super) matcher: Option<Matcher>,
    /// The names of its groups, each with its place.
    pub(super) groups: Vec<(String, usize)>,
}

impl Condition {
    /// What a request gives the condition's names; `None` where it does not fulfil it.
    pub(super) fn captures(&self, asked: &Asked<'_>) -> Option<Vec<(String, String)>> {
        let value = match &self.kind {
            Kind::Header(name) if name == "host" => asked.host.to_owned(),
            Kind::Header(name) => asked.joined(name, ", ")?,
            Kind::Host => asked.host.split(':').next().unwrap_or_default().to_lowercase(),
            Kind::Query(name) => {
                let query = asked.path.split_once('?')?.1;
                let values = url::form_urlencoded::parse(query.as_bytes());
                values.filter(|(other, _)| other == name).last()?.1.into_owned()
            }
        };
        if value.is_empty() {
            return None;
        }
        let Some(matcher) = &self.matcher else {
            return Some(vec![(self.parameter.clone(), value)]);
        };
        let found = matcher.captures(&value)?;
        if self.groups.is_empty() {
            let whole = found.into_iter().next().flatten();
            return Some(match (&self.kind, whole) {
                (Kind::Host, Some(whole)) if !whole.is_empty() => vec![("host".to_owned(), whole)],
                _ => Vec::new(),
            });
        }
        let group = |(name, at): &(String, usize)| {
            (name.clone(), found.get(*at).cloned().flatten().unwrap_or_default())
        };
        Some(self.groups.iter().map(group).collect())
    }
}

/// The named groups of an expression, each with its number. `None` where one of them may be left out of a
/// match, or where this cannot be seen.
pub(super) fn groups(expression: &str) -> Option<Vec<(String, usize)>> {
    let bytes = expression.as_bytes();
    let mut groups = Vec::new();
    // For each group that is open, whether it has a name.
    let mut open: Vec<bool> = Vec::new();
    let (mut at, mut number, mut in_class, mut splits) = (0, 0, false, false);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'[' => in_class = true,
            b']' => in_class = false,
            b'(' if !in_class => {
                let rest = &expression[at + 1..];
                let named = rest
                    .strip_prefix("?<")
                    .filter(|rest| !rest.starts_with(['=', '!']))
                    .and_then(|rest| rest.split_once('>'));
                number += usize::from(named.is_some() || !rest.starts_with('?'));
                if let Some((name, _)) = named {
                    if !open.is_empty() {
                        return None;
                    }
                    groups.push((name.to_owned(), number));
                }
                open.push(named.is_some());
            }
            b')' if !in_class => {
                let was_named = open.pop()?;
                let is_optional = matches!(bytes.get(at + 1), Some(b'?' | b'*' | b'{'));
                if was_named && is_optional {
                    return None;
                }
            }
            b'|' if !in_class && open.is_empty() => splits = true,
            _ => {}
        }
        at += 1;
    }
    (!splits || groups.is_empty()).then_some(groups)
}
