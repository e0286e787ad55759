//! What `next start` answers.

use super::condition::{Condition, Kind};
use super::path::PathPattern;
use super::value::Piece;
use crate::formats::node::{Headers, behind_answer};
use crate::{
    Answered, Asked, Behind, BehindAnswer, Borders, OriginBorder, OriginMatcher, Program, Span,
};

pub(super) struct Rule {
    pub(super) path: PathPattern,
    pub(super) has: Vec<Condition>,
    pub(super) missing: Vec<Condition>,
    pub(super) headers: Vec<(String, Vec<Piece>)>,
    pub(super) span: Span,
}

impl Rule {
    /// What its parameters stand for; `None` where a request does not fit.
    fn parameters(&self, asked: &Asked<'_>) -> Option<Vec<(String, String)>> {
        let mut parameters = self.path.captures(asked.path_only())?;
        for condition in &self.has {
            for (name, value) in condition.captures(asked)? {
                parameters.retain(|(other, _)| *other != name);
                parameters.push((name, value));
            }
        }
        let is_missing = self.missing.iter().all(|condition| condition.captures(asked).is_none());
        is_missing.then_some(parameters)
    }
}

pub(super) struct Site {
    pub(super) rules: Vec<Rule>,
}

impl Site {
    fn headers(&self, asked: &Asked<'_>) -> Headers {
        // Keys of different case are different ones here, and the same header later.
        let mut lines: Vec<(&str, String)> = Vec::new();
        for rule in &self.rules {
            let Some(parameters) = rule.parameters(asked) else { continue };
            for (key, pieces) in &rule.headers {
                let value: String = pieces
                    .iter()
                    .map(|piece| match piece {
                        Piece::Text(text) => text.as_str(),
                        Piece::Parameter(name) => parameters
                            .iter()
                            .find(|(other, _)| other == name)
                            .map_or("", |(_, value)| value.as_str()),
                    })
                    .collect();
                match lines.iter_mut().find(|(other, _)| other == key) {
                    Some(line) => line.1 = value,
                    None => lines.push((key, value)),
                }
            }
        }
        let mut headers = Headers::default();
        for (key, value) in lines {
            headers.set_one(key, value);
        }
        headers
    }
}

impl Program for Site {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        let path = asked.path_only();
        // Sent on to the path that it should be.
        if path.len() > 1 && path.ends_with('/') || path.contains("//") || path.contains('\\') {
            return Answered::by_itself(308);
        }
        let mut headers = self.headers(asked);
        let is_handler = path.starts_with("/api/");
        let (status, reached) = match behind_answer(asked, behind) {
            BehindAnswer::NoRoute => {
                headers.vary("Accept-Encoding");
                (404, false)
            }
            // A handler is asked whatever the method, and a page is not.
            BehindAnswer::NoMethod { .. } => (405, is_handler),
            BehindAnswer::Raises => (500, is_handler),
            BehindAnswer::Drops => (0, is_handler),
            BehindAnswer::Responds(response) => {
                if is_handler {
                    headers.set_behind(&response);
                } else {
                    headers.vary("Accept-Encoding");
                }
                (response.status, is_handler)
            }
        };
        headers.answered(status, reached)
    }

    fn borders(&self) -> Borders {
        let mut borders = Borders {
            paths: ["/".to_owned(), "/api/corsage".to_owned()].into(),
            ..Borders::default()
        };
        for rule in &self.rules {
            borders.paths.insert(rule.path.sample.clone());
            for condition in rule.has.iter().chain(&rule.missing) {
                match &condition.kind {
                    Kind::Header(name) if name == "origin" => {
                        let matcher = condition.matcher.clone().map(Box::new);
                        let matcher = matcher.map_or(OriginMatcher::Any, OriginMatcher::Regex);
                        borders.origins.push(OriginBorder { matcher, span: rule.span.clone() });
                    }
                    Kind::Header(name) => {
                        borders.looks_at.insert(name.clone());
                    }
                    Kind::Query(name) => {
                        borders.paths.insert(format!("{}?{name}=x", rule.path.sample));
                    }
                    Kind::Host => {
                        let sample = condition.matcher.as_ref().map_or("", |it| it.written());
                        let sample = sample.trim_start_matches('^').trim_end_matches('$');
                        borders.hosts.insert(sample.replace("\\.", ".").replace(".*", "x"));
                    }
                }
            }
        }
        borders
    }
}
