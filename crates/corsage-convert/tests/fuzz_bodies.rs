//! The body of the fuzz target in `fuzz/`, on damaged files of every format.

#[path = "../../../fuzz/bodies/foreign.rs"]
mod foreign;

use std::sync::LazyLock;

use corsage_convert::{Circumstances, Format, Source, convert, read, write};
use proptest::prelude::*;

const POLICY: &str = "[[policy]]\nallow_origins = [\"https://app.example.com\", \"https://*.example.com\"]\n\
    allow_credentials = true\nallow_methods = [\"PUT\"]\nallow_headers = [\"content-type\"]\nmax_age = 60\n";

/// Files that no writer makes.
const MORE: &[(Format, &str)] = &[
    (
        Format::IngressNginx,
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  annotations:\n    \
         nginx.ingress.kubernetes.io/enable-cors: \"true\"\n    nginx.ingress.kubernetes.io/cors-allow-origin: \
         \"https://*.example.com, http://localhost:3000\"\nspec:\n  rules: [{ host: api.example.com, http: { paths: \
         [{ path: /, pathType: Prefix }] } }]\n",
    ),
    (
        Format::Nginx,
        "map $http_origin $o { default \"\"; \"~^https://(.+\\.)?example\\.com$\" $http_origin; }\nserver { listen 8080; \
         location / { if ($request_method = OPTIONS) { add_header Access-Control-Allow-Origin $o; return 204; } \
         add_header Access-Control-Allow-Origin $o always; proxy_pass http://127.0.0.1:9000; } }\n",
    ),
    (
        Format::Apache,
        "<VirtualHost *:8080>\nSetEnvIf Origin \"^(https://.*\\.example\\.com)$\" O=$1\nHeader always set \
         Access-Control-Allow-Origin %{O}e env=O\n<If \"%{HTTP:Origin} =~ m#evil#\">\nHeader unset Vary\n</If>\n\
         RewriteEngine On\nRewriteCond %{REQUEST_METHOD} OPTIONS\nRewriteRule ^(.*)$ $1 [R=204,L]\nProxyPass / \
         http://127.0.0.1:9000/\n</VirtualHost>\n",
    ),
    (
        Format::Lighttpd,
        "$HTTP[\"request-header.Origin\"] =~ \"^https://app\" {\n  setenv.add-response-header = ( \
         \"Access-Control-Allow-Origin\" => \"*\" )\n}\n",
    ),
    (
        Format::Varnish,
        "vcl 4.1;\nbackend default { .host = \"127.0.0.1\"; .port = \"9000\"; }\nsub vcl_deliver {\n  if (req.http.Origin \
         ~ \"example\\.com$\") { set resp.http.Access-Control-Allow-Origin = req.http.Origin; }\n}\n",
    ),
    (
        Format::Next,
        "module.exports = { async headers() { return [{ source: '/api/:path*', headers: [{ key: \
         'Access-Control-Allow-Origin', value: '*' }] }] } }\n",
    ),
    (Format::CloudflareHeaders, "/api/*\n  Access-Control-Allow-Origin: *\n  ! Vary\n"),
    (
        Format::Serve,
        "{ \"headers\": [{ \"source\": \"**/*.@(jpg|gif)\", \"headers\": [{ \"key\": \"Access-Control-Allow-Origin\", \
         \"value\": \"*\" }] }] }\n",
    ),
    (
        Format::Tomcat,
        "<web-app><filter><filter-name>c</filter-name><filter-class>org.apache.catalina.filters.CorsFilter</filter-class>\
         <init-param><param-name>cors.allowed.origins</param-name><param-value>https://app.example.com</param-value>\
         </init-param></filter><filter-mapping><filter-name>c</filter-name><url-pattern>/*</url-pattern></filter-mapping>\
         </web-app>\n",
    ),
];

/// Each a byte for the format and a file.
static SEEDS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(seeds);

fn seeds() -> Vec<Vec<u8>> {
    let circumstances = Circumstances::default();
    let source = Source { text: POLICY, name: None, circumstances: &circumstances };
    let Ok(program) = read(Format::Corsage, &source) else { panic!("{POLICY}") };
    let written = write::WRITTEN.iter().filter_map(|&format| {
        let conversion = convert(program.as_ref(), format, "fuzz", &circumstances)?;
        Some((format, conversion.written.text))
    });
    let more = MORE.iter().map(|(format, text)| (*format, (*text).to_owned()));
    written
        .chain(more)
        .filter_map(|(format, text)| {
            let index = Format::ALL.iter().position(|&other| other == format)?;
            let mut bytes = vec![u8::try_from(index).ok()?];
            bytes.extend_from_slice(text.as_bytes());
            Some(bytes)
        })
        .collect()
}

/// What `fuzz/corpus/foreign` begins with: `cargo test -p corsage-convert --test fuzz_bodies -- --ignored`.
#[test]
#[ignore = "it writes the fuzz target's corpus anew"]
fn corpus() -> std::io::Result<()> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/foreign");
    std::fs::create_dir_all(folder)?;
    for (index, seed) in SEEDS.iter().enumerate() {
        std::fs::write(format!("{folder}/seed-{index:02}"), seed)?;
    }
    Ok(())
}

#[test]
fn whole_files() {
    for seed in SEEDS.iter() {
        foreign::foreign(seed);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_files(seed: usize, format: u8, at: usize, length in 0usize..40, insert in "[\\x00-\\x7fé‘`^$\\\\\"'{}()\\[\\]]{0,12}") {
        let mut bytes = SEEDS[seed % SEEDS.len()].clone();
        let at = 1 + at % bytes.len();
        let end = (at + length).min(bytes.len());
        bytes.splice(at.min(end)..end, insert.bytes());
        foreign::foreign(&bytes);
        // Another format's reader meets it too.
        bytes[0] = format;
        foreign::foreign(&bytes);
    }
}
