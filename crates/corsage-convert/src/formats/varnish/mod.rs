//! Varnish's VCL, as far as nothing comes from the cache.
//!
//! Requests are taken to pass through: with a time to live set in the text, the answer would depend on who asked
//! before, and the text is refused.

mod borders;
mod model;
mod parse;

use model::{Condition, Place, Statement, Term, Varnish};

use crate::{Answered, Asked, Behind, BehindResponse, Borders, NotRead, Program, Source};

/// How deep subroutines may call each other.
const MAX_CALLS: usize = 16;

/// Reads a VCL.
///
/// # Errors
/// A statement that has no model here, or that Varnish itself refuses.
pub(crate) fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    parse::parse(source.text).map(|varnish| Box::new(varnish) as Box<dyn Program>)
}

impl Program for Varnish {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        let mut request: Lines = vec![("Host".to_owned(), asked.host.to_owned())];
        request.extend(asked.headers.iter().cloned());
        let mut run = Run {
            varnish: self,
            request,
            response: Vec::new(),
            status: 200,
            method: asked.method.to_owned(),
            url: asked.path.to_owned(),
            reached: false,
            calls: 0,
        };
        run.run(asked, behind);
        run.answered()
    }

    fn borders(&self) -> Borders {
        borders::borders(self)
    }
}

type Lines = Vec<(String, String)>;

enum Ended {
    Through,
    Returned,
    Hashed,
    Synth(u16),
    Pipe,
}

struct Run<'v> {
    varnish: &'v Varnish,
    request: Lines,
    response: Lines,
    status: u16,
    method: String,
    url: String,
    reached: bool,
    calls: usize,
}

impl<'v> Run<'v> {
    fn run(&mut self, asked: &Asked<'_>, behind: &dyn Behind) {
        let mut hashed = false;
        let piped = match self.sub("vcl_recv") {
            Ended::Synth(status) => return self.synth(status),
            Ended::Pipe => true,
            // Methods that Varnish does not know are piped.
            Ended::Through => !matches!(
                self.method.as_str(),
                "GET" | "HEAD" | "PUT" | "POST" | "TRACE" | "OPTIONS" | "DELETE" | "PATCH"
            ),
            Ended::Returned => false,
            Ended::Hashed => {
                hashed = true;
                false
            }
        };
        let method = if hashed { "GET" } else { &self.method };
        let passed = Asked { method, path: &self.url, ..*asked };
        let (reached, response) = behind.answer(&passed).upstream();
        self.reached |= reached;
        if piped && response.is_none() {
            self.status = 0;
            return;
        }
        let response = response.unwrap_or_else(|| BehindResponse::plain(503));
        self.status = response.status;
        let failed = response.status == 503 && response.cors.is_empty();
        self.response = response.cors;
        self.response.extend(response.vary.into_iter().map(|value| ("Vary".to_owned(), value)));
        if piped {
            return;
        }
        // An answer that Varnish makes in the backend's place does not go through this.
        if !failed && let Ended::Synth(status) = self.sub("vcl_backend_response") {
            return self.synth(status);
        }
        if let Ended::Synth(status) = self.sub("vcl_deliver") {
            self.synth(status);
        }
    }

    fn synth(&mut self, status: u16) {
        self.status = status;
        self.response.clear();
        self.sub("vcl_synth");
    }

    fn sub(&mut self, name: &str) -> Ended {
        let varnish = self.varnish;
        let Some(body) = varnish.subs.get(name) else { return Ended::Through };
        if self.calls > MAX_CALLS {
            return Ended::Through;
        }
        self.calls += 1;
        let ended = self.statements(body);
        self.calls -= 1;
        ended
    }

    fn statements(&mut self, statements: &'v [Statement]) -> Ended {
        for statement in statements {
            match statement {
                Statement::If(branches) => {
                    let found = branches.iter().find(|(condition, _)| {
                        condition.as_ref().is_none_or(|condition| self.holds(condition))
                    });
                    if let Some((_, body)) = found {
                        match self.statements(body) {
                            Ended::Through => {}
                            ended => return ended,
                        }
                    }
                }
                Statement::Set(place, terms) => {
                    let value = self.text(terms);
                    self.set(place, value);
                }
                Statement::Unset(place) => match place {
                    Place::Request(name) => {
                        self.request.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
                    }
                    Place::Response(name) | Place::Backend(name) => {
                        self.response.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
                    }
                    Place::Status | Place::Method | Place::Url | Place::Other => {}
                },
                Statement::Call(name) => match self.sub(name) {
                    Ended::Through => {}
                    ended => return ended,
                },
                Statement::Synth(status) => return Ended::Synth(*status),
                Statement::Return => return Ended::Returned,
                Statement::Hash => return Ended::Hashed,
                Statement::Pipe => return Ended::Pipe,
            }
        }
        Ended::Through
    }

    fn set(&mut self, place: &Place, value: String) {
        let replace = |lines: &mut Lines, name: &String, value: String| {
            lines.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
            lines.push((name.clone(), value));
        };
        match place {
            Place::Request(name) => replace(&mut self.request, name, value),
            Place::Response(name) | Place::Backend(name) => {
                replace(&mut self.response, name, value);
            }
            Place::Status => self.status = value.parse().unwrap_or(self.status),
            Place::Method => self.method = value,
            Place::Url => self.url = value,
            Place::Other => {}
        }
    }

    fn get(&self, place: &Place) -> Option<String> {
        let first = |lines: &Lines, name: &str| {
            lines
                .iter()
                .find(|(other, _)| other.eq_ignore_ascii_case(name))
                .map(|(_, value)| value.clone())
        };
        match place {
            Place::Request(name) => first(&self.request, name),
            Place::Response(name) | Place::Backend(name) => first(&self.response, name),
            Place::Status => Some(self.status.to_string()),
            Place::Method => Some(self.method.clone()),
            Place::Url => Some(self.url.clone()),
            Place::Other => None,
        }
    }

    /// What is not there is no text.
    fn text(&self, terms: &[Term]) -> String {
        let mut out = String::new();
        for term in terms {
            match term {
                Term::Text(text) => out.push_str(text),
                Term::Place(place) => out.push_str(&self.get(place).unwrap_or_default()),
                Term::Lower(terms) => out.push_str(&self.text(terms).to_ascii_lowercase()),
                Term::Upper(terms) => out.push_str(&self.text(terms).to_ascii_uppercase()),
                Term::Replace { text, matcher, by, all } => {
                    out.push_str(&replaced(&self.text(text), matcher, by, *all));
                }
            }
        }
        out
    }

    fn holds(&self, condition: &Condition) -> bool {
        match condition {
            Condition::All(parts) => parts.iter().all(|part| self.holds(part)),
            Condition::Any(parts) => parts.iter().any(|part| self.holds(part)),
            Condition::Not(part) => !self.holds(part),
            Condition::Constant(value) => *value,
            Condition::There(place) => self.get(place).is_some(),
            Condition::Equal { left, right, negated, .. } => {
                // A header that is not there equals nothing: no empty text, and no other such header.
                let missing = |terms: &[Term]| matches!(terms, [Term::Place(place)] if self.get(place).is_none());
                let equal =
                    !missing(left) && !missing(right) && self.text(left) == self.text(right);
                equal != *negated
            }
            Condition::Matches { left, matcher, negated, .. } => {
                matcher.is_match(&self.text(left)) != *negated
            }
            Condition::Number { at_least, at_most, negated } => {
                (*at_least..=*at_most).contains(&self.status) != *negated
            }
        }
    }

    fn answered(self) -> Answered {
        let mut answered =
            Answered { status: self.status, reached: self.reached, ..Answered::default() };
        for (name, value) in self.response {
            if name.eq_ignore_ascii_case("vary") {
                answered.vary.push(value);
            } else if name
                .get(..15)
                .is_some_and(|start| start.eq_ignore_ascii_case("access-control-"))
            {
                answered.cors.push((name, value));
            }
        }
        answered
    }
}

/// Puts a text in the place of the first match, or of all; `\1` is a group.
fn replaced(text: &str, matcher: &crate::regexes::Matcher, by: &str, all: bool) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(groups) = matcher.captures(rest) {
        let whole = groups.first().cloned().flatten().unwrap_or_default();
        let Some(at) = rest.find(&whole) else { break };
        out.push_str(&rest[..at]);
        let mut chars = by.chars().peekable();
        while let Some(char) = chars.next() {
            let digit =
                (char == '\\').then(|| chars.peek().and_then(|digit| digit.to_digit(10))).flatten();
            match digit {
                Some(digit) => {
                    chars.next();
                    let place = usize::try_from(digit).unwrap_or_default();
                    out.push_str(groups.get(place).and_then(Option::as_deref).unwrap_or_default());
                }
                None => out.push(char),
            }
        }
        rest = &rest[at + whole.len()..];
        if !all || whole.is_empty() || rest.is_empty() {
            break;
        }
    }
    out.push_str(rest);
    out
}
