//! Which software answered, from what its responses say of themselves.

use schemars::JsonSchema;
use serde::Serialize;

/// Software for which there is a snippet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "names of products")]
pub enum ServerKind {
    Nginx,
    Apache,
    Caddy,
    Express,
    Axum,
    Spring,
    Django,
    Flask,
    FastApi,
    AspNet,
    Go,
    Iis,
    Laravel,
    Rails,
    S3,
    CloudFront,
    ApiGateway,
    Cloudflare,
}

impl ServerKind {
    /// The product's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Apache => "Apache",
            Self::Caddy => "Caddy",
            Self::Express => "Express",
            Self::Axum => "axum or tower",
            Self::Spring => "Spring",
            Self::Django => "Django",
            Self::Flask => "Flask",
            Self::FastApi => "FastAPI or Starlette",
            Self::AspNet => "ASP.NET Core",
            Self::Go => "Go",
            Self::Iis => "IIS",
            Self::Laravel => "Laravel",
            Self::Rails => "Rails",
            Self::S3 => "Amazon S3",
            Self::CloudFront => "Amazon CloudFront",
            Self::ApiGateway => "Amazon API Gateway",
            Self::Cloudflare => "Cloudflare",
        }
    }

    /// Whether it usually stands in front of an application and forwards to it.
    #[must_use]
    pub const fn is_front(self) -> bool {
        matches!(
            self,
            Self::Nginx
                | Self::Apache
                | Self::Caddy
                | Self::CloudFront
                | Self::ApiGateway
                | Self::Cloudflare
        )
    }
}

/// Software that was recognised, and by which header line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DetectedServer {
    /// Which.
    pub kind: ServerKind,
    /// The line that gave it away.
    pub evidence: String,
}

/// How a header gives its sender away.
enum Sign {
    /// The header is there.
    Present,
    /// Its value, in lower case, contains this.
    Contains(&'static str),
    /// Its value, in lower case, starts with this.
    StartsWith(&'static str),
}

/// Applications first: where both give themselves away, the application is the better place for a
/// policy, and fronts come after it.
const SIGNS: &[(&str, Sign, ServerKind)] = &[
    ("x-powered-by", Sign::Contains("express"), ServerKind::Express),
    ("x-powered-by", Sign::Contains("asp.net"), ServerKind::AspNet),
    ("x-aspnet-version", Sign::Present, ServerKind::AspNet),
    ("server", Sign::Contains("kestrel"), ServerKind::AspNet),
    ("x-application-context", Sign::Present, ServerKind::Spring),
    ("server", Sign::Contains("apache-coyote"), ServerKind::Spring),
    ("server", Sign::Contains("tomcat"), ServerKind::Spring),
    ("server", Sign::StartsWith("uvicorn"), ServerKind::FastApi),
    ("server", Sign::StartsWith("hypercorn"), ServerKind::FastApi),
    ("server", Sign::Contains("werkzeug"), ServerKind::Flask),
    ("server", Sign::StartsWith("wsgiserver"), ServerKind::Django),
    ("server", Sign::StartsWith("daphne"), ServerKind::Django),
    ("set-cookie", Sign::StartsWith("laravel_session"), ServerKind::Laravel),
    ("x-powered-by", Sign::Contains("phusion passenger"), ServerKind::Rails),
    ("server", Sign::StartsWith("puma"), ServerKind::Rails),
    ("x-runtime", Sign::Present, ServerKind::Rails),
    ("server", Sign::Contains("hyper"), ServerKind::Axum),
    ("server", Sign::Contains("axum"), ServerKind::Axum),
    ("server", Sign::StartsWith("go"), ServerKind::Go),
    ("x-amz-apigw-id", Sign::Present, ServerKind::ApiGateway),
    ("apigw-requestid", Sign::Present, ServerKind::ApiGateway),
    ("x-amzn-requestid", Sign::Present, ServerKind::ApiGateway),
    ("server", Sign::StartsWith("amazons3"), ServerKind::S3),
    ("x-amz-cf-id", Sign::Present, ServerKind::CloudFront),
    ("server", Sign::Contains("cloudfront"), ServerKind::CloudFront),
    ("via", Sign::Contains("cloudfront"), ServerKind::CloudFront),
    ("server", Sign::Contains("microsoft-iis"), ServerKind::Iis),
    ("server", Sign::StartsWith("caddy"), ServerKind::Caddy),
    ("via", Sign::Contains("caddy"), ServerKind::Caddy),
    ("server", Sign::Contains("nginx"), ServerKind::Nginx),
    ("server", Sign::Contains("openresty"), ServerKind::Nginx),
    ("via", Sign::Contains("nginx"), ServerKind::Nginx),
    ("server", Sign::StartsWith("apache"), ServerKind::Apache),
    ("server", Sign::StartsWith("cloudflare"), ServerKind::Cloudflare),
    ("cf-ray", Sign::Present, ServerKind::Cloudflare),
];

/// Everything that gives itself away in these header lines (names in any case), applications
/// before fronts, each once.
#[must_use]
pub fn detect_servers<'h>(
    headers: impl IntoIterator<Item = (&'h [u8], &'h [u8])>,
) -> Vec<DetectedServer> {
    let lines: Vec<(String, String)> = headers
        .into_iter()
        .map(|(name, value)| {
            (
                String::from_utf8_lossy(name).to_ascii_lowercase(),
                String::from_utf8_lossy(value).into_owned(),
            )
        })
        .collect();
    let mut found: Vec<DetectedServer> = Vec::new();
    for (header, sign, kind) in SIGNS {
        if found.iter().any(|server| server.kind == *kind) {
            continue;
        }
        let line = lines.iter().find(|(name, value)| {
            name == header
                && match sign {
                    Sign::Present => true,
                    Sign::Contains(part) => value.to_ascii_lowercase().contains(part),
                    Sign::StartsWith(part) => value.to_ascii_lowercase().starts_with(part),
                }
        });
        if let Some((name, value)) = line {
            let value = if name == "set-cookie" { "…" } else { value };
            found.push(DetectedServer { kind: *kind, evidence: format!("{name}: {value}") });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{ServerKind, detect_servers};

    fn kinds(lines: &[(&str, &str)]) -> Vec<ServerKind> {
        detect_servers(lines.iter().map(|(n, v)| (n.as_bytes(), v.as_bytes())))
            .into_iter()
            .map(|server| server.kind)
            .collect()
    }

    #[test]
    fn an_application_comes_before_its_front() {
        assert_eq!(
            kinds(&[("Server", "nginx/1.27"), ("X-Powered-By", "Express")]),
            [ServerKind::Express, ServerKind::Nginx]
        );
    }

    #[test]
    fn nothing_is_guessed() {
        assert!(kinds(&[("server", "my-own/1.0"), ("content-type", "text/html")]).is_empty());
    }

    #[test]
    fn session_cookies_are_not_shown() {
        let found = detect_servers([(&b"Set-Cookie"[..], &b"laravel_session=secret"[..])]);
        assert_eq!(found[0].evidence, "set-cookie: …");
    }
}
