//! The gateway with its policies.

use std::collections::HashMap;

use corsage::server::{Decision, Request};
use corsage_config::{PolicyEntry, PolicyTable};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use super::origin::matcher;
use crate::{
    Answered, Asked, Behind, BehindAnswer, BehindResponse, Borders, OriginBorder, Program, Span,
};

pub(super) struct Corsage {
    policies: PolicyTable,
    text: String,
}

impl Corsage {
    pub(super) fn new(policies: PolicyTable, text: &str) -> Self {
        Self { policies, text: text.to_owned() }
    }

    fn decide(
        &self,
        entry: &PolicyEntry,
        asked: &Asked<'_>,
        behind: &dyn Behind,
    ) -> Option<Answered> {
        let method = Method::from_bytes(asked.method.as_bytes()).ok()?;
        let mut headers = HeaderMap::new();
        for (name, value) in asked.headers {
            headers.append(
                HeaderName::from_bytes(name.as_bytes()).ok()?,
                HeaderValue::from_bytes(value.as_bytes()).ok()?,
            );
        }
        let request = Request::new(&method, &headers);
        let decision = entry.policy.decide(&request);
        if decision.is_preflight() {
            let (status, headers) = decision.answer_preflight();
            return Some(answered(status.as_u16(), &headers, Reached::No));
        }
        if decision.refuses_write() {
            return Some(applied(&decision, 403, &BehindResponse::default(), Reached::No));
        }
        Some(match behind.answer(asked) {
            BehindAnswer::Responds(response) => {
                applied(&decision, response.status, &response, Reached::Yes)
            }
            BehindAnswer::Drops => {
                applied(&decision, 502, &BehindResponse::default(), Reached::Yes)
            }
            BehindAnswer::Raises => {
                applied(&decision, 500, &BehindResponse::default(), Reached::Yes)
            }
            BehindAnswer::NoRoute => {
                applied(&decision, 404, &BehindResponse::default(), Reached::No)
            }
            BehindAnswer::NoMethod { .. } => {
                applied(&decision, 405, &BehindResponse::default(), Reached::No)
            }
        })
    }
}

/// Where each quoted text of a file first stands.
fn quoted(text: &str) -> HashMap<&str, Span> {
    let mut places = HashMap::new();
    let mut quotes = text.match_indices('"').map(|(at, _)| at);
    let mut last = quotes.next();
    for at in quotes {
        if let Some(open) = last {
            places.entry(&text[open + 1..at]).or_insert(open + 1..at);
        }
        last = Some(at);
    }
    places
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reached {
    No,
    Yes,
}

fn applied(
    decision: &Decision<'_>,
    status: u16,
    response: &BehindResponse,
    reached: Reached,
) -> Answered {
    let mut headers = HeaderMap::new();
    let own = response.cors.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in own.chain(response.vary.iter().map(|value| ("vary", value.as_str()))) {
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value))
        {
            headers.append(name, value);
        }
    }
    decision.apply(&mut headers);
    answered(status, &headers, reached)
}

fn answered(status: u16, headers: &HeaderMap, reached: Reached) -> Answered {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Answered {
        status,
        cors: headers
            .iter()
            .filter(|(name, _)| name.as_str().starts_with("access-control-"))
            .map(|(name, value)| (name.as_str().to_owned(), text(value)))
            .collect(),
        vary: headers.get_all("vary").iter().map(text).collect(),
        reached: reached == Reached::Yes,
    }
}

impl Program for Corsage {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        let wanted = match asked.first("access-control-request-method") {
            Some(wanted) if asked.method == "OPTIONS" && asked.first("origin").is_some() => wanted,
            _ => asked.method,
        };
        let selected = self.policies.select(asked.host, asked.path_only(), wanted);
        let decided = selected.entry().and_then(|entry| self.decide(entry, asked, behind));
        // Where no policy is for a request, nothing may be shared: what stands behind is stripped.
        decided.unwrap_or_else(|| match behind.answer(asked) {
            BehindAnswer::Responds(response) => Answered {
                status: response.status,
                vary: response.vary,
                reached: true,
                cors: Vec::new(),
            },
            BehindAnswer::Drops => Answered { reached: true, ..Answered::by_itself(502) },
            BehindAnswer::Raises => Answered { reached: true, ..Answered::by_itself(500) },
            BehindAnswer::NoRoute => Answered::by_itself(404),
            BehindAnswer::NoMethod { .. } => Answered::by_itself(405),
        })
    }

    fn borders(&self) -> Borders {
        let mut borders = Borders::default();
        let places = quoted(&self.text);
        for entry in self.policies.entries() {
            let draft = entry.policy.draft();
            borders.origin_lists.push(
                draft
                    .allow_origins
                    .iter()
                    .map(|written| OriginBorder {
                        matcher: matcher(written),
                        span: places.get(written).cloned().unwrap_or_default(),
                    })
                    .collect(),
            );
            borders.methods.extend(draft.allow_methods.iter().filter(|name| *name != "*").cloned());
            borders.methods.extend(entry.methods.iter().cloned());
            let names = draft.allow_headers.iter().filter(|name| *name != "*");
            borders.headers.extend(names.map(|name| name.to_ascii_lowercase()));
            borders
                .hosts
                .extend(entry.hosts.iter().map(|host| host.to_string().replacen('*', "a", 1)));
            borders.paths.extend(entry.paths.iter().map(|path| path.as_str().to_owned()));
        }
        borders
    }
}
