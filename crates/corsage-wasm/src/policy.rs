//! A policy: compiled once, asked for every origin once.

use std::time::Duration;

use corsage::server::{
    Credentials, CrossOriginResourcePolicy, DisallowedWrites, Handling, OriginVerdict, PolicyDraft,
    PolicyProblem, PreflightStyle, Request, Waiver,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use wasm_bindgen::prelude::wasm_bindgen;

/// A policy that holds.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Policy(corsage::server::Policy);

/// A policy as JavaScript writes it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Written {
    allow_origins: Vec<String>,
    origins_looked_up: bool,
    allow_methods: Vec<String>,
    allow_headers: Vec<String>,
    expose_headers: Vec<String>,
    allow_credentials: bool,
    max_age: Option<f64>,
    timing_allow_origins: Vec<String>,
    cross_origin_resource_policy: Option<String>,
    disallowed_writes: Option<String>,
    vary_also: Vec<String>,
    preflight: Option<String>,
    debug_header: Option<String>,
    tolerate: std::collections::BTreeMap<String, String>,
}

#[wasm_bindgen]
impl Policy {
    /// Compiles a policy that is written as JSON.
    ///
    /// # Errors
    /// A JSON list of problems, at least one of them an error.
    pub fn compile(written: &str) -> Result<Policy, String> {
        let written: Written =
            serde_json::from_str(written).map_err(|error| misread(&error.to_string()))?;
        let draft = written.draft()?;
        match draft.compile() {
            Ok(policy) => Ok(Self(policy)),
            Err(errors) => Err(listed(errors.problems())),
        }
    }

    /// Warnings and notes, as a JSON list.
    pub fn problems(&self) -> String {
        listed(self.0.problems())
    }

    /// Which answers follow nothing but `Origin`, and so may be remembered by it: 0 none, 1 those to requests, 2
    /// those to preflights too.
    pub fn remembered(&self) -> u8 {
        let mut headers = HeaderMap::new();
        headers.insert("origin", HeaderValue::from_static("https://x7q.invalid"));
        if self.0.decide_by_origin(&Request::new(&Method::GET, &headers)).is_none() {
            return 0;
        }
        headers.insert("access-control-request-method", HeaderValue::from_static("PUT"));
        let preflight = self.0.decide_by_origin(&Request::new(&Method::OPTIONS, &headers));
        if preflight.is_some() { 2 } else { 1 }
    }

    /// Whether answers to anything but `OPTIONS` are the same for everybody.
    pub fn is_constant(&self) -> bool {
        self.0.varies_by() == corsage::server::VariesBy::Nothing
    }

    /// The origin that has to be looked up before a request is decided, if there is one.
    pub fn origin_to_look_up(&self, method: &str, target: &str, headers: &str) -> Option<String> {
        let head = Head::read(method, target, headers);
        self.0.origin_to_look_up(&head.request(false)).map(str::to_owned)
    }

    /// Decides a request. Its headers are lines of `name: value`; a character is a byte. The answer's lines: the
    /// status that answers it, or 0 if the handler does; then names and values in turn.
    pub fn decide(&self, method: &str, target: &str, headers: &str, admitted: bool) -> String {
        let head = Head::read(method, target, headers);
        let (status, pending) = match self.0.decide(&head.request(admitted)).handling() {
            Handling::Answer(status, pending) => (status.as_u16(), pending),
            Handling::PassOn(pending) => (0, pending),
        };
        let mut lines = status.to_string();
        for (name, value) in &pending.into_headers() {
            lines.push('\n');
            lines.push_str(name.as_str());
            lines.push('\n');
            lines.extend(value.as_bytes().iter().copied().map(char::from));
        }
        lines
    }

    /// What is decided of a request, and why: JSON for logs.
    pub fn outcome(&self, method: &str, target: &str, headers: &str, admitted: bool) -> String {
        let head = Head::read(method, target, headers);
        let decision = self.0.decide(&head.request(admitted));
        let outcome = decision.outcome();
        let kind = outcome.as_str();
        json!({ "outcome": kind, "reason": outcome.reason(), "text": outcome.to_string() })
            .to_string()
    }
}

impl Written {
    fn draft(self) -> Result<PolicyDraft, String> {
        let mut draft = PolicyDraft::new()
            .origins(&self.allow_origins)
            .methods(self.allow_methods)
            .headers(self.allow_headers)
            .expose(self.expose_headers)
            .timing_allow_origins(self.timing_allow_origins)
            .vary_also(self.vary_also);
        if self.origins_looked_up {
            draft = draft.origins_looked_up();
        }
        if self.allow_credentials {
            draft = draft.credentials(Credentials::Allow);
        }
        draft.max_age = self.max_age.map(max_age).transpose()?;
        draft.debug_header = self.debug_header;
        if let Some(value) = &self.cross_origin_resource_policy {
            draft.cross_origin_resource_policy = Some(choice(
                "crossOriginResourcePolicy",
                value,
                &[
                    ("same-origin", CrossOriginResourcePolicy::SameOrigin),
                    ("same-site", CrossOriginResourcePolicy::SameSite),
                    ("cross-origin", CrossOriginResourcePolicy::CrossOrigin),
                ],
            )?);
        }
        if let Some(value) = &self.disallowed_writes {
            let choices =
                [("execute", DisallowedWrites::Execute), ("refuse", DisallowedWrites::Refuse)];
            draft.disallowed_writes = choice("disallowedWrites", value, &choices)?;
        }
        if let Some(value) = &self.preflight {
            let choices = [
                ("no-content", PreflightStyle::NoContent),
                ("ok", PreflightStyle::Ok),
                ("gateway-api", PreflightStyle::GatewayApi),
            ];
            draft.preflight = choice("preflight", value, &choices)?;
        }
        for (name, reason) in self.tolerate {
            let waiver: Waiver =
                name.parse().map_err(|error| unfit("tolerate", &name, &format!("{error}")))?;
            draft = draft.tolerate(waiver, reason);
        }
        Ok(draft)
    }
}

/// A count of seconds.
fn max_age(seconds: f64) -> Result<Duration, String> {
    // Beyond that a number of JavaScript is no whole number any more, and every browser has its cap far below.
    const LARGEST: f64 = 9_007_199_254_740_991.0;
    if seconds.fract() == 0.0 && seconds.abs() <= LARGEST {
        #[expect(clippy::cast_possible_truncation, reason = "it is whole, and in range")]
        return PolicyDraft::max_age_from_seconds(seconds as i128)
            .map_err(|problem| listed(&[*problem]));
    }
    Err(unfit("maxAge", &seconds.to_string(), "a whole number of seconds is wanted"))
}

fn choice<T: Copy>(field: &str, value: &str, choices: &[(&str, T)]) -> Result<T, String> {
    let chosen = choices.iter().find(|(name, _)| *name == value).map(|(_, choice)| *choice);
    let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
    chosen.ok_or_else(|| {
        unfit(field, value, &format!("one of these is wanted: {}", names.join(", ")))
    })
}

/// What is not even a draft.
fn unfit(field: &str, value: &str, cause: &str) -> String {
    let problem = json!({
        "severity": "error", "code": "unfit-value", "field": field, "index": Json::Null, "value": value,
        "cause": cause, "wayOut": "write one that is",
        "text": format!("error[unfit-value] {field} {value:?}: {cause}"),
    });
    Json::Array(vec![problem]).to_string()
}

/// JSON that is no policy: `serde` names the field.
fn misread(cause: &str) -> String {
    let cause = cause.rsplit_once(" at line ").map_or(cause, |(cause, _)| cause);
    unfit("policy", "", cause)
}

fn listed(problems: &[PolicyProblem]) -> String {
    let problem = |problem: &PolicyProblem| {
        json!({
            "severity": problem.severity.to_string(),
            "code": problem.code.as_str(),
            "field": camel_case(problem.field),
            "index": problem.index,
            "value": problem.value,
            "cause": problem.cause,
            "wayOut": problem.way_out,
            "text": problem.to_string(),
        })
    };
    Json::Array(problems.iter().map(problem).collect()).to_string()
}

fn camel_case(field: &str) -> String {
    let mut words = field.split('_');
    let mut name = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut characters = word.chars();
        name.extend(characters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(characters.as_str());
    }
    name
}

/// What a policy looks at of a request.
struct Head {
    method: Method,
    headers: HeaderMap,
    uri: Option<Uri>,
}

impl Head {
    /// What is no header is left out: whoever parsed the request let it pass, and no rule speaks of it.
    fn read(method: &str, target: &str, lines: &str) -> Self {
        let mut headers = HeaderMap::new();
        for line in lines.split('\n') {
            let Some((name, value)) = line.split_once(':') else { continue };
            let bytes: Vec<u8> = value.trim_ascii().chars().map(byte).collect();
            if let (Ok(name), Ok(value)) =
                (name.parse::<HeaderName>(), HeaderValue::from_bytes(&bytes))
            {
                headers.append(name, value);
            }
        }
        let method = Method::from_bytes(method.as_bytes()).unwrap_or_default();
        Self { method, headers, uri: target.parse().ok() }
    }

    fn request(&self, admitted: bool) -> Request<'_> {
        let request = Request::new(&self.method, &self.headers);
        let request = match &self.uri {
            Some(uri) => request.with_uri(uri),
            None => request,
        };
        request.with_verdict(if admitted {
            OriginVerdict::Admitted
        } else {
            OriginVerdict::Refused
        })
    }
}

fn byte(character: char) -> u8 {
    u8::try_from(u32::from(character)).unwrap_or(b'?')
}

#[cfg(test)]
mod tests {
    use super::Policy;

    #[test]
    fn an_answer_is_lines() {
        let policy = Policy::compile(r#"{"allowOrigins":["https://a.example","https://b.example"],"allowMethods":["PUT"],"maxAge":5}"#)
            .expect("it holds");
        assert_eq!((policy.remembered(), policy.is_constant()), (2, false));
        let answer = policy.decide("GET", "/", "origin: https://a.example", false);
        assert_eq!(answer, "0\naccess-control-allow-origin\nhttps://a.example\nvary\nOrigin");
        let preflight = "origin: https://a.example\naccess-control-request-method: PUT";
        assert!(policy.decide("OPTIONS", "/", preflight, false).starts_with("204\n"));
    }

    #[test]
    fn every_fault_is_told_in_javascripts_words() {
        let told = Policy::compile(r#"{"allowOrigins":["https://a.example/"],"maxAge":-1.5}"#);
        assert!(told.is_err_and(|told| told.contains("\"field\":\"maxAge\"")));
        let told = Policy::compile(r#"{"allowOrigins":["https://a.example/"]}"#);
        assert!(told.is_err_and(|told| told.contains("trailing-slash") && told.contains("allowOrigins")));
        let told = Policy::compile(r#"{"allowOrigin":["https://a.example"]}"#);
        assert!(told.is_err_and(|told| told.contains("unknown field `allowOrigin`")));
    }
}
