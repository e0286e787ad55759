//! A page for each program: what it does with a policy, learnt from its model.

use std::fmt::Write as _;

use corsage_convert::compare::{Questions, Scene};
use corsage_convert::findings::findings;
use corsage_convert::neutral::{
    AnsweredOrigin, ErrorsCarry, Names, OwnHeaders, PlainOptions, RefusedPreflight, RoutedPolicy,
    VaryOnOrigin, derive,
};
use corsage_convert::report::human;
use corsage_convert::{
    Asked, Checked, Circumstances, Format, Program, Source, convert, read, write,
};
use corsage_texts::Language;

/// What each program is told to do: as `corsage.toml`, with a name for people.
const POLICIES: &[(&str, &str)] = &[
    (
        "Two origins, with credentials",
        "[[policy]]\nallow_origins = [\"https://app.example.com\", \"https://admin.example.com\"]\n\
         allow_credentials = true\nallow_methods = [\"PUT\", \"DELETE\"]\nallow_headers = [\"content-type\"]\n\
         expose_headers = [\"etag\"]\nmax_age = 600\n",
    ),
    (
        "Every subdomain",
        "[[policy]]\nallow_origins = [\"https://*.example.com\"]\nallow_methods = [\"PUT\"]\n",
    ),
    (
        "Every origin",
        "[[policy]]\nallow_origins = [\"*\"]\nallow_methods = [\"*\"]\nallow_headers = [\"*\"]\n",
    ),
];

/// What programs that are read, and not written, are told: as their own users write it.
const READ: &[(Format, &str)] = &[
    (
        Format::IngressNginx,
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: api\n  annotations:\n    nginx.ingress.kubernetes.io/enable-cors: \"true\"\n    nginx.ingress.kubernetes.io/cors-allow-origin: \"https://app.example.com\"\nspec:\n  ingressClassName: nginx\n  rules:\n  - host: api.example.com\n    http:\n      paths:\n      - path: /\n        pathType: Prefix\n        backend: { service: { name: api, port: { number: 80 } } }\n",
    ),
    (
        Format::Lighttpd,
        "server.modules = ( \"mod_setenv\", \"mod_proxy\" )\nsetenv.add-response-header = (\n  \"Access-Control-Allow-Origin\" => \"https://app.example.com\",\n  \"Access-Control-Allow-Credentials\" => \"true\"\n)\nproxy.server = ( \"\" => ( ( \"host\" => \"127.0.0.1\", \"port\" => 3000 ) ) )\n",
    ),
    (
        Format::Varnish,
        "vcl 4.1;\nbackend default { .host = \"127.0.0.1\"; .port = \"3000\"; }\nsub vcl_deliver {\n    set resp.http.Access-Control-Allow-Origin = \"https://app.example.com\";\n    set resp.http.Access-Control-Allow-Credentials = \"true\";\n}\n",
    ),
    (
        Format::Next,
        "module.exports = {\n  async headers() {\n    return [{\n      source: \"/:path*\",\n      headers: [\n        { key: \"Access-Control-Allow-Origin\", value: \"https://app.example.com\" },\n        { key: \"Access-Control-Allow-Credentials\", value: \"true\" },\n      ],\n    }];\n  },\n};\n",
    ),
    (
        Format::CloudflareHeaders,
        "/*\n  Access-Control-Allow-Origin: https://app.example.com\n  Access-Control-Allow-Credentials: true\n",
    ),
    (
        Format::Serve,
        "{\n  \"headers\": [\n    {\n      \"source\": \"**\",\n      \"headers\": [\n        { \"key\": \"Access-Control-Allow-Origin\", \"value\": \"https://app.example.com\" },\n        { \"key\": \"Access-Control-Allow-Credentials\", \"value\": \"true\" }\n      ]\n    }\n  ]\n}\n",
    ),
    (
        Format::Aiohttp,
        "import aiohttp_cors\nfrom aiohttp import web\n\nasync def handler(request):\n    return web.Response(text=\"hello\")\n\napp = web.Application()\ncors = aiohttp_cors.setup(app, defaults={\n    \"https://app.example.com\": aiohttp_cors.ResourceOptions(allow_credentials=True, allow_headers=\"*\"),\n})\ncors.add(app.router.add_get(\"/\", handler))\n",
    ),
    (
        Format::Sanic,
        "from sanic import Sanic\nfrom sanic_ext import Extend\n\napp = Sanic(\"api\")\napp.config.CORS_ORIGINS = \"https://app.example.com\"\napp.config.CORS_SUPPORTS_CREDENTIALS = True\nExtend(app)\n",
    ),
    (
        Format::Litestar,
        "from litestar import Litestar\nfrom litestar.config.cors import CORSConfig\n\ncors_config = CORSConfig(allow_origins=[\"https://app.example.com\"], allow_credentials=True)\napp = Litestar(route_handlers=[], cors_config=cors_config)\n",
    ),
    (
        Format::Tomcat,
        "<web-app>\n  <filter>\n    <filter-name>cors</filter-name>\n    <filter-class>org.apache.catalina.filters.CorsFilter</filter-class>\n    <init-param><param-name>cors.allowed.origins</param-name><param-value>https://app.example.com</param-value></init-param>\n    <init-param><param-name>cors.support.credentials</param-name><param-value>true</param-value></init-param>\n  </filter>\n  <filter-mapping><filter-name>cors</filter-name><url-pattern>/*</url-pattern></filter-mapping>\n</web-app>\n",
    ),
    (
        Format::Jetty,
        "<web-app>\n  <filter>\n    <filter-name>cors</filter-name>\n    <filter-class>org.eclipse.jetty.servlets.CrossOriginFilter</filter-class>\n    <init-param><param-name>allowedOrigins</param-name><param-value>https://app.example.com</param-value></init-param>\n    <init-param><param-name>allowCredentials</param-name><param-value>true</param-value></init-param>\n  </filter>\n  <filter-mapping><filter-name>cors</filter-name><url-pattern>/*</url-pattern></filter-mapping>\n</web-app>\n",
    ),
    (
        Format::CloudFormation,
        "AWSTemplateFormatVersion: \"2010-09-09\"\nResources:\n  Bucket:\n    Type: AWS::S3::Bucket\n    Properties:\n      CorsConfiguration:\n        CorsRules:\n          - AllowedOrigins: [\"https://app.example.com\"]\n            AllowedMethods: [GET]\n",
    ),
    (
        Format::Serverless,
        "service: api\nprovider:\n  name: aws\n  httpApi:\n    cors:\n      allowedOrigins:\n        - https://app.example.com\n      allowCredentials: true\nfunctions:\n  hello:\n    handler: handler.hello\n    events:\n      - httpApi: GET /hello\n",
    ),
    (
        Format::Terraform,
        "resource \"aws_s3_bucket_cors_configuration\" \"cors\" {\n  bucket = \"data\"\n  cors_rule {\n    allowed_methods = [\"GET\"]\n    allowed_origins = [\"https://app.example.com\"]\n  }\n}\n",
    ),
];

/// The pages, each a file's name and its text: for every program that is read.
fn pages() -> Vec<(String, String)> {
    let written =
        write::WRITTEN.iter().filter_map(|&format| Some((format!("{format}.md"), page(format)?)));
    let read = READ.iter().map(|&(format, text)| (format!("{format}.md"), read_page(format, text)));
    written.chain(read).collect()
}

/// Of a program that is not written.
fn read_page(format: Format, configuration: &str) -> String {
    let circumstances = Circumstances::default();
    let source = Source { text: configuration, name: None, circumstances: &circumstances };
    let program = read(format, &source).unwrap_or_else(|why| panic!("{format}: {why:?}"));
    let mut text = format!(
        "# {format}\n\nWhat {format} does with a configuration, as its model in `corsage-convert` has it. This page is \
         written by\n`CORSAGE_WRITE_DOCS=1 cargo test -p corsage-convert --test products`.\n\n```\n{configuration}```\n"
    );
    for neutral in derive(program.as_ref()) {
        facts(&neutral, program.as_ref(), &mut text);
    }
    traps(program.as_ref(), &mut text);
    text
}

fn page(format: Format) -> Option<String> {
    let circumstances = Circumstances::default();
    let mut text = format!(
        "# {format}\n\nWhat {format} does with three policies, as its model in `corsage-convert` has it. This page is \
         written by\n`CORSAGE_WRITE_DOCS=1 cargo test -p corsage-convert --test products`.\n"
    );
    let mut has_some = false;
    for (title, policy) in POLICIES {
        let source = Source { text: policy, name: None, circumstances: &circumstances };
        let core = read(Format::Corsage, &source).ok()?;
        let conversion = convert(core.as_ref(), format, "corsage.toml", &circumstances)?;
        let _ = write!(text, "\n## {title}\n\n```\n{}```\n", conversion.written.text);
        let comparison = match &conversion.checked {
            Checked::Compared { comparison, .. } => comparison,
            Checked::Refused(why) => {
                let _ = writeln!(text, "\n{format} cannot say this: {why:?}");
                continue;
            }
            Checked::NoReader => continue,
        };
        let written =
            Source { text: &conversion.written.text, name: None, circumstances: &circumstances };
        let Ok(program) = read(format, &written) else { continue };
        has_some = true;
        for neutral in derive(program.as_ref()) {
            facts(&neutral, program.as_ref(), &mut text);
        }
        traps(program.as_ref(), &mut text);
        let _ = write!(
            text,
            "\nCompared with what was meant:\n\n```text\n{}```\n",
            human(comparison, Language::English)
        );
    }
    has_some.then_some(text)
}

fn traps(program: &dyn Program, text: &mut String) {
    let found = findings(program);
    if !found.is_empty() {
        text.push_str("\nTraps:\n\n");
        for finding in found {
            let _ = writeln!(
                text,
                "- `{}`: {}; {}.",
                finding.code.as_str(),
                finding.code.cause(),
                finding.code.way_out()
            );
        }
    }
}

fn facts(neutral: &RoutedPolicy, program: &dyn Program, text: &mut String) {
    let null = [("Origin".to_owned(), "null".to_owned())];
    let asked = Asked { method: "GET", path: &neutral.path, host: &neutral.host, headers: &null };
    let answered = program.answer(&asked, &Scene::Works);
    let value =
        answered.lines("access-control-allow-origin").next().map_or("nothing", |value| value);
    text.push_str("\n| what | how |\n|---|---|\n");
    let mut row = |what: &str, how: String| {
        let _ = writeln!(text, "| {what} | {} |", how.replace('|', "\\|"));
    };
    if let Some(rule) = neutral.rules.first() {
        row(
            "`Access-Control-Allow-Origin`",
            match &rule.answered {
                // Whose origin is named to strangers too is named to everybody.
                AnsweredOrigin::Reflected if value.starts_with("https://") => {
                    format!("always `{value}`")
                }
                AnsweredOrigin::Reflected => "the request's origin".to_owned(),
                AnsweredOrigin::Star => "`*`".to_owned(),
                AnsweredOrigin::Constant(value) => format!("always `{value}`"),
            },
        );
        row("a granted preflight", rule.preflight_status.to_string());
        row("methods beyond GET, HEAD, POST", names(&rule.methods));
        row("request headers", names(&rule.headers));
        row(
            "`Vary: Origin`",
            match rule.vary {
                VaryOnOrigin::Always => "on every response",
                VaryOnOrigin::OnMatch => "on granted responses only",
                VaryOnOrigin::Never => "never",
            }
            .to_owned(),
        );
        row(
            "errors from behind",
            match rule.errors {
                ErrorsCarry::Headers => "carry the headers",
                ErrorsCarry::Nothing => "carry none: pages see a network error",
            }
            .to_owned(),
        );
    }
    row(
        "a refused preflight",
        match neutral.refused {
            RefusedPreflight::Answered(status) => status.to_string(),
            RefusedPreflight::Forwarded => "goes on to the upstream".to_owned(),
        },
    );
    row(
        "an `OPTIONS` that is no preflight",
        match neutral.plain_options {
            PlainOptions::Answered(status) => status.to_string(),
            PlainOptions::Forwarded => "goes on to the upstream".to_owned(),
        },
    );
    row(
        "CORS headers from behind",
        match neutral.own_headers {
            OwnHeaders::Replaced => "are replaced",
            OwnHeaders::Kept => "stay",
            OwnHeaders::Doubled => "come twice, which browsers refuse",
        }
        .to_owned(),
    );
    row("`Origin: null` is answered", format!("`{value}`"));
    let count = Questions::of(&[program]).cells.cells.len();
    row("kinds of origins that are told apart", count.to_string());
}

fn names(names: &Names) -> String {
    match names {
        Names::Listed(names) if names.is_empty() => "none".to_owned(),
        Names::Listed(names) => names.join(", "),
        Names::Star => "`*`".to_owned(),
        Names::Mirrored => "whatever is asked for".to_owned(),
    }
}

#[test]
fn the_pages_say_what_the_models_do() {
    let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/products");
    let is_writing = std::env::var_os("CORSAGE_WRITE_DOCS").is_some();
    let pages = pages();
    assert!(pages.len() >= 6, "{} pages", pages.len());
    let mut stale = Vec::new();
    for (name, text) in pages {
        let path = directory.join(&name);
        if is_writing {
            std::fs::create_dir_all(&directory).unwrap();
            std::fs::write(&path, &text).unwrap();
        // A program that is read since the pages were written has none yet.
        } else if std::fs::read_to_string(&path).is_ok_and(|there| there != text) {
            stale.push(name);
        }
    }
    assert!(
        stale.is_empty(),
        "docs/products is not what the models do: {stale:?}; CORSAGE_WRITE_DOCS=1 writes it"
    );
}
