//! Gateways, stores, templates and hosts that nobody can run here: what is read of each, what it answers after
//! its documentation or its source, and what is refused with its place.

#![cfg(all(feature = "javascript", feature = "ruby", feature = "terraform", feature = "xml"))]

use corsage_convert::{
    Answered, Asked, Behind, BehindAnswer, BehindResponse, Circumstances, Format, NotRead, Program,
    Source, Why, read, recognise,
};
use proptest::prelude::*;

const APP: &str = "https://app.example.com";
const EVIL: &str = "https://evil.example";

struct Own;

impl Behind for Own {
    fn answer(&self, _: &Asked<'_>) -> BehindAnswer {
        BehindAnswer::Responds(BehindResponse {
            status: 200,
            cors: vec![("Access-Control-Allow-Origin".to_owned(), "own".to_owned())],
            vary: vec!["Accept".to_owned()],
            ..BehindResponse::default()
        })
    }
}

struct Plain;

impl Behind for Plain {
    fn answer(&self, _: &Asked<'_>) -> BehindAnswer {
        BehindAnswer::Responds(BehindResponse::plain(200))
    }
}

#[track_caller]
fn program(format: Format, text: &str) -> Box<dyn Program> {
    assert_eq!(recognise(text, None).first(), Some(&format), "{text}");
    let circumstances = Circumstances::default();
    read(format, &Source { text, name: None, circumstances: &circumstances })
        .unwrap_or_else(|why| panic!("{text}: {why:?}"))
}

#[track_caller]
fn refused(format: Format, text: &str) -> (String, Why) {
    let circumstances = Circumstances::default();
    match read(format, &Source { text, name: None, circumstances: &circumstances }) {
        Err(NotRead::Refused(pieces)) => (text[pieces[0].span.clone()].to_owned(), pieces[0].why),
        Err(NotRead::Rejected(rejected)) => panic!("{rejected:?}"),
        Ok(_) => panic!("{text} was guessed"),
    }
}

fn ask(program: &dyn Program, method: &str, path: &str, headers: &[(&str, &str)]) -> Answered {
    let host = program.borders().hosts.into_iter().next();
    let host = host.as_deref().unwrap_or("api.example.com");
    let headers: Vec<(String, String)> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    program.answer(&Asked { method, path, host, headers: &headers }, &Plain)
}

fn get(program: &dyn Program, origin: &str) -> Answered {
    ask(program, "GET", "/items", &[("Origin", origin)])
}

fn preflight(program: &dyn Program, path: &str, origin: &str, names: &str) -> Answered {
    let mut headers = vec![("Origin", origin), ("Access-Control-Request-Method", "PUT")];
    if !names.is_empty() {
        headers.push(("Access-Control-Request-Headers", names));
    }
    ask(program, "OPTIONS", path, &headers)
}

fn line<'a>(answered: &'a Answered, name: &str) -> Option<&'a str> {
    answered.lines(name).next()
}

fn allowed(answered: &Answered) -> Option<&str> {
    line(answered, "access-control-allow-origin")
}

#[test]
fn kong_compares_hosts_where_an_entry_has_no_scheme() {
    let text = "\
_format_version: \"3.0\"
services:
  - name: api
    routes:
      - name: all
        paths: [/]
    plugins:
      - name: cors
        config:
          origins: ['(.*[.])?example[.]com', 'http://localhost', 'https://a[.]test|https://b[.]test']
          credentials: true
          max_age: 600
";
    let kong = program(Format::Kong, text);
    for origin in
        [APP, "http://example.com:8080", "http://localhost", "https://a.test.evil.example"]
    {
        assert_eq!(allowed(&get(kong.as_ref(), origin)), Some(origin));
    }
    for origin in [EVIL, "https://localhost", "https://b.test.evil.example", "null"] {
        assert_eq!(allowed(&get(kong.as_ref(), origin)), None, "{origin}");
    }
    let answered = preflight(kong.as_ref(), "/", APP, "x-any");
    assert_eq!(answered.status, 200);
    assert_eq!(line(&answered, "access-control-allow-headers"), Some("x-any"));
    assert_eq!(answered.vary, ["Origin"]);
}

#[test]
fn kong_sends_its_only_origin_to_everybody_and_reflects_for_a_star() {
    let one = "kind: KongPlugin\napiVersion: configuration.konghq.com/v1\nplugin: cors\nconfig:\n  origins: [https://app.example.com]\n";
    assert_eq!(allowed(&get(program(Format::Kong, one).as_ref(), EVIL)), Some(APP));
    let all = one.replace("[https://app.example.com]", "['*']\n  credentials: true");
    let kong = program(Format::Kong, &all);
    let answered = get(kong.as_ref(), EVIL);
    assert_eq!(allowed(&answered), Some(EVIL));
    assert_eq!(line(&answered, "access-control-allow-credentials"), Some("true"));
    let nobody = ask(kong.as_ref(), "GET", "/", &[]);
    assert_eq!(allowed(&nobody), Some("*"));
}

#[test]
fn kong_routes_that_take_no_options_answer_no_preflight() {
    let text = "\
_format_version: \"3.0\"
services:
  - routes:
      - paths: [/api]
        methods: [GET, PUT]
        plugins: [{name: cors}]
      - paths: ['~/v[0-9]+/']
        plugins: [{name: cors, enabled: false}]
";
    let kong = program(Format::Kong, text);
    assert_eq!(preflight(kong.as_ref(), "/api", APP, "").status, 404);
    assert_eq!(allowed(&ask(kong.as_ref(), "GET", "/api", &[("Origin", APP)])), Some("*"));
    assert_eq!(allowed(&ask(kong.as_ref(), "GET", "/v1/x", &[("Origin", APP)])), None);
}

#[test]
fn buckets_of_templates() {
    let terraform = r#"
resource "aws_s3_bucket_cors_configuration" "assets" {
  bucket = aws_s3_bucket.assets.id
  cors_rule {
    allowed_headers = ["x-*"]
    allowed_methods = ["GET", "PUT"]
    allowed_origins = [local.app]
    max_age_seconds = 60
  }
}
locals {
  app = "https://app.example.com"
}
"#;
    let template = "\
Resources:
  Assets:
    Type: AWS::S3::Bucket
    Properties:
      CorsConfiguration:
        CorsRules:
          - AllowedHeaders: ['x-*']
            AllowedMethods: [GET, PUT]
            AllowedOrigins: [!Sub 'https://app.example.com']
            MaxAge: 60
";
    for (format, text) in [(Format::Terraform, terraform), (Format::CloudFormation, template)] {
        let bucket = program(format, text);
        let answered = preflight(bucket.as_ref(), "/items", APP, "x-one");
        assert_eq!(allowed(&answered), Some(APP), "{format}");
        assert_eq!(line(&answered, "access-control-max-age"), Some("60"));
        assert_eq!(preflight(bucket.as_ref(), "/items", APP, "y-one").status, 403);
        assert_eq!(allowed(&get(bucket.as_ref(), EVIL)), None);
    }
}

/// No method and no header is listed there: all are granted to the origins that are.
#[test]
fn azures_web_apps_list_origins_only() {
    let text = r#"
resource "azurerm_linux_web_app" "api" {
  site_config {
    always_on = true
    cors {
      allowed_origins     = ["https://app.example.com"]
      support_credentials = true
    }
  }
}
"#;
    let app = program(Format::Terraform, text);
    let answered = preflight(app.as_ref(), "/items", APP, "x-one");
    assert_eq!(allowed(&answered), Some(APP));
    assert_eq!(line(&answered, "access-control-allow-headers"), Some("x-one"));
    assert_eq!(line(&answered, "access-control-allow-credentials"), Some("true"));
    assert_eq!(allowed(&get(app.as_ref(), EVIL)), None);
    let any = text.replace("https://app.example.com", "*");
    assert_eq!(refused(Format::Terraform, &any).1, Why::NotModelled);
    let part = text.replace("https://app", "https://*");
    assert_eq!(refused(Format::Terraform, &part).1, Why::NotModelled);
}

/// The same as in YAML, with the same places.
#[test]
fn springs_properties_are_read_as_its_yaml() {
    let text = "# the gateway\n\
        spring.cloud.gateway.globalcors.cors-configurations.[/**].allowed-origins=https://app.example.com, https://b.example.com\n\
        spring.cloud.gateway.globalcors.corsConfigurations[/**].allowedMethods[0] = PUT\n\
        spring.cloud.gateway.globalcors.cors-configurations.[/**].max-age=60\n\
        management.endpoints.web.cors.allowed-origins=https://admin.example.com\n\
        management.endpoints.web.cors.allowed-methods=GET\n";
    assert_eq!(recognise(text, None).first(), Some(&Format::Spring));
    let refusal = refused(Format::Spring, &text.replace("https://app.example.com", "${APP}"));
    assert_eq!(refusal.1, Why::Elsewhere);
    let text = text.replace("corsConfigurations[", "cors-configurations.[");
    let gateway = program(Format::Spring, &text);
    let answered = preflight(gateway.as_ref(), "/items", APP, "");
    assert_eq!(allowed(&answered), Some(APP));
    assert_eq!(line(&answered, "access-control-max-age"), Some("60"));
    assert_eq!(allowed(&get(gateway.as_ref(), EVIL)), None);
    let borders = gateway.borders();
    let place = &borders.origins.first().unwrap().span;
    assert!(text[place.clone()].starts_with("spring.cloud.gateway.globalcors"));
}

/// Each finding stands at the annotations that made it.
#[test]
fn questions_of_many_ingresses_stand_where_they_are_asked() {
    let ingress = |name: &str, origin: &str| {
        format!(
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: {name}\n  annotations:\n    \
             nginx.ingress.kubernetes.io/enable-cors: 'true'\n    \
             nginx.ingress.kubernetes.io/cors-allow-origin: {origin}\nspec:\n  rules:\n  - host: {name}.example.com\n    \
             http:\n      paths:\n      - path: /\n        pathType: Prefix\n---\n",
        )
    };
    let text = ingress("a", "https://one.example.com") + &ingress("b", "https://two.example.com");
    let both = program(Format::IngressNginx, &text);
    let origins = both.borders().origins;
    let second = origins.iter().map(|border| border.span.start).max().unwrap();
    assert!(second > text.find("name: b").unwrap(), "{second}");
    assert!(origins.iter().any(|border| border.span.start < text.find("---").unwrap()));
}

#[test]
fn what_a_template_does_not_say_is_named() {
    let text = "resource \"aws_s3_bucket_cors_configuration\" \"b\" {\n  cors_rule {\n    allowed_methods = [\"GET\"]\n    allowed_origins = var.origins\n  }\n}\n";
    assert_eq!(refused(Format::Terraform, text), ("var.origins".to_owned(), Why::Elsewhere));
    let text = "resource \"aws_s3_bucket\" \"b\" {\n  dynamic \"cors_rule\" {\n    for_each = var.rules\n    content {\n      allowed_methods = [\"GET\"]\n    }\n  }\n}\n";
    assert_eq!(refused(Format::Terraform, text).0, "var.rules");
    let text = "resource \"x_thing\" \"b\" {\n  cors {\n    hosts = \"a\"\n  }\n}\n";
    assert_eq!(refused(Format::Terraform, text), ("cors".to_owned(), Why::NotModelled));
    let text = "Resources:\n  B:\n    Type: AWS::Lambda::Url\n    Properties:\n      Cors:\n        AllowOrigins: [!Ref Origin]\n";
    assert_eq!(refused(Format::CloudFormation, text), ("Origin".to_owned(), Why::Elsewhere));
    let text = "provider:\n  httpApi:\n    cors:\n      allowedOrigins: ['${self:custom.origin}']\nfunctions: {}\n";
    assert_eq!(refused(Format::Serverless, text).1, Why::Elsewhere);
    let text = "spring:\n  cloud:\n    gateway:\n      globalcors:\n        corsConfigurations:\n          '[/**]':\n            allowedOrigins: ${ORIGINS}\n";
    assert_eq!(refused(Format::Spring, text), ("${ORIGINS}".to_owned(), Why::Elsewhere));
}

#[test]
fn http_apis_and_function_urls_say_what_is_configured() {
    let terraform = r#"
resource "aws_apigatewayv2_api" "api" {
  cors_configuration {
    allow_origins     = ["https://app.example.com", "http://*"]
    allow_methods     = ["GET", "PUT"]
    allow_headers     = ["content-type"]
    allow_credentials = true
    max_age           = 300
  }
}
"#;
    let openapi = "\
openapi: 3.0.1
x-amazon-apigateway-cors:
  allowOrigins: ['https://app.example.com', 'http://*']
  allowMethods: [GET, PUT]
  allowHeaders: [content-type]
  allowCredentials: true
  maxAge: 300
";
    let serverless = "\
provider:
  name: aws
  httpApi:
    cors:
      allowedOrigins: ['https://app.example.com', 'http://*']
      allowedMethods: [GET, PUT]
      allowedHeaders: [content-type]
      allowCredentials: true
      maxAge: 300
functions: {}
";
    for (format, text) in [
        (Format::Terraform, terraform),
        (Format::ApiGateway, openapi),
        (Format::Serverless, serverless),
    ] {
        let api = program(format, text);
        let answered = preflight(api.as_ref(), "/items", APP, "content-type");
        assert_eq!(answered.status, 204, "{format}");
        assert_eq!(allowed(&answered), Some(APP));
        assert_eq!(line(&answered, "access-control-allow-methods"), Some("GET,PUT"));
        assert_eq!(line(&answered, "access-control-max-age"), Some("300"));
        assert_eq!(allowed(&get(api.as_ref(), "http://any.test")), Some("http://any.test"));
        assert_eq!(allowed(&get(api.as_ref(), EVIL)), None);
        let asked = Asked { method: "GET", path: "/", host: "x", headers: &[] };
        assert!(api.answer(&asked, &Own).cors.is_empty(), "what comes from behind is ignored");
    }
    let url =
        "functions:\n  a:\n    handler: a.b\n    url:\n      cors: true\nprovider:\n  name: aws\n";
    assert_eq!(allowed(&get(program(Format::Serverless, url).as_ref(), EVIL)), Some("*"));
}

#[test]
fn rest_apis_answer_options_with_fixed_headers_and_nothing_else() {
    let sam = "\
Globals:
  Api:
    Cors:
      AllowOrigin: \"'https://app.example.com'\"
      AllowHeaders: \"'authorization'\"
Resources:
  One:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Put: {Type: Api, Properties: {Path: '/items/{id}', Method: put}}
        Get: {Type: Api, Properties: {Path: '/items/{id}', Method: get}}
";
    let api = program(Format::CloudFormation, sam);
    let answered = preflight(api.as_ref(), "/items/1", EVIL, "");
    assert_eq!((answered.status, allowed(&answered)), (200, Some(APP)));
    assert_eq!(line(&answered, "access-control-allow-methods"), Some("GET,OPTIONS,PUT"));
    assert_eq!(allowed(&get(api.as_ref(), APP)), None);

    let terraform = r#"
resource "aws_api_gateway_resource" "items" {
  parent_id = aws_api_gateway_rest_api.api.root_resource_id
  path_part = "items"
}
resource "aws_api_gateway_method" "options" {
  http_method = "OPTIONS"
  resource_id = aws_api_gateway_resource.items.id
}
resource "aws_api_gateway_integration_response" "options" {
  resource_id = aws_api_gateway_resource.items.id
  http_method = aws_api_gateway_method.options.http_method
  status_code = "200"
  response_parameters = {
    "method.response.header.Access-Control-Allow-Origin"  = "'*'"
    "method.response.header.Access-Control-Allow-Methods" = "'PUT'"
  }
}
"#;
    let api = program(Format::Terraform, terraform);
    assert_eq!(allowed(&preflight(api.as_ref(), "/items", APP, "")), Some("*"));
    assert_eq!(allowed(&preflight(api.as_ref(), "/other", APP, "")), None);
    let computed = terraform.replace("\"'*'\"", "\"integration.response.header.Origin\"");
    assert_eq!(refused(Format::Terraform, &computed).1, Why::Computed);

    let serverless = "\
provider: {name: aws}
functions:
  a:
    events:
      - http:
          path: items
          method: put
          cors:
            origins: ['https://app.example.com', 'https://*.test']
";
    let api = program(Format::Serverless, serverless);
    let sent =
        |origin: &str| allowed(&preflight(api.as_ref(), "/items", origin, "")).map(str::to_owned);
    assert_eq!(sent("https://a.b.test").as_deref(), Some("https://a.b.test"));
    assert_eq!(sent(EVIL).as_deref(), Some(APP), "the first is fixed");
}

#[test]
fn cloudfront_overrides_or_stands_back() {
    let text = r#"{
  "Name": "cors",
  "CorsConfig": {
    "AccessControlAllowOrigins": { "Quantity": 1, "Items": ["https://app.example.com"] },
    "AccessControlAllowMethods": { "Quantity": 1, "Items": ["ALL"] },
    "AccessControlAllowHeaders": { "Quantity": 1, "Items": ["x-a"] },
    "AccessControlAllowCredentials": true,
    "OriginOverride": true
  }
}"#;
    let ask = |text: &str, origin: &str| {
        let headers = [("Origin".to_owned(), origin.to_owned())];
        let asked = Asked { method: "GET", path: "/", host: "x", headers: &headers };
        let answered = program(Format::CloudFront, text).answer(&asked, &Own);
        answered.lines("access-control-allow-origin").map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(ask(text, APP), [APP]);
    assert_eq!(ask(text, EVIL), ["own"]);
    let steps_back = text.replace("\"OriginOverride\": true", "\"OriginOverride\": false");
    assert_eq!(ask(&steps_back, APP), ["own"]);
    let starred = text.replace("https://app", "https://*");
    assert_eq!(refused(Format::CloudFront, &starred).0, "\"https://*.example.com\"");
}

#[test]
fn google_exposes_what_may_be_sent() {
    let text = r#"[{"origin": ["https://app.example.com", "https://*.test"], "method": ["GET", "PUT"], "responseHeader": ["X-A"], "maxAgeSeconds": 60}]"#;
    let bucket = program(Format::Gcs, text);
    let answered = get(bucket.as_ref(), APP);
    assert_eq!(line(&answered, "access-control-expose-headers"), Some("X-A"));
    assert_eq!(allowed(&preflight(bucket.as_ref(), "/x", APP, "x-a")), Some(APP));
    assert_eq!(allowed(&preflight(bucket.as_ref(), "/x", APP, "x-b")), None);
    assert_eq!(allowed(&get(bucket.as_ref(), "https://a.test")), None, "a star within is no star");
}

#[test]
fn cloudflare_r2_in_its_own_words() {
    let text = r#"{"rules": [{"allowed": {"origins": ["https://app.example.com"], "methods": ["GET"], "headers": ["x-a"]}, "exposeHeaders": ["ETag"], "maxAgeSeconds": 60}]}"#;
    let answered = get(program(Format::R2, text).as_ref(), APP);
    assert_eq!(allowed(&answered), Some(APP));
    assert_eq!(line(&answered, "access-control-expose-headers"), Some("ETag"));
}

#[test]
fn rack_cors_asks_blocks_in_their_order() {
    let text = "\
# config/initializers/cors.rb
HOSTS = %w[app.example.com].freeze
Rails.application.config.middleware.insert_before 0, Rack::Cors do
  allow do
    origins HOSTS, /\\Ahttps:\\/\\/.*\\.test\\z/, 'null'
    resource '/api/*', headers: %w[X-A], methods: [:get, :put], credentials: true, expose: ['etag'], max_age: 60
  end
  allow do |all|
    all.origins '*'
    all.resource('/public/*', headers: :any, methods: :any)
  end
end
";
    let rack = program(Format::RackCors, text);
    let at = |path: &str, origin: &str| ask(rack.as_ref(), "GET", path, &[("Origin", origin)]);
    for origin in ["http://app.example.com", "https://app.example.com", "https://x.test"] {
        assert_eq!(allowed(&at("/api/x", origin)), Some(origin));
    }
    for origin in [EVIL, "null", "https://app.example.com.evil.example"] {
        assert_eq!(allowed(&at("/api/x", origin)), None, "{origin}");
    }
    assert_eq!(allowed(&at("/public/x", EVIL)), Some("*"));
    assert_eq!(at("/api/x", EVIL).vary, ["Origin"]);
    assert_eq!(allowed(&preflight(rack.as_ref(), "/api/x", APP, "x-a, content-type")), Some(APP));
    let refused = preflight(rack.as_ref(), "/api/x", APP, "x-b");
    assert_eq!((refused.status, allowed(&refused)), (200, None));
}

#[test]
fn rack_cors_that_is_computed_is_named() {
    let around = |origins: &str, more: &str| {
        format!(
            "use Rack::Cors do\n  allow do\n    origins {origins}\n    resource '*'{more}\n  end\nend\n"
        )
    };
    let refused = |origins: &str, more: &str| refused(Format::RackCors, &around(origins, more));
    assert_eq!(refused("ENV.fetch('ORIGINS')", "").1, Why::Elsewhere);
    assert_eq!(refused("\"https://#{host}\"", "").1, Why::Computed);
    assert_eq!(refused("'*'", ", max_age: 1.hour").1, Why::Computed);
    assert_eq!(refused("'*'", " if Rails.env.production?").1, Why::NotModelled);
    assert_eq!(refused("'*'", ", if: proc { true }").1, Why::Computed);
}

#[test]
fn spring_gateways_patterns_cross_dots_and_star_with_credentials_fails() {
    let text = "\
spring:
  cloud:
    gateway:
      globalcors:
        cors-configurations:
          '[/api/**]':
            allowed-origin-patterns: ['https://*.example.com:[443,8443]', 'https://*.test']
            allowed-methods: 'GET,PUT'
            allowed-headers: '*'
            allow-credentials: true
          '[/open/**]':
            allowedOrigins: '*'
            allowCredentials: true
";
    let spring = program(Format::Spring, text);
    let at = |path: &str, origin: &str| ask(spring.as_ref(), "GET", path, &[("Origin", origin)]);
    for origin in ["https://a.example.com:8443", "https://a.b.test"] {
        assert_eq!(allowed(&at("/api/x", origin)), Some(origin));
    }
    assert_eq!(at("/api/x", "https://a.example.com").status, 403, "the port is named");
    assert_eq!(at("/open/x", APP).status, 500);
    assert_eq!(preflight(spring.as_ref(), "/other", APP, "").status, 403);
    let answered = preflight(spring.as_ref(), "/api/x", "https://a.test", "x-a,x-b");
    assert_eq!(line(&answered, "access-control-allow-methods"), Some("GET,PUT"));
    assert_eq!(line(&answered, "access-control-allow-headers"), Some("x-a, x-b"));
    assert_eq!(answered.vary.len(), 3);
}

#[test]
fn spring_gateways_double_what_comes_from_behind_unless_a_filter_takes_one() {
    let text = "\
spring:
  cloud:
    gateway:
      globalcors:
        corsConfigurations:
          '[/**]': {allowedOrigins: 'https://app.example.com'}
";
    let own = |text: &str| {
        let headers = [("Origin".to_owned(), APP.to_owned())];
        let asked = Asked { method: "GET", path: "/", host: "api.example.com", headers: &headers };
        let answered = program(Format::Spring, text).answer(&asked, &Own);
        answered.lines("access-control-allow-origin").map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(own(text), [APP, "own"]);
    let filtered = format!(
        "{text}      default-filters: ['DedupeResponseHeader=Access-Control-Allow-Origin']\n"
    );
    assert_eq!(own(&filtered), [APP]);
    let profile = text
        .replace("https://app.example.com", "*")
        .replace("spring:\n", "spring:\n  profiles: docker\n");
    let both = program(Format::Spring, &format!("{text}---\n{profile}"));
    assert_eq!(both.borders().hosts.len(), 2, "each profile is a program of its own");
}

#[test]
fn pieces_of_larger_files_are_read() {
    let filters = "    filters:\n    - type: CORS\n      cors:\n        allowOrigins: ['https://app.example.com']\n";
    assert_eq!(allowed(&get(program(Format::GatewayApi, filters).as_ref(), APP)), Some(APP));
    let service = "spec:\n  http:\n  - corsPolicy:\n      allowOrigins: [{exact: 'https://app.example.com'}]\n    route: [{destination: {host: a}}]\n";
    assert_eq!(allowed(&get(program(Format::Istio, service).as_ref(), APP)), Some(APP));
    let template = "          KeyType: HASH\n\n  Api:\n    Type: AWS::Serverless::HttpApi\n    Properties:\n      CorsConfiguration: {AllowOrigins: ['https://app.example.com']}\n";
    assert_eq!(allowed(&get(program(Format::CloudFormation, template).as_ref(), APP)), Some(APP));
    let rules = "    }\n  }\n  cors_rule = [\n    {\n      allowed_methods = [\"GET\"]\n      allowed_origins = [\"https://app.example.com\"]\n    }\n  ]\n  other = [\n";
    assert_eq!(allowed(&get(program(Format::Terraform, rules).as_ref(), APP)), Some(APP));
}

#[test]
fn a_file_that_nginx_includes_is_read_by_its_name_only() {
    let text = "add_header Access-Control-Allow-Origin https://app.example.com always;\nif ($request_method = OPTIONS) {\n  add_header A b;\n  return 204;\n}\n";
    let circumstances = Circumstances::default();
    let source = |name| Source { text, name, circumstances: &circumstances };
    let named = read(Format::Nginx, &source(Some("cors.conf")));
    let named = named.unwrap_or_else(|why| panic!("{why:?}"));
    assert_eq!(allowed(&get(named.as_ref(), EVIL)), Some(APP));
    assert!(matches!(read(Format::Nginx, &source(None)), Err(NotRead::Rejected(_))));
}

#[test]
fn hosts_of_files() {
    let netlify = "[[headers]]\n  for = \"/api/*\"\n  [headers.values]\n    Access-Control-Allow-Origin = \"https://app.example.com\"\n    Access-Control-Allow-Methods = [\"GET\", \"PUT\"]\n[[headers]]\n  for = \"/api/open\"\n  [headers.values]\n    Access-Control-Allow-Origin = \"*\"\n";
    let site = program(Format::Netlify, netlify);
    let at = |path: &str| allowed(&ask(site.as_ref(), "GET", path, &[])).map(str::to_owned);
    assert_eq!(at("/api/x").as_deref(), Some(APP));
    assert_eq!(at("/API/open/").as_deref(), Some("*"), "the later rule stands");
    assert_eq!(at("/"), None);

    let vercel = r#"{"headers": [{"source": "/api/(.*)", "has": [{"type": "header", "key": "origin", "value": "https://(app|admin)\\.example\\.com"}], "headers": [{"key": "Access-Control-Allow-Origin", "value": "https://app.example.com"}]}]}"#;
    let site = program(Format::Vercel, vercel);
    let at = |origin: &str| {
        allowed(&ask(site.as_ref(), "GET", "/api/x", &[("Origin", origin)])).map(str::to_owned)
    };
    assert_eq!(at(APP).as_deref(), Some(APP));
    assert_eq!(at(EVIL), None);
    let filled = vercel
        .replace("/api/(.*)", "/:who/x")
        .replace("\"value\": \"https://app.example.com\"", "\"value\": \"https://:who\"");
    assert_eq!(refused(Format::Vercel, &filled).1, Why::NotModelled);
    let routes = r#"{"routes": [{"src": "/api/.*", "methods": ["OPTIONS"], "status": 204, "headers": {"Access-Control-Allow-Origin": "*"}}, {"src": "/(.*)", "dest": "/index.js", "headers": {"Access-Control-Allow-Origin": "https://app.example.com"}}]}"#;
    let site = program(Format::Vercel, routes);
    assert_eq!(preflight(site.as_ref(), "/api/x", EVIL, "").status, 204);
    assert_eq!(allowed(&get(site.as_ref(), EVIL)), Some(APP));
}

#[test]
fn agentgateway_reflects_whoever_a_star_admits() {
    let text = "\
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayPolicy
spec:
  traffic:
    cors:
      allowOrigins: ['https://*.example.com', 'http://localhost:3000']
      allowMethods: ['*']
      maxAge: 1m
";
    let gateway = program(Format::Agentgateway, text);
    for origin in ["https://a.b.example.com", "http://localhost:3000"] {
        assert_eq!(allowed(&get(gateway.as_ref(), origin)), Some(origin));
    }
    for origin in ["https://a.example.com:8443", "http://localhost", "null"] {
        assert_eq!(allowed(&get(gateway.as_ref(), origin)), None, "{origin}");
    }
    let answered = preflight(gateway.as_ref(), "/", "https://a.example.com", "");
    assert_eq!(line(&answered, "access-control-allow-methods"), Some("PUT"));
    assert_eq!(line(&answered, "access-control-max-age"), Some("60"));
    let star = text
        .replace("'https://*.example.com', 'http://localhost:3000'", "'*'")
        .replace("maxAge: 1m", "allowCredentials: true");
    assert_eq!(allowed(&get(program(Format::Agentgateway, &star).as_ref(), "null")), Some("null"));
}

#[test]
fn many_resources_are_programs_of_their_own() {
    let text = "\
Resources:
  Open:
    Type: AWS::Lambda::Url
    Properties: {Cors: {AllowOrigins: ['*']}}
  Closed:
    Type: AWS::Lambda::Url
    Properties: {Cors: {AllowOrigins: ['https://app.example.com']}}
";
    let both = program(Format::CloudFormation, text);
    let hosts: Vec<String> = both.borders().hosts.into_iter().collect();
    assert_eq!(hosts, ["closed", "open"]);
    let headers = [("Origin".to_owned(), EVIL.to_owned())];
    let at = |host: &str| {
        let asked = Asked { method: "GET", path: "/", host, headers: &headers };
        allowed(&both.answer(&asked, &Plain)).map(str::to_owned)
    };
    assert_eq!((at("open").as_deref(), at("closed")), (Some("*"), None));
}

const FORMATS: &[Format] = &[
    Format::Kong,
    Format::Agentgateway,
    Format::CloudFormation,
    Format::Terraform,
    Format::Serverless,
    Format::ApiGateway,
    Format::CloudFront,
    Format::Gcs,
    Format::R2,
    Format::RackCors,
    Format::Vercel,
    Format::Netlify,
    Format::Spring,
];

/// One text for each format, with most of what it knows.
const SEEDS: &[&str] = &[
    "_format_version: '3.0'\nplugins:\n- name: cors\n  config: {origins: ['*', 'a.b', '^https?://c$'], max_age: 5, credentials: true}\nroutes:\n- {name: r, paths: [/a, '~/b$'], hosts: ['*.c'], methods: [GET]}\n",
    "binds:\n- listeners:\n  - routes:\n    - policies: {cors: {allowOrigins: ['https://*.a:8'], allowHeaders: ['*'], exposeHeaders: [b]}}\n      matches: [{path: {exact: /a}}]\n",
    "Resources:\n  A: {Type: 'AWS::S3::Bucket', Properties: {CorsConfiguration: {CorsRules: [{AllowedOrigins: ['https://*.a'], AllowedMethods: [GET]}]}}}\n  B: {Type: 'AWS::Serverless::Api', Properties: {Cors: \"'*'\", DefinitionBody: {paths: {/a: {get: {}}}}}}\n",
    "resource \"a\" \"b\" {\n  cors_rule {\n    allowed_origins = [\"https://a\", \"${local.c}\"]\n    allowed_methods = concat([\"GET\"], [\"PUT\"])\n  }\n}\nlocals {\n  c = \"https://d\"\n}\n",
    "provider:\n  httpApi: {cors: true}\nfunctions:\n  a:\n    url: {cors: {allowedOrigins: [a]}}\n    events: [{http: {path: a, method: get, cors: {origins: ['https://*.b', c]}}}]\n",
    "x-amazon-apigateway-cors: {allowOrigins: ['https://*', a], allowMethods: ['*'], maxAge: 3}\npaths: {/a: {options: {x-amazon-apigateway-integration: {responses: {default: {responseParameters: {method.response.header.Access-Control-Allow-Origin: \"'*'\"}}}}}}}\n",
    "{\"CorsConfig\": {\"AccessControlAllowOrigins\": {\"Items\": [\"*\"]}, \"AccessControlAllowMethods\": {\"Items\": [\"ALL\"]}, \"AccessControlAllowCredentials\": false, \"OriginOverride\": true}}",
    "[{\"origin\": [\"*\"], \"method\": [\"GET\"], \"responseHeader\": [\"a\"], \"maxAgeSeconds\": 1}]",
    "{\"rules\": [{\"allowed\": {\"origins\": [\"https://*.a\"], \"methods\": [\"GET\"]}}]}",
    "X = %w[a b]\nuse Rack::Cors, debug: true do\n  allow do |c|\n    c.origins X, /a.*\\.b/i, \"c\", *['d']\n    c.resource '/a/:b/*', :headers => :any, methods: %i[get put], credentials: true\n  end\nend\n",
    "{\"headers\": [{\"source\": \"/:a(b|c)/d\", \"missing\": [{\"type\": \"host\", \"value\": \"a.*\"}], \"headers\": [{\"key\": \"Access-Control-Allow-Origin\", \"value\": \"*\"}]}], \"routes\": [{\"src\": \"/a\", \"continue\": true}]}",
    "/a/*/:b\n  Access-Control-Allow-Origin: *\n  Vary: a ,b\n/c*d\n  A: b\n",
    "spring.cloud.gateway:\n  globalcors: {cors-configurations: {'[/a/**]': {allowedOriginPatterns: 'https://*.a:[*]', maxAge: 3}}}\n  routes:\n  - predicates: ['Path=/b/*']\n    metadata: {cors: {allowedOrigins: a}}\n",
];

fn try_text(text: &str) {
    let circumstances = Circumstances::default();
    for format in FORMATS {
        let source = Source { text, name: None, circumstances: &circumstances };
        let Ok(program) = read(*format, &source) else { continue };
        let borders = program.borders();
        let host = borders.hosts.first().map_or("a.b:80", String::as_str);
        let headers = [
            ("Origin".to_owned(), "https://a.b".to_owned()),
            ("Access-Control-Request-Method".to_owned(), "PUT".to_owned()),
        ];
        for (method, path) in [("GET", "/a/x?y=1"), ("OPTIONS", "/%zz/../a"), ("PUT", "")] {
            let asked = Asked { method, path, host, headers: &headers };
            let _ = program.answer(&asked, &Own);
        }
    }
}

#[test]
fn every_seed_is_read_by_its_format() {
    let circumstances = Circumstances::default();
    for (format, seed) in FORMATS.iter().zip(SEEDS) {
        let source = Source { text: seed, name: None, circumstances: &circumstances };
        if let Err(why) = read(*format, &source) {
            panic!("{format}: {seed}\n{why:?}");
        }
        try_text(seed);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn seeds_with_pieces_changed(
        seed in 0..SEEDS.len(),
        cut in any::<prop::sample::Index>(),
        length in 0_usize..30,
        piece in "\\PC{0,12}|[\\{\\}\\[\\]\"'\\\\;#()$%@<>:\\n é]{0,6}",
    ) {
        let chars: Vec<char> = SEEDS[seed].chars().collect();
        let start = cut.index(chars.len());
        let end = (start + length).min(chars.len());
        let text: String =
            chars[..start].iter().copied().chain(piece.chars()).chain(chars[end..].iter().copied()).collect();
        try_text(&text);
    }
}
