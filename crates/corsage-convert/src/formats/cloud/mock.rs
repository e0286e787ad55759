//! API Gateway's REST APIs: `OPTIONS` is answered with fixed headers by a mock, and everything else comes from
//! behind, with fixed headers where the method's response sets some.

use crate::regexes::Matcher;
use crate::{Answered, Asked, Behind, Borders, OriginBorder, OriginMatcher, Program, Span};

/// Header lines that never change.
pub(crate) type Fixed = Vec<(String, String)>;

/// One resource.
#[derive(Debug, Default)]
pub(crate) struct MockPath {
    /// Its path: `{name}` stands for one segment, `{name+}` for all that follow.
    pub(crate) path: String,
    /// The status and headers of its mock; nothing where `OPTIONS` goes on like all others.
    pub(crate) options: Option<(u16, Fixed)>,
    /// What is set on responses to a method, or to `ANY`.
    pub(crate) responses: Vec<(String, Fixed)>,
    /// Where the mock has a template: origins that are answered instead of the fixed one.
    pub(crate) reflected: Vec<(Matcher, Span)>,
    pub(crate) span: Span,
}

/// Resources, in the order of the text.
pub(crate) struct Mock {
    pub(crate) paths: Vec<MockPath>,
}

impl MockPath {
    /// How well a path fits: the more segments by their own text the better.
    fn fits(&self, path: &str) -> Option<usize> {
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        let mut exact = 0;
        for segment in self.path.split('/').filter(|segment| !segment.is_empty()) {
            if segment.ends_with("+}") || segment == "*" {
                return parts.next().map(|_| exact);
            }
            let part = parts.next()?;
            if segment.starts_with('{') && segment.ends_with('}') {
                continue;
            }
            if segment != part {
                return None;
            }
            exact += 2;
        }
        parts.next().is_none().then_some(exact + 1)
    }
}

impl Program for Mock {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        let path = asked.path_only();
        let resource = self
            .paths
            .iter()
            .filter_map(|resource| Some((resource.fits(path)?, resource)))
            .max_by_key(|(rank, _)| *rank)
            .map(|(_, resource)| resource);
        if asked.method == "OPTIONS"
            && let Some(resource) = resource
            && let Some((status, headers)) = &resource.options
        {
            let mut answered = Answered::by_itself(*status);
            put(headers, &mut answered);
            let origin = asked.first("origin").unwrap_or_default();
            if resource.reflected.iter().any(|(matcher, _)| matcher.is_match(origin)) {
                let reflected = vec![("Access-Control-Allow-Origin".to_owned(), origin.to_owned())];
                put(&reflected, &mut answered);
            }
            return answered;
        }
        let (reached, response) = behind.answer(asked).upstream();
        let mut answered = match response {
            Some(response) => Answered {
                status: response.status,
                reached,
                vary: response.vary,
                cors: response.cors,
            },
            None => Answered { reached, ..Answered::by_itself(502) },
        };
        let set = resource.and_then(|resource| {
            let responses = &resource.responses;
            let own = responses.iter().find(|(method, _)| method == asked.method);
            own.or_else(|| responses.iter().find(|(method, _)| method == "ANY"))
        });
        if let Some((_, headers)) = set {
            put(headers, &mut answered);
        }
        answered
    }

    fn borders(&self) -> Borders {
        let mut borders = Borders { paths: ["/".to_owned()].into(), ..Borders::default() };
        for resource in &self.paths {
            for (matcher, span) in &resource.reflected {
                let matcher = OriginMatcher::Regex(Box::new(matcher.clone()));
                borders.origins.push(OriginBorder { matcher, span: span.clone() });
            }
            borders.paths.insert(resource.path.replace(['{', '}', '+'], "").replace('*', "x"));
            let fixed = resource.responses.iter().map(|(_, headers)| headers);
            for headers in fixed.chain(resource.options.iter().map(|(_, headers)| headers)) {
                for (name, value) in headers {
                    borders_of(name, value, &resource.span, &mut borders);
                }
            }
        }
        borders
    }
}

/// What a fixed header tells apart: nothing by itself, but browsers do by it.
pub(crate) fn borders_of(name: &str, value: &str, span: &Span, borders: &mut Borders) {
    let names = || value.split(',').map(str::trim).filter(|name| !name.is_empty() && *name != "*");
    match name.to_ascii_lowercase().as_str() {
        "access-control-allow-origin" => {
            let matcher = match value {
                "*" => OriginMatcher::Any,
                _ => OriginMatcher::Exact(value.to_owned()),
            };
            borders.origins.push(OriginBorder { matcher, span: span.clone() });
        }
        "access-control-allow-methods" => borders.methods.extend(names().map(str::to_owned)),
        "access-control-allow-headers" => {
            borders.headers.extend(names().map(str::to_ascii_lowercase));
        }
        _ => {}
    }
}

fn put(headers: &Fixed, answered: &mut Answered) {
    for (name, value) in headers {
        if name.eq_ignore_ascii_case("vary") {
            answered.vary = vec![value.clone()];
        } else {
            answered.remove(name);
            answered.add(name.clone(), value.clone());
        }
    }
}
