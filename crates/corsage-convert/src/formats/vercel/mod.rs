//! `vercel.json`: `headers`, and the older `routes`.
//!
//! The deployment answers no preflight by itself: what stands behind does, and the headers are put on it. Where a
//! function sets a header of its own, that one is taken here to stand; the documentation does not say.

mod read;

use crate::formats::cloud::borders_of;
use crate::regexes::Matcher;
use crate::{
    Answered, Asked, Behind, Borders, NotRead, OriginBorder, OriginMatcher, Program, Source, Span,
};

/// Reads `vercel.json`.
///
/// # Errors
/// What is not understood.
pub(crate) fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    Ok(Box::new(read::site(source)?))
}

/// One rule: every header goes on, unless a later rule sets the same.
struct Rule {
    path: Path,
    methods: Vec<String>,
    has: Vec<Condition>,
    missing: Vec<Condition>,
    headers: Vec<(String, String)>,
    /// Whether the rules after it are asked too.
    goes_on: bool,
    /// What it answers by itself.
    status: Option<u16>,
    span: Span,
}

enum Path {
    Pattern(super::next::PathPattern),
    Expression(Matcher, String),
}

impl Path {
    fn takes(&self, path: &str) -> bool {
        match self {
            Self::Pattern(pattern) => pattern.captures(path).is_some(),
            Self::Expression(matcher, _) => matcher.is_match(path),
        }
    }

    fn sample(&self) -> &str {
        match self {
            Self::Pattern(pattern) => &pattern.sample,
            Self::Expression(_, sample) => sample,
        }
    }
}

enum Condition {
    /// A header's name, in lower case, and what its value has to match as a whole.
    Header(String, Option<Matcher>),
    Host(Matcher),
}

impl Condition {
    fn holds(&self, asked: &Asked<'_>) -> bool {
        match self {
            Self::Header(name, matcher) => asked
                .first(name)
                .is_some_and(|value| matcher.as_ref().is_none_or(|it| it.is_match(value))),
            Self::Host(matcher) => {
                matcher.is_match(asked.host.split(':').next().unwrap_or_default())
            }
        }
    }
}

impl Rule {
    fn takes(&self, asked: &Asked<'_>) -> bool {
        self.path.takes(asked.path_only())
            && (self.methods.is_empty() || self.methods.iter().any(|one| one == asked.method))
            && self.has.iter().all(|condition| condition.holds(asked))
            && !self.missing.iter().any(|condition| condition.holds(asked))
    }
}

struct Site {
    rules: Vec<Rule>,
}

impl Program for Site {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        let mut lines: Vec<(&str, &str)> = Vec::new();
        let mut status = None;
        for rule in self.rules.iter().filter(|rule| rule.takes(asked)) {
            for (name, value) in &rule.headers {
                match lines.iter_mut().find(|(other, _)| other.eq_ignore_ascii_case(name)) {
                    Some(line) => line.1 = value,
                    None => lines.push((name, value)),
                }
            }
            status = rule.status;
            if !rule.goes_on {
                break;
            }
        }
        let mut answered = match status {
            Some(status) => Answered::by_itself(status),
            None => {
                let (reached, response) = behind.answer(asked).upstream();
                match response {
                    Some(response) => Answered {
                        status: response.status,
                        reached,
                        vary: response.vary,
                        cors: response.cors,
                    },
                    None => Answered { reached, ..Answered::by_itself(502) },
                }
            }
        };
        for (name, value) in lines {
            let name = name.to_ascii_lowercase();
            if name == "vary" {
                if answered.vary.is_empty() {
                    answered.vary.push(value.to_owned());
                }
            } else if answered.lines(&name).next().is_none() {
                answered.add(name, value);
            }
        }
        answered
    }

    fn borders(&self) -> Borders {
        let mut borders = Borders { paths: ["/".to_owned()].into(), ..Borders::default() };
        for rule in &self.rules {
            borders.paths.insert(rule.path.sample().to_owned());
            borders.methods.extend(rule.methods.iter().cloned());
            for (name, value) in &rule.headers {
                borders_of(name, value, &rule.span, &mut borders);
            }
            for condition in rule.has.iter().chain(&rule.missing) {
                match condition {
                    Condition::Header(name, matcher) if name == "origin" => {
                        let matcher = matcher.clone().map(Box::new);
                        let matcher = matcher.map_or(OriginMatcher::Any, OriginMatcher::Regex);
                        borders.origins.push(OriginBorder { matcher, span: rule.span.clone() });
                    }
                    Condition::Header(name, _) => {
                        borders.looks_at.insert(name.clone());
                    }
                    Condition::Host(matcher) => {
                        let sample = matcher.written().trim_matches(['^', '$']);
                        borders.hosts.insert(sample.replace('\\', "").replace(".*", "x"));
                    }
                }
            }
        }
        borders
    }
}
