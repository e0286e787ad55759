//! A configuration audited: its model answers in place of a server.
//!
//! The same checks, the same browser: what a program would answer is asked of the program's model, which is held to
//! the recorded answers of the real one. A model tells every way in which it tells origins, hosts and paths apart, so
//! nothing is left to luck: one origin of each way is asked for, at each host and path.

use std::collections::HashSet;

use corsage_audit::{Answer, Class, Failure, Findings, Sent, Wire};
use corsage_convert::compare::Questions;
use corsage_convert::neutral::derive;
use corsage_convert::origins::{Pattern, express};
use corsage_convert::{Asked, Behind, BehindAnswer, BehindResponse, Format, Program};
use corsage_diagnosis::fix::ServerKind;

use super::{Args, Audited, Configuration, policy, targets};
use crate::foreign::Modelled;

/// A program in memory, in front of data that is the user's.
struct Model<'p> {
    program: &'p dyn Program,
}

/// An upstream that has every path, and says nothing of CORS.
struct Everything;

impl Behind for Everything {
    fn answer(&self, _: &Asked<'_>) -> BehindAnswer {
        BehindAnswer::Responds(BehindResponse::plain(200))
    }
}

impl Wire for Model<'_> {
    async fn send(&mut self, sent: &Sent) -> Result<Answer, Failure> {
        let url = url::Url::parse(&sent.url).map_err(|error| Failure::Broken(error.to_string()))?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let path = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let asked =
            Asked { method: &sent.method, path: &path, host: &host, headers: &sent.headers };
        let answered = self.program.answer(&asked, &Everything);
        let mut answer = Answer::new(answered.status);
        for (name, value) in &answered.cors {
            answer = answer.with(name, value);
        }
        for value in &answered.vary {
            answer = answer.with("Vary", value);
        }
        let is_user = sent.header("cookie").is_some();
        let body = if is_user { "what is the user's alone" } else { "sign in" };
        Ok(answer.with_body(body))
    }
}

/// Where a program may answer otherwise than elsewhere: at the address that is given, or wherever its policies differ.
fn places(args: &Args, program: &dyn Program) -> Vec<String> {
    /// So many are asked; more of them are hosts of one list, as a rule.
    const AT_MOST: usize = 64;
    if let Some(at) = &args.at {
        return vec![at.clone()];
    }
    let mut found: Vec<String> = Vec::new();
    for policy in derive(program) {
        let host =
            Some(policy.host.as_str()).filter(|host| !host.is_empty() && !host.contains('*'));
        let url = format!("https://{}{}", host.unwrap_or("api.example.com"), policy.path);
        if url::Url::parse(&url).is_ok() && !found.contains(&url) {
            found.push(url);
        }
    }
    found.truncate(AT_MOST);
    if found.is_empty() { vec!["https://api.example.com/".to_owned()] } else { found }
}

/// Audits one configuration, place by place. What is found at several is told of the first.
pub(super) async fn audit(
    args: &Args,
    configuration: &Configuration,
    model: &Modelled,
    server: Option<ServerKind>,
) -> Result<Vec<Audited>, String> {
    let program = model.program.as_ref();
    let questions = Questions::of(&[program]);
    let server = server.or_else(|| server_of(model.unit.format));
    let (mut all, mut told) = (Vec::new(), HashSet::new());
    let mut requests = 0;
    for url in places(args, program) {
        let mut target = targets::at(args, &url)?;
        target.may_send = vec!["POST".to_owned()];
        target.candidates =
            questions.cells.cells.iter().map(|cell| cell.witness.origin.clone()).collect();
        if target.intended.is_empty() {
            target.intended = written(program);
        }
        let mut findings = corsage_audit::audit(&target, &mut Model { program }).await;
        requests += findings.requests;
        findings.findings.retain(|it| told.insert((it.class, it.witness_origin.clone())));
        let policy = policy::policy(&target, &findings, server);
        findings.target = match &args.at {
            Some(_) => model.unit.name().to_owned(),
            None => format!("{} {url}", model.unit.name()),
        };
        all.extend(by_place(configuration, model, findings, policy));
    }
    if all.is_empty() {
        let findings = Findings::nothing(model.unit.name(), requests);
        all.extend(by_place(configuration, model, findings, None));
    }
    Ok(all)
}

/// Origins that are written out are meant; those without encryption, or of this machine, may be forgotten ones.
fn written(program: &dyn Program) -> Vec<String> {
    let borders = program.borders();
    let all = borders.origins.iter().chain(borders.origin_lists.iter().flatten());
    /// More of one expression are a pattern, and no list.
    const OF_ONE: usize = 8;
    let said = all.map(|border| express(&border.matcher));
    let said = said.filter(|said| said.is_whole && said.patterns.len() <= OF_ONE);
    let exact = said.flat_map(|said| said.patterns).filter_map(|pattern| match pattern {
        Pattern::Exact(origin) => Some(origin),
        _ => None,
    });
    let is_page = |origin: &String| {
        let Some(host) = origin.strip_prefix("https://") else { return false };
        host.contains('.') && host.parse::<std::net::IpAddr>().is_err() && !host.contains('*')
    };
    let mut found: Vec<String> = exact.filter(is_page).collect();
    found.dedup();
    found.truncate(20);
    found
}

/// Each finding at the place in the text that lets its witness in; what is at one place stays together.
fn by_place(
    configuration: &Configuration,
    model: &Modelled,
    findings: Findings,
    policy: Option<policy::Policy>,
) -> Vec<Audited> {
    let mut groups: Vec<Audited> = Vec::new();
    let place_of = |class: Option<Class>, witness: Option<&str>| {
        let span = model.span(class.and(witness));
        let place = model.unit.place(&span);
        let text = configuration.files.iter().find(|(name, _)| *name == place.file);
        let fits = text.is_some_and(|(_, text)| place.span.end <= text.len());
        (place.file, if fits { place.span } else { 0..0 })
    };
    let whole = findings.clone();
    for finding in findings.findings {
        let (file, place) = place_of(Some(finding.class), finding.witness_origin.as_deref());
        match groups.iter_mut().find(|it| *it.file == *file && it.place == place) {
            Some(group) => group.findings.findings.push(finding),
            None => {
                let mut one = whole.clone();
                one.findings = vec![finding];
                groups.push(Audited { findings: one, file: file.into(), place, policy: None });
            }
        }
    }
    if groups.is_empty() {
        let (file, place) = place_of(None, None);
        groups.push(Audited { findings: whole, file: file.into(), place, policy: None });
    }
    // Requests were sent once, and one policy puts all right.
    for group in groups.iter_mut().skip(1) {
        group.findings.requests = 0;
        group.findings.not_vulnerable.clear();
    }
    if let Some(first) = groups.first_mut() {
        first.policy = policy;
    }
    groups
}

/// Which server a configuration is for, as fixes name it.
fn server_of(format: Format) -> Option<ServerKind> {
    let name = format.to_string();
    let other = match &*name {
        "starlette" | "fastapi" => "asgi",
        "next" => "nextjs",
        "tower-http" => "axum",
        "rack-cors" => "rails",
        "s3-json" | "s3-xml" => "s3",
        "azure" => "azure-storage",
        "api-gateway" => "api-gateway-http",
        "envoy-gateway" => "gateway-api",
        same => same,
    };
    ServerKind::from_key(other)
}
