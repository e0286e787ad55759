//! From the neutral form to the text of a program.
//!
//! A writer never widens: what its program cannot say is left out, and noted. Whether the text means what it
//! should is not believed but tried: it is read back, and both models are compared.

mod apache;
mod builders;
mod caddy;
mod code;
mod corsage;
mod data;
mod envoy;
mod haproxy;
mod kubernetes;
mod nginx;
mod plan;
mod ruby;
mod storage;

pub use plan::{Note, Plan};

use crate::neutral::RoutedPolicy;
use crate::{Format, Span};

/// A text, and what had to be left out of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The text.
    pub text: String,
    /// What was left out, and what else is worth knowing.
    pub notes: Vec<Note>,
}

/// The formats that are written, in the order of their worth.
pub const WRITTEN: &[Format] = &[
    Format::Corsage,
    Format::GatewayApi,
    Format::Envoy,
    Format::Istio,
    Format::EnvoyGateway,
    Format::Nginx,
    Format::Haproxy,
    Format::Caddy,
    Format::Apache,
    Format::Traefik,
    Format::Kong,
    Format::S3Json,
    Format::S3Xml,
    Format::ApiGateway,
    Format::CloudFront,
    Format::Gcs,
    Format::Azure,
    Format::Express,
    Format::Fastapi,
    Format::Starlette,
    Format::Flask,
    Format::Django,
    Format::Fastify,
    Format::Hono,
    Format::Koa,
    Format::Nestjs,
    Format::Spring,
    Format::Vercel,
    Format::Netlify,
    Format::R2,
    Format::Agentgateway,
    Format::RackCors,
    Format::TowerHttp,
    Format::AspNet,
];

/// Writes policies in a format. `source` names what they come from, for the text's first comment.
///
/// Nothing where the format is not written.
#[must_use]
pub fn write(format: Format, policies: &[RoutedPolicy], source: &str) -> Option<Written> {
    let mut notes = Vec::new();
    let plans: Vec<Plan> =
        policies.iter().filter_map(|policy| Plan::of(policy, &mut notes)).collect();
    let mut writer = Writer { notes, source: source.to_owned() };
    let text = match format {
        Format::Corsage => corsage::write(&plans, &mut writer),
        Format::GatewayApi => kubernetes::gateway_api(&plans, &mut writer),
        Format::EnvoyGateway => kubernetes::envoy_gateway(&plans, &mut writer),
        Format::Istio => kubernetes::istio(&plans, &mut writer),
        Format::Envoy => envoy::write(&plans, &mut writer),
        Format::Nginx => nginx::write(&plans, &mut writer),
        Format::Haproxy => haproxy::write(&plans, &mut writer),
        Format::Caddy => caddy::write(&plans, &mut writer),
        Format::Apache => apache::write(&plans, &mut writer),
        Format::Traefik => data::traefik(&plans, &mut writer),
        Format::Kong => data::kong(&plans, &mut writer),
        Format::Vercel => data::vercel(&plans, &mut writer),
        Format::Netlify => data::netlify(&plans, &mut writer),
        Format::R2 => storage::r2(&plans, &mut writer),
        Format::Agentgateway => kubernetes::agentgateway(&plans, &mut writer),
        Format::RackCors => ruby::rack_cors(&plans, &mut writer),
        Format::S3Json => storage::s3_json(&plans, &mut writer),
        Format::S3Xml => storage::s3_xml(&plans, &mut writer),
        Format::ApiGateway => storage::api_gateway(&plans, &mut writer),
        Format::CloudFront => storage::cloudfront(&plans, &mut writer),
        Format::Gcs => storage::gcs(&plans, &mut writer),
        Format::Azure => storage::azure(&plans, &mut writer),
        Format::Express
        | Format::Nestjs
        | Format::Fastify
        | Format::Hono
        | Format::Koa
        | Format::Fastapi
        | Format::Starlette
        | Format::Flask
        | Format::Django
        | Format::TowerHttp
        | Format::AspNet
        | Format::Spring => code::write(format, &plans, &mut writer)?,
        _ => return None,
    };
    let mut notes = writer.notes;
    notes.dedup();
    Some(Written { text, notes })
}

/// What writers share while they write.
struct Writer {
    notes: Vec<Note>,
    source: String,
}

impl Writer {
    /// Notes that something is left out.
    fn left_out(&mut self, what: impl Into<String>, span: &Span) {
        self.notes.push(Note { what: what.into(), span: span.clone() });
    }

    /// The first comment, and the notes so far, each line behind this mark.
    fn comments(&self, mark: &str) -> String {
        let mut text = format!("{mark} from {}\n", self.source.replace('\n', " "));
        for note in &self.notes {
            text.push_str(&format!("{mark} left out: {}\n", note.what.replace('\n', " ")));
        }
        text
    }
}
