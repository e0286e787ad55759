//! CORS rules of an S3 bucket, as XML or as JSON, and what each of the stores that take them makes of them.

mod aws;
mod garage;
mod json;
mod nodes;
mod radosgw;
mod rule;
mod s3rver;
mod seaweedfs;
#[cfg(feature = "xml")]
mod xml;

pub(crate) use self::nodes::{cloudformation, r2_document};
#[cfg(feature = "terraform")]
pub(crate) use self::nodes::{r2, terraform};
use self::rule::{Refusal, Rule};
use crate::{
    Answered, Asked, Behind, BehindAnswer, Borders, NotRead, OriginBorder, OriginMatcher, Program,
    Refused, Rejected, Source, Span, Why,
};

/// Reads rules as JSON, as the command line and most tools have them.
///
/// # Errors
/// What is not understood, or what the store refuses.
pub fn read_json(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    let server = server(source)?;
    bucket(source, server, json::rules(source.text)?)
}

/// Reads rules as XML, as the API has them.
///
/// # Errors
/// What is not understood, or what the store refuses.
#[cfg(feature = "xml")]
pub fn read_xml(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    let server = server(source)?;
    bucket(source, server, xml::rules(source.text)?)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Server {
    /// Amazon's own.
    Aws,
    Radosgw,
    Garage,
    /// Garage, for a bucket whose name only its key knows: the rules are out of reach without the key.
    GarageLocal,
    S3rver,
    Seaweedfs,
    /// Cloudflare's R2, which says of itself that it implements S3's rules.
    R2,
}

/// The store that takes the rules; Amazon's own where nothing else is said.
fn server(source: &Source<'_>) -> Result<Server, NotRead> {
    Ok(match source.circumstances.implementation.as_deref() {
        None | Some("aws" | "s3" | "s3-json" | "s3-xml") => Server::Aws,
        Some("radosgw") => Server::Radosgw,
        Some("garage") => Server::Garage,
        Some("garage-local") => Server::GarageLocal,
        Some("s3rver") => Server::S3rver,
        Some("seaweedfs") => Server::Seaweedfs,
        Some("r2") => Server::R2,
        Some(other) => {
            let all = 0..source.text.len();
            return Err(NotRead::refused(Refused::new(all, other, Why::NoReader)));
        }
    })
}

/// `rules` is `None` for a bucket without any configuration.
fn bucket(
    source: &Source<'_>,
    server: Server,
    rules: Option<Vec<Rule>>,
) -> Result<Box<dyn Program>, NotRead> {
    placed(server, rules, 0..source.text.len())
}

/// A bucket whose rules stand somewhere in a text.
fn placed(
    server: Server,
    rules: Option<Vec<Rule>>,
    whole: Span,
) -> Result<Box<dyn Program>, NotRead> {
    if let Some(rules) = &rules {
        let checked = match server {
            Server::Aws | Server::R2 => aws::check(rules),
            Server::Radosgw => radosgw::check(rules),
            Server::Garage | Server::GarageLocal => garage::check(rules),
            Server::S3rver => s3rver::check(rules),
            Server::Seaweedfs => seaweedfs::check(rules),
        };
        checked.map_err(|Refusal { rule, what }| {
            let span = rule.and_then(|at| rules.get(at)).map(|rule| rule.span.clone());
            let span = span.unwrap_or(whole);
            NotRead::Rejected(Rejected { span, what })
        })?;
    }
    Ok(Box::new(Bucket { server, rules }))
}

struct Bucket {
    server: Server,
    rules: Option<Vec<Rule>>,
}

/// What the store has for a request that is no OPTIONS.
struct Object {
    status: u16,
    reached: bool,
}

fn object(asked: &Asked<'_>, behind: &dyn Behind, post: u16) -> Object {
    // A form that is posted is no object that is asked for.
    if asked.method == "POST" {
        return Object { status: post, reached: false };
    }
    match behind.answer(asked) {
        BehindAnswer::Responds(response) => Object { status: response.status, reached: true },
        BehindAnswer::Drops | BehindAnswer::Raises => Object { status: 500, reached: true },
        BehindAnswer::NoRoute | BehindAnswer::NoMethod { .. } => {
            Object { status: 404, reached: false }
        }
    }
}

impl Program for Bucket {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        let rules = self.rules.as_deref();
        match self.server {
            Server::Aws | Server::R2 => aws::answer(rules, asked, behind),
            Server::Radosgw => radosgw::answer(rules, asked, behind),
            Server::Garage => garage::answer(rules, asked, behind),
            Server::GarageLocal => garage::answer_without_key(rules, asked, behind),
            Server::S3rver => s3rver::answer(rules, asked, behind),
            Server::Seaweedfs => seaweedfs::answer(rules, asked, behind),
        }
    }

    fn borders(&self) -> Borders {
        let mut borders = Borders { paths: ["/".to_owned()].into(), ..Borders::default() };
        for rule in self.rules.iter().flatten() {
            for (index, origin) in rule.origins.iter().enumerate() {
                let matcher = if origin.contains('*') {
                    OriginMatcher::Glob(origin.clone())
                } else {
                    OriginMatcher::Exact(origin.clone())
                };
                let span = rule.origin_spans.get(index).unwrap_or(&rule.span).clone();
                borders.origins.push(OriginBorder { matcher, span });
            }
            borders.methods.extend(rule.methods.iter().cloned());
            borders.headers.extend(rule.headers.iter().map(|name| sample(name)));
        }
        if self.server == Server::Radosgw {
            borders.looks_at.insert("authorization".to_owned());
        }
        borders
    }
}

/// A name that a pattern takes.
fn sample(pattern: &str) -> String {
    pattern.replace('*', "x").to_ascii_lowercase()
}
