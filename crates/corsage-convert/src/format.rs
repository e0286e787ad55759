//! The formats that are known, and how one is recognised.

use std::fmt;
use std::str::FromStr;

macro_rules! formats {
    ($($(#[$doc:meta])* $variant:ident = $name:literal $(| $alias:literal)*,)*) => {
        /// A format of configuration, one for each program that reads it in its own way.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Format {
            $($(#[$doc])* $variant,)*
        }

        impl Format {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name that the command takes.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }

        impl FromStr for Format {
            type Err = UnknownFormat;

            fn from_str(name: &str) -> Result<Self, UnknownFormat> {
                match name {
                    $($name $(| $alias)* => Ok(Self::$variant),)*
                    _ => Err(UnknownFormat(name.to_owned())),
                }
            }
        }
    };
}

formats! {
    /// Corsage's own file.
    Corsage = "corsage",
    /// nginx's configuration.
    Nginx = "nginx",
    /// Ingress objects with ingress-nginx's annotations.
    IngressNginx = "ingress-nginx",
    /// Apache httpd's configuration, `.htaccess` too.
    Apache = "apache",
    /// HAProxy's configuration.
    Haproxy = "haproxy",
    /// A Caddyfile.
    Caddy = "caddy",
    /// lighttpd's configuration.
    Lighttpd = "lighttpd",
    /// Varnish's VCL.
    Varnish = "varnish",
    /// Envoy's own configuration.
    Envoy = "envoy",
    /// Envoy Gateway's `SecurityPolicy`, with the routes it stands on.
    EnvoyGateway = "envoy-gateway",
    /// The Gateway API's `HTTPRoute`.
    GatewayApi = "gateway-api",
    /// Istio's `VirtualService`.
    Istio = "istio",
    /// Traefik's dynamic configuration.
    Traefik = "traefik",
    /// agentgateway's policies, in its own configuration or as objects of Kubernetes.
    Agentgateway = "agentgateway",
    /// Kong's plugin.
    Kong = "kong",
    /// The `cors` package in an express application.
    Express = "express" | "express-cors" | "express4-cors",
    /// NestJS's `enableCors`.
    Nestjs = "nestjs" | "nestjs-cors",
    /// `@fastify/cors`.
    Fastify = "fastify" | "fastify-cors",
    /// Hono's `cors`.
    Hono = "hono" | "hono-cors",
    /// `@koa/cors`.
    Koa = "koa" | "koa-cors",
    /// `headers()` of Next's configuration.
    Next = "next" | "next-headers",
    /// A `_headers` file of Cloudflare Pages.
    CloudflareHeaders = "cloudflare-headers",
    /// `serve.json`.
    Serve = "serve" | "serve-json",
    /// Starlette's `CORSMiddleware`.
    Starlette = "starlette",
    /// FastAPI's `CORSMiddleware`.
    Fastapi = "fastapi",
    /// Flask-CORS.
    Flask = "flask" | "flask-cors",
    /// django-cors-headers' settings.
    Django = "django" | "django-cors-headers",
    /// aiohttp-cors.
    Aiohttp = "aiohttp" | "aiohttp-cors",
    /// sanic-ext's settings.
    Sanic = "sanic" | "sanic-ext",
    /// tower-http's `CorsLayer`: written only.
    TowerHttp = "tower-http" | "axum",
    /// ASP.NET Core's `AddCors`: written only.
    AspNet = "aspnet" | "asp.net",
    /// Litestar's `CORSConfig`.
    Litestar = "litestar",
    /// Tomcat's `CorsFilter` in a `web.xml`.
    Tomcat = "tomcat" | "tomcat-corsfilter",
    /// Jetty's `CrossOriginFilter` in a `web.xml`.
    Jetty = "jetty" | "jetty-crossoriginfilter",
    /// Spring's `CorsConfiguration` and `@CrossOrigin`.
    Spring = "spring" | "spring-cors",
    /// An S3 CORS configuration as JSON.
    S3Json = "s3-json",
    /// An S3 CORS configuration as XML.
    S3Xml = "s3-xml",
    /// CORS rules of a Cloudflare R2 bucket, as its own API has them.
    R2 = "r2",
    /// Azure Storage's CORS rules.
    Azure = "azure",
    /// A CloudFormation or SAM template.
    CloudFormation = "cloudformation" | "sam",
    /// The Serverless Framework's `serverless.yml`.
    Serverless = "serverless",
    /// Terraform's configuration.
    Terraform = "terraform",
    /// Cross-origin configuration of a Google Cloud Storage bucket.
    Gcs = "gcs",
    /// API Gateway's extension of an OpenAPI document.
    ApiGateway = "api-gateway",
    /// CloudFront's response headers policy.
    CloudFront = "cloudfront",
    /// rack-cors in a Ruby application.
    RackCors = "rack-cors",
    /// `vercel.json`.
    Vercel = "vercel",
    /// Netlify's `netlify.toml` and `_headers`.
    Netlify = "netlify",
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A name that no format has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no format is called {0:?}")]
pub struct UnknownFormat(String);
