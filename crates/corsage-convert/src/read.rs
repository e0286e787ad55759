//! From a text to the model of the program that reads it.

use crate::{Format, Program, Refused, Rejected, Source, formats};

/// Why there is no model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotRead {
    /// Pieces of the text are not understood: all that were found, never none.
    Refused(Vec<Refused>),
    /// The program itself refuses the text.
    Rejected(Rejected),
}

impl NotRead {
    /// One piece that is not understood.
    #[must_use]
    pub fn refused(refused: Refused) -> Self {
        Self::Refused(vec![refused])
    }
}

/// Reads a text as one program would.
///
/// # Errors
/// What is not understood, with its place; or that the program itself refuses the text.
pub fn read(format: Format, source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    match format {
        Format::Corsage => formats::corsage::read(source),
        // One line for each format, in the order of `Format`.
        Format::Nginx => formats::nginx::read(source),
        Format::IngressNginx => formats::ingress_nginx::read(source),
        Format::Haproxy => formats::haproxy::read(source),
        Format::Caddy => formats::caddy::read(source),
        Format::Apache => formats::apache::read(source),
        Format::Lighttpd => formats::lighttpd::read(source),
        Format::Varnish => formats::varnish::read(source),
        Format::Envoy => formats::envoy::read(source),
        Format::EnvoyGateway => formats::envoy_gateway::read(source),
        Format::GatewayApi => formats::gateway_api::read(source),
        Format::Traefik => formats::traefik::read(source),
        Format::Istio => formats::istio::read(source),
        Format::Agentgateway => formats::agentgateway::read(source),
        Format::Kong => formats::kong::read(source),
        Format::Netlify => formats::netlify::read(source),
        Format::CloudFormation => formats::cloudformation::read(source),
        #[cfg(feature = "terraform")]
        Format::Terraform => formats::terraform::read(source),
        Format::Serverless => formats::serverless::read(source),
        Format::ApiGateway => formats::api_gateway::read(source),
        Format::CloudFront => formats::cloudfront::read(source),
        Format::Gcs => formats::gcs::read(source),
        Format::R2 => formats::s3::r2_document(source),
        #[cfg(feature = "ruby")]
        Format::RackCors => formats::rack_cors::read(source),
        #[cfg(feature = "javascript")]
        Format::Vercel => formats::vercel::read(source),
        #[cfg(feature = "javascript")]
        Format::Express => formats::express::read(source),
        #[cfg(feature = "javascript")]
        Format::Nestjs => formats::express::read_nestjs(source),
        #[cfg(feature = "javascript")]
        Format::Fastify => formats::fastify::read(source),
        #[cfg(feature = "javascript")]
        Format::Hono => formats::hono::read(source),
        #[cfg(feature = "javascript")]
        Format::Koa => formats::koa::read(source),
        #[cfg(feature = "python")]
        Format::Starlette => formats::starlette::read(source),
        #[cfg(feature = "python")]
        Format::Fastapi => formats::starlette::read_fastapi(source),
        #[cfg(feature = "python")]
        Format::Flask => formats::flask::read(source),
        #[cfg(feature = "python")]
        Format::Django => formats::django::read(source),
        #[cfg(feature = "python")]
        Format::Aiohttp => formats::aiohttp::read(source),
        #[cfg(feature = "python")]
        Format::Sanic => formats::sanic::read(source),
        #[cfg(feature = "python")]
        Format::Litestar => formats::litestar::read(source),
        #[cfg(feature = "xml")]
        Format::Tomcat => formats::tomcat::read(source),
        #[cfg(feature = "xml")]
        Format::Jetty => formats::jetty::read(source),
        #[cfg(feature = "xml")]
        Format::Azure => formats::azure::read(source),
        #[cfg(feature = "javascript")]
        Format::Next => formats::next::read(source),
        Format::CloudflareHeaders => formats::cloudflare_headers::read(source),
        Format::Serve => formats::serve::read(source),
        #[cfg(feature = "xml")]
        Format::Spring => formats::spring::read(source),
        Format::S3Json => formats::s3::read_json(source),
        #[cfg(feature = "xml")]
        Format::S3Xml => formats::s3::read_xml(source),
        Format::TowerHttp | Format::AspNet => Err(no_reader(format, source)),
        #[cfg(not(all(
            feature = "javascript",
            feature = "python",
            feature = "ruby",
            feature = "terraform",
            feature = "xml"
        )))]
        _ => Err(no_reader(format, source)),
    }
}

/// The format is known, and nothing here reads it.
fn no_reader(format: Format, source: &Source<'_>) -> NotRead {
    NotRead::refused(Refused::new(0..source.text.len(), format.name(), crate::Why::NoReader))
}
