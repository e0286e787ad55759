//! Which software answered, from what its responses say of themselves.

use schemars::JsonSchema;
use serde::Serialize;
use url::Url;

use crate::observation::Observation;

/// Whether software usually stands in front of an application and forwards to it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Front,
    Behind,
}

macro_rules! kinds {
    ($($variant:ident = $key:literal, $name:literal, $template:literal, $place:ident;)*) => {
        /// Software for which there is a snippet.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
        #[expect(missing_docs, reason = "names of products")]
        pub enum ServerKind {
            $(#[serde(rename = $key)] $variant,)*
        }

        impl ServerKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name on the command line and in JSON.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self { $(Self::$variant => $key,)* }
            }

            /// The product's name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Whether it usually stands in front of an application and forwards to it.
            #[must_use]
            pub const fn is_front(self) -> bool {
                matches!(match self { $(Self::$variant => Place::$place,)* }, Place::Front)
            }

            pub(super) const fn template(self) -> &'static str {
                match self { $(Self::$variant => include_str!(concat!("snippets/", $template, ".txt")),)* }
            }
        }
    };
}

kinds! {
    Nginx = "nginx", "nginx", "nginx", Front;
    Apache = "apache", "Apache", "apache", Front;
    HaProxy = "haproxy", "HAProxy", "haproxy", Front;
    Caddy = "caddy", "Caddy", "caddy", Front;
    Envoy = "envoy", "Envoy", "envoy", Front;
    Istio = "istio", "Istio", "istio", Front;
    GatewayApi = "gateway-api", "Gateway API", "gateway_api", Front;
    IngressNginx = "ingress-nginx", "ingress-nginx", "ingress_nginx", Front;
    Traefik = "traefik", "Traefik", "traefik", Front;
    Kong = "kong", "Kong", "kong", Front;
    Express = "express", "Express", "express", Behind;
    Fastify = "fastify", "Fastify", "fastify", Behind;
    Hono = "hono", "Hono", "hono", Behind;
    Koa = "koa", "Koa", "koa", Behind;
    NestJs = "nestjs", "NestJS", "nestjs", Behind;
    NextJs = "nextjs", "Next.js", "nextjs", Behind;
    Vite = "vite", "Vite", "vite", Behind;
    FastApi = "fastapi", "FastAPI or Starlette", "asgi", Behind;
    Asgi = "asgi", "a Python ASGI application", "asgi", Behind;
    Litestar = "litestar", "Litestar", "litestar", Behind;
    Flask = "flask", "Flask", "flask", Behind;
    Django = "django", "Django", "django", Behind;
    Php = "php", "PHP", "php", Behind;
    Laravel = "laravel", "Laravel", "laravel", Behind;
    Rails = "rails", "Rails", "rails", Behind;
    Spring = "spring", "Spring", "spring", Behind;
    AspNet = "aspnet", "ASP.NET Core", "aspnet", Behind;
    Iis = "iis", "IIS", "iis", Front;
    Go = "go", "Go", "go", Behind;
    RsCors = "rs-cors", "Go with rs/cors", "rs_cors", Behind;
    Gin = "gin", "Go with gin", "gin", Behind;
    Chi = "chi", "Go with chi", "chi", Behind;
    Axum = "axum", "axum or tower", "axum", Behind;
    Actix = "actix", "Actix Web", "actix", Behind;
    Rocket = "rocket", "Rocket", "rocket", Behind;
    S3 = "s3", "Amazon S3", "s3", Behind;
    Gcs = "gcs", "Google Cloud Storage", "gcs", Behind;
    AzureStorage = "azure-storage", "Azure Storage", "azure_storage", Behind;
    R2 = "r2", "Cloudflare R2", "r2", Behind;
    CloudFront = "cloudfront", "Amazon CloudFront", "cloudfront", Front;
    ApiGatewayRest = "api-gateway-rest", "Amazon API Gateway (REST)", "api_gateway_rest", Front;
    ApiGatewayHttp = "api-gateway-http", "Amazon API Gateway (HTTP)", "api_gateway_http", Front;
    LambdaUrl = "lambda-url", "AWS Lambda function URL", "lambda_url", Behind;
    CloudRun = "cloud-run", "Google Cloud Run or Functions", "cloud_run", Behind;
    Supabase = "supabase", "Supabase Edge Functions", "supabase", Behind;
    Firebase = "firebase", "Firebase Functions", "firebase", Behind;
    Cloudflare = "cloudflare", "Cloudflare", "cloudflare", Front;
    Corsage = "corsage", "corsage serve", "corsage", Front;
}

impl ServerKind {
    /// The kind of that name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.key() == key)
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
    ("x-powered-by", Sign::Contains("next.js"), ServerKind::NextJs),
    ("x-powered-by", Sign::StartsWith("php"), ServerKind::Php),
    ("server", Sign::StartsWith("uvicorn"), ServerKind::Asgi),
    ("server", Sign::StartsWith("hypercorn"), ServerKind::Asgi),
    ("server", Sign::StartsWith("granian"), ServerKind::Asgi),
    ("server", Sign::Contains("werkzeug"), ServerKind::Flask),
    ("server", Sign::StartsWith("wsgiserver"), ServerKind::Django),
    ("server", Sign::StartsWith("daphne"), ServerKind::Django),
    ("set-cookie", Sign::StartsWith("laravel_session"), ServerKind::Laravel),
    ("x-powered-by", Sign::Contains("phusion passenger"), ServerKind::Rails),
    ("server", Sign::StartsWith("puma"), ServerKind::Rails),
    ("x-runtime", Sign::Present, ServerKind::Rails),
    ("server", Sign::Contains("hyper"), ServerKind::Axum),
    ("server", Sign::Contains("axum"), ServerKind::Axum),
    ("server", Sign::Contains("fasthttp"), ServerKind::Go),
    ("server", Sign::StartsWith("rocket"), ServerKind::Rocket),
    ("sb-request-id", Sign::Present, ServerKind::Supabase),
    ("sb-gateway-version", Sign::Present, ServerKind::Supabase),
    ("function-execution-id", Sign::Present, ServerKind::CloudRun),
    ("server", Sign::StartsWith("google frontend"), ServerKind::CloudRun),
    ("x-goog-hash", Sign::Present, ServerKind::Gcs),
    ("x-goog-storage-class", Sign::Present, ServerKind::Gcs),
    ("server", Sign::StartsWith("uploadserver"), ServerKind::Gcs),
    ("x-ms-version", Sign::Present, ServerKind::AzureStorage),
    ("server", Sign::StartsWith("windows-azure-"), ServerKind::AzureStorage),
    ("x-amz-apigw-id", Sign::Present, ServerKind::ApiGatewayRest),
    ("apigw-requestid", Sign::Present, ServerKind::ApiGatewayHttp),
    ("server", Sign::StartsWith("amazons3"), ServerKind::S3),
    ("x-amz-cf-id", Sign::Present, ServerKind::CloudFront),
    ("server", Sign::Contains("cloudfront"), ServerKind::CloudFront),
    ("via", Sign::Contains("cloudfront"), ServerKind::CloudFront),
    ("server", Sign::Contains("microsoft-iis"), ServerKind::Iis),
    ("server", Sign::StartsWith("istio-envoy"), ServerKind::Istio),
    ("server", Sign::StartsWith("envoy"), ServerKind::Envoy),
    ("x-envoy-upstream-service-time", Sign::Present, ServerKind::Envoy),
    ("server", Sign::StartsWith("kong"), ServerKind::Kong),
    ("via", Sign::Contains("kong"), ServerKind::Kong),
    ("server", Sign::Contains("haproxy"), ServerKind::HaProxy),
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

/// What gives itself away by the address, or by how an error's body begins.
pub(crate) fn detect_by_traces(observation: &Observation) -> Vec<DetectedServer> {
    let mut found = Vec::new();
    let mut add = |kind, evidence: &str| {
        found.push(DetectedServer { kind, evidence: evidence.to_owned() });
    };
    let url = Url::parse(&observation.init.url).ok();
    let path = url.as_ref().map(Url::path).unwrap_or_default();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
    for (prefix, kind) in PATHS {
        if path.starts_with(prefix) {
            add(*kind, path);
        }
    }
    for (suffix, kind) in HOSTS {
        if host.ends_with(suffix) {
            add(*kind, host);
        }
    }
    for (_, body) in &observation.beyond.bodies {
        let body = String::from_utf8_lossy(body);
        for (trace, kind) in BODIES {
            if body.contains(trace) {
                add(*kind, trace.trim());
            }
        }
    }
    found
}

/// Paths that only one program has.
const PATHS: &[(&str, ServerKind)] = &[
    ("/@vite/", ServerKind::Vite),
    ("/@id/", ServerKind::Vite),
    ("/@fs/", ServerKind::Vite),
    ("/_next/", ServerKind::NextJs),
];

/// Hosts of services.
const HOSTS: &[(&str, ServerKind)] = &[
    (".lambda-url.amazonaws.com", ServerKind::LambdaUrl),
    (".on.aws", ServerKind::LambdaUrl),
    (".run.app", ServerKind::CloudRun),
    (".cloudfunctions.net", ServerKind::Firebase),
    (".supabase.co", ServerKind::Supabase),
    (".blob.core.windows.net", ServerKind::AzureStorage),
    (".r2.cloudflarestorage.com", ServerKind::R2),
    (".r2.dev", ServerKind::R2),
    ("storage.googleapis.com", ServerKind::Gcs),
];

/// What errors say that only one program says so.
const BODIES: &[(&str, ServerKind)] = &[
    ("Disallowed CORS ", ServerKind::FastApi),
    ("Invalid CORS request", ServerKind::Spring),
    ("<pre>Cannot ", ServerKind::Express),
    (r#"","error":"Not Found","statusCode":404}"#, ServerKind::Fastify),
    (r#"{"detail":"Not Found"}"#, ServerKind::FastApi),
    (r#"{"detail":"Method Not Allowed"}"#, ServerKind::FastApi),
    ("no Route matched with those values", ServerKind::Kong),
];

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
    fn names_are_not_stretched() {
        assert_eq!(kinds(&[("server", "Google Frontend")]), [ServerKind::CloudRun]);
        assert_eq!(kinds(&[("server", "uvicorn")]), [ServerKind::Asgi]);
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
