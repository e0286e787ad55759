//! Which format a text is in.
//!
//! A file's name decides where it is peculiar to a program; what the text says decides otherwise. Where
//! several programs read such a text, all are named, the likeliest first.

use crate::Format;

/// The formats that a text may be in, the likeliest first. Empty where none is recognised.
///
/// ```
/// use corsage_convert::{Format, recognise};
/// let text = "app.use(cors({ origin: 'https://app.example.com' }));";
/// assert_eq!(recognise(text, None).first(), Some(&Format::Express));
/// ```
#[must_use]
pub fn recognise(text: &str, name: Option<&str>) -> Vec<Format> {
    let mut found: Vec<Format> = name.and_then(by_name).into_iter().collect();
    for (format, signs) in SIGNS {
        if signs.iter().any(|sign| sign.iter().all(|part| holds(text, part)))
            && !found.contains(format)
        {
            found.push(*format);
        }
    }
    found
}

fn by_name(name: &str) -> Option<Format> {
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
    match base {
        "_headers" => return Some(Format::CloudflareHeaders),
        "vercel.json" => return Some(Format::Vercel),
        "netlify.toml" => return Some(Format::Netlify),
        "serverless.yml" | "serverless.yaml" => return Some(Format::Serverless),
        "serve.json" => return Some(Format::Serve),
        "Caddyfile" => return Some(Format::Caddy),
        "haproxy.cfg" => return Some(Format::Haproxy),
        "nginx.conf" => return Some(Format::Nginx),
        ".htaccess" | "httpd.conf" | "apache2.conf" => return Some(Format::Apache),
        "lighttpd.conf" => return Some(Format::Lighttpd),
        "corsage.toml" | "corsage.yaml" | "corsage.yml" | "corsage.json" => {
            return Some(Format::Corsage);
        }
        _ => {}
    }
    match base.rsplit_once('.')?.1 {
        "vcl" => Some(Format::Varnish),
        "tf" | "tfvars" => Some(Format::Terraform),
        "caddyfile" => Some(Format::Caddy),
        _ if base.starts_with("next.config.") => Some(Format::Next),
        _ => None,
    }
}

/// A part that begins with a line feed has to begin a line, indented or not.
fn holds(text: &str, part: &str) -> bool {
    match part.strip_prefix('\n') {
        Some(part) => text.lines().any(|line| line.trim_start().starts_with(part)),
        None => text.contains(part),
    }
}

/// For each format, the signs of which one is enough; each sign's parts must all be there.
const SIGNS: &[(Format, &[&[&str]])] = &[
    (Format::IngressNginx, &[&["nginx.ingress.kubernetes.io/"], &["kind: Ingress", "nginx"]]),
    (Format::EnvoyGateway, &[&["kind: SecurityPolicy", "gateway.envoyproxy.io"]]),
    // Before the routes that it names.
    (Format::Agentgateway, &[&["kind: AgentgatewayPolicy"]]),
    (
        Format::GatewayApi,
        &[&["kind: HTTPRoute", "gateway.networking.k8s.io"], &["\n- type: CORS", "cors:"]],
    ),
    (Format::Istio, &[&["kind: VirtualService", "istio.io"], &["corsPolicy:"]]),
    (
        Format::Traefik,
        &[
            &["accessControlAllow"],
            &["kind: Middleware", "traefik"],
            &["\nmiddlewares:", "\nrouters:"],
            &["traefik.http.middlewares"],
            &["[http.middlewares"],
            &["addVaryHeader"],
        ],
    ),
    (
        Format::Agentgateway,
        &[&["agentgateway.dev"], &["\nbinds:", "\n- listeners:"], &["\nbinds:", "policies:"]],
    ),
    (
        Format::Kong,
        &[
            &["\nkind: KongPlugin"],
            &["\nkind: KongClusterPlugin"],
            &["_format_version", "cors"],
            &["\n- name: cors", "config:"],
            &["\nname: cors", "config:"],
        ],
    ),
    (
        Format::Envoy,
        &[
            &["static_resources"],
            &["envoy.filters.http.cors"],
            &["virtual_hosts", "route_config"],
            &["allow_origin_string_match"],
        ],
    ),
    (
        Format::Serverless,
        &[&["\nprovider:", "\nfunctions:"], &["\nprovider:", "httpApi:"], &["\nframeworkVersion:"]],
    ),
    (
        Format::CloudFormation,
        &[
            &["AWSTemplateFormatVersion"],
            &["\nResources:", "AWS::"],
            &["\"Resources\"", "AWS::"],
            &["AWS::S3::Bucket"],
            &["AWS::Serverless::"],
            &["AWS::ApiGatewayV2::Api"],
            &["AWS::Lambda::Url"],
            &["AWS::CloudFront::ResponseHeadersPolicy"],
        ],
    ),
    (
        Format::Terraform,
        &[
            &["\nresource \"", "{"],
            &["\nmodule \"", "{"],
            &["\ncors_rule {"],
            &["\ncors_rule = ["],
            &["\ncors_config {"],
            &["\ncors_config = {"],
            &["\ncors_configuration {"],
            &["\ncors_configuration = {"],
            &["\ncors = [", "response_header"],
            &["\ncors {", "allowed_origins"],
        ],
    ),
    (Format::ApiGateway, &[&["x-amazon-apigateway-"]]),
    (Format::CloudFront, &[&["AccessControlAllowOrigins", "OriginOverride"]]),
    (Format::S3Xml, &[&["<CORSConfiguration"], &["<CORSRule"], &["<AllowedOrigin>"]]),
    (Format::Azure, &[&["<Cors"], &["<CorsRule"]]),
    (
        Format::S3Json,
        &[
            &["\"CORSRules\""],
            &["\"AllowedOrigins\"", "\"AllowedMethods\""],
            &["\"AllowedOrigin\"", "\"AllowedMethod\""],
        ],
    ),
    (Format::R2, &[&["\"allowed\"", "\"origins\"", "\"methods\""]]),
    (
        Format::Gcs,
        &[
            &["\"responseHeader\"", "\"maxAgeSeconds\""],
            &["\"origin\"", "\"responseHeader\""],
            &["\"origin\"", "\"method\"", "\"maxAgeSeconds\""],
        ],
    ),
    (Format::Tomcat, &[&["org.apache.catalina.filters.CorsFilter"]]),
    (Format::Jetty, &[&["CrossOriginFilter"]]),
    (
        Format::Spring,
        &[
            &["CorsConfiguration"],
            &["@CrossOrigin"],
            &["CorsRegistry"],
            &["globalcors"],
            &["cors-configurations"],
            &["corsConfigurations"],
            &["\nspring:", "gateway", "cors:"],
            &["\nmanagement:", "endpoints", "cors:"],
            &["\nspring.cloud.gateway.", "cors"],
            &["\nmanagement.endpoints.web.cors."],
        ],
    ),
    (Format::Nestjs, &[&["NestFactory"], &["enableCors("]]),
    (Format::Fastify, &[&["fastify.register("], &["@fastify/cors"]]),
    (
        Format::Hono,
        &[
            &["hono/cors"],
            &["new Hono("],
            &["app.use('*', cors("],
            &["app.use(\"*\", cors("],
            &["app.use('/api/*', cors("],
        ],
    ),
    (Format::Koa, &[&["@koa/cors"], &["new Koa("], &["cors(", "ctx.get("]]),
    (Format::Next, &[&["async headers()"], &["headers: async ()"]]),
    (
        Format::Express,
        &[
            &["app.use(cors("],
            &["require('cors')"],
            &["require(\"cors\")"],
            &["from 'cors'"],
            &["from \"cors\""],
            &[", cors("],
            &["router.use(cors("],
            &["cors(corsOptions"],
        ],
    ),
    (Format::Fastapi, &[&["FastAPI(", "CORSMiddleware"], &["from fastapi"]]),
    (Format::Starlette, &[&["CORSMiddleware"]]),
    (Format::Flask, &[&["flask_cors"], &["\nCORS("], &["@cross_origin"]]),
    (Format::Sanic, &[&["app.config.CORS_"], &["sanic"]]),
    (
        Format::Django,
        &[
            &["\nCORS_ALLOWED_ORIGIN"],
            &["\nCORS_ALLOW_"],
            &["\nCORS_ORIGIN_"],
            &["\nCORS_URLS_REGEX"],
            &["corsheaders"],
        ],
    ),
    (Format::Aiohttp, &[&["aiohttp_cors"]]),
    (Format::Litestar, &[&["CORSConfig("]]),
    (Format::RackCors, &[&["Rack::Cors"]]),
    (Format::Varnish, &[&["\nvcl 4"], &["sub vcl_"]]),
    (
        Format::Lighttpd,
        &[
            &["server.modules"],
            &["setenv.add-response-header"],
            &["setenv.set-response-header"],
            &["$HTTP["],
        ],
    ),
    (
        Format::Haproxy,
        &[
            &["\nhttp-response "],
            &["\nhttp-request "],
            &["\nfrontend ", "\nbind "],
            &["\nbackend ", "\nserver "],
            &["\ndefault_backend"],
        ],
    ),
    (
        Format::Apache,
        &[
            &["<VirtualHost"],
            &["\nHeader set "],
            &["\nHeader always "],
            &["\nHeader add "],
            &["\nHeader merge "],
            &["\nHeader append "],
            &["\nHeader echo "],
            &["\nHeader unset "],
            &["\nHeader setifempty "],
            &["\nHeader edit "],
            &["\nSetEnvIf"],
            &["\nRewriteEngine"],
            &["<IfModule"],
            &["<Location"],
            &["<Directory"],
        ],
    ),
    (
        Format::Nginx,
        &[
            &["\nserver {"],
            &["\nadd_header ", ";"],
            &["\nlocation ", "{", ";"],
            &["proxy_pass ", ";"],
            &["\nmap $"],
        ],
    ),
    (
        Format::Vercel,
        &[
            &["\"headers\"", "\"source\"", "(.*)"],
            &["\"headers\"", "\"src\"", "\"dest\""],
            &["\"headers\"", "\"source\"", "\"rewrites\""],
        ],
    ),
    (Format::Serve, &[&["\"headers\"", "\"source\"", "\"key\""]]),
    (Format::Netlify, &[&["[[headers]]"]]),
    (
        Format::Corsage,
        &[
            &["[[policy]]"],
            &["[policy]"],
            &["\npolicy:", "allow_origins"],
            &["\npolicies:", "allow_origins"],
            &["\"policy\"", "allow_origins"],
        ],
    ),
    (
        Format::Caddy,
        &[
            &["reverse_proxy "],
            &["\nheader ", "{"],
            &["\n@", "header Origin"],
            &["\n(cors) {"],
            &["\nimport cors"],
        ],
    ),
    (Format::CloudflareHeaders, &[&["\n/", "\nAccess-Control-"], &["\n/*", ": "]]),
    (Format::Netlify, &[&["\n/", "\nAccess-Control-"]]),
];
