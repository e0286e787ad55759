//! Readers of proxies take any text: they read it, or say why not, and what they read answers any request.

use corsage_convert::{
    Asked, Behind, BehindAnswer, BehindResponse, Circumstances, Format, Placement, Source, read,
};
use proptest::prelude::*;

const FORMATS: &[Format] = &[
    Format::Nginx,
    Format::IngressNginx,
    Format::Apache,
    Format::Haproxy,
    Format::Caddy,
    Format::Lighttpd,
    Format::Varnish,
    Format::Envoy,
    Format::EnvoyGateway,
    Format::GatewayApi,
    Format::Istio,
    Format::Traefik,
];

/// One text for each format, with most of what it knows.
const SEEDS: &[&str] = &[
    "map $http_origin $o { hostnames; default \"\"; *.example.com $http_origin; ~^(?<x>a)(b)$ $x$2; }\nserver { listen 80; error_page 404 =200 @e; location ~ ^/(a|b) { if ($o ~* \"^https://\") { add_header A $o always; return 204; } limit_except GET { deny all; } proxy_pass http://b/c; } location @e { return 200 x; } }",
    "<VirtualHost *:80>\nSetEnvIf Origin \"^https://(a)\\.b$\" O=$1\nHeader always set Access-Control-Allow-Origin \"%{O}e\" env=O\n<If \"%{HTTP:Origin} =~ m#a#i && -n req('X')\">\nHeader edit Vary \"(.)\" \"$1\"\n</If>\n<Else>\nHeader add A \"expr=%{tolower:a}\"\n</Else>\nRewriteEngine On\nRewriteCond %{HTTP:Origin} !^$ [NC,OR]\nRewriteRule ^(.*)$ - [E=A:%1$1,R=204,L]\nProxyPass / http://x/\n</VirtualHost>\n",
    "frontend f\n bind :80\n acl a req.hdr(Origin) -i -m reg ^https?://\n http-request set-var(txn.o) req.hdr(Origin),lower if a\n http-request return status 204 hdr A \"%[var(txn.o)]\" if METH_OPTIONS !a || { path_beg /x }\n http-response replace-header Vary (.*) \"\\1,a\" if { status ge 400 }\n default_backend b\nbackend b\n server s x:1\n",
    "(c) {\n\t@o header Origin {args[0]}\n\theader @o {\n\t\t>A {header.Origin}\n\t\t?B c\n\t\tdefer\n\t}\n}\n:80 {\n\timport c https://a.b\n\t@e expression header({'Origin': 'x*'}) && !method('PUT')\n\tmap {header.Origin} {o} {\n\t\t~a(.) b\n\t\tdefault {o}\n\t}\n\theader X {o}\n\thandle /a/* {\n\t\trespond @e \"x\" 204\n\t}\n\treverse_proxy x:1\n}\n",
    "server.modules = ( \"mod_setenv\", \"mod_proxy\" )\n$REQUEST_HEADER[\"Origin\"] =~ \"^a(b)$\" { setenv.add-response-header = ( \"A\" => \"%0\" ) } else { setenv.set-response-header = ( \"Vary\" => \"\" ) }\nproxy.server = ( \"\" => ( ( \"host\" => \"x\" ) ) )\n",
    "vcl 4.1;\nbackend b { .host = \"x\"; }\nsub s { call s; }\nsub vcl_recv { if (req.method == \"OPTIONS\" && !(req.http.A ~ \"x\")) { return (synth(204, \"a\")); } call s; }\nsub vcl_deliver { set resp.http.A = regsuball(req.http.Origin, \"(a)\", \"\\1\") + std.tolower(\"B\"); unset resp.http.Vary; }\n",
    "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  annotations:\n    nginx.ingress.kubernetes.io/enable-cors: 'true'\n    nginx.ingress.kubernetes.io/cors-allow-origin: https://*.a.b, null\nspec:\n  rules:\n  - host: a.b\n    http:\n      paths:\n      - path: /x\n        pathType: Prefix\n",
    "kind: VirtualService\nspec:\n  hosts: [a.b]\n  http:\n  - match: [{uri: {prefix: /a}, method: {exact: GET}}]\n    corsPolicy: {allowOrigins: [{regex: 'a.*'}], allowMethods: [GET], maxAge: 1m30s}\n    route: [{destination: {host: x}}]\n",
    "kind: HTTPRoute\nspec:\n  rules:\n  - matches: [{path: {value: /a}, method: GET}]\n    filters: [{type: CORS, cors: {allowOrigins: ['https://*.a.b'], maxAge: 5}}]\n    backendRefs: [{name: x}]\n",
    "kind: SecurityPolicy\nspec:\n  cors: {allowOrigins: ['*'], allowMethods: ['*'], maxAge: 10m}\n",
    "virtual_hosts:\n- domains: ['*']\n  routes:\n  - match: {prefix: /}\n    route: {cluster: x}\n    response_headers_to_add: [{header: {key: vary, value: '%REQ(origin)%'}}]\n    typed_per_filter_config:\n      envoy.filters.http.cors: {'@type': x.CorsPolicy, allow_origin_string_match: [{suffix: a, ignore_case: true}]}\n",
    "http:\n  routers: {r: {rule: 'PathPrefix(`/`) && !Method(`PUT`)', middlewares: [c]}}\n  middlewares: {c: {headers: {accessControlAllowOriginListRegex: ['a.*'], addVaryHeader: true}}}\n",
];

struct Upstream;

impl Behind for Upstream {
    fn answer(&self, _: &Asked<'_>) -> BehindAnswer {
        BehindAnswer::Responds(BehindResponse {
            status: 200,
            cors: vec![("Access-Control-Allow-Origin".to_owned(), "own".to_owned())],
            vary: vec!["Accept".to_owned()],
            ..BehindResponse::default()
        })
    }
}

fn try_text(text: &str) {
    for format in FORMATS {
        for placement in [Placement::Main, Placement::Directory] {
            let circumstances = Circumstances { placement, ..Circumstances::default() };
            let source = Source { text, name: None, circumstances: &circumstances };
            let Ok(program) = read(*format, &source) else { continue };
            let _ = program.borders();
            let headers = [("Origin".to_owned(), "https://a.b".to_owned())];
            for (method, path) in [("GET", "/a/x?y=1"), ("OPTIONS", "/%zz/../x"), ("PUT", "")] {
                let asked = Asked { method, path, host: "a.b:80", headers: &headers };
                let _ = program.answer(&asked, &Upstream);
            }
        }
    }
}

#[test]
fn every_seed_is_read_by_some_format() {
    let circumstances = Circumstances::default();
    for seed in SEEDS {
        let source = Source { text: seed, name: None, circumstances: &circumstances };
        assert!(FORMATS.iter().any(|format| read(*format, &source).is_ok()), "{seed}");
        try_text(seed);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn seeds_with_pieces_changed(
        seed in 0..SEEDS.len(),
        cut in any::<prop::sample::Index>(),
        length in 0_usize..40,
        piece in "\\PC{0,12}|[\\{\\}\"'\\\\;#()$%@<>\\n é]{0,6}",
    ) {
        let chars: Vec<char> = SEEDS[seed].chars().collect();
        let start = cut.index(chars.len());
        let end = (start + length).min(chars.len());
        let text: String =
            chars[..start].iter().copied().chain(piece.chars()).chain(chars[end..].iter().copied()).collect();
        try_text(&text);
    }
}

/// What stands in headers that browsers do not ask CORS about need not be understood, unless it decides about one that they
/// do; and what nginx serves besides HTTP has no part in it.
#[test]
fn what_has_no_part_in_cors_hinders_no_reading_of_nginx() {
    let server = |more: &str| {
        format!(
            "events {{}}\nrtmp {{ server {{ listen 1935; }} }}\nmail {{ server {{ listen 25; }} }}\nhttp {{\n{more}\nserver {{\n    location / {{\n        \
             add_header X-Served-By $upstream_addr always;\n        \
             add_header Access-Control-Allow-Origin https://app.example.com always;\n        \
             proxy_pass http://127.0.0.1:3000;\n    }}\n}}\n}}\n"
        )
    };
    let circumstances = Circumstances::default();
    let read = |text: &str| {
        read(Format::Nginx, &Source { text, name: None, circumstances: &circumstances }).is_ok()
    };
    assert!(read(&server("")));
    assert!(!read(&server("map $sent_http_x_served_by $seen { default 1; }")));
    assert!(!read(&server("").replace("X-Served-By", "Access-Control-Expose-Headers")));
}
