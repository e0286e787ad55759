//! Which format a text is in.

use corsage_convert::{Format, recognise};

#[track_caller]
fn is(text: &str, name: Option<&str>, format: Format) {
    assert_eq!(recognise(text, name).first(), Some(&format), "{text}");
}

#[test]
fn texts_are_recognised_by_what_they_say() {
    is("server {\n  add_header Access-Control-Allow-Origin *;\n}\n", None, Format::Nginx);
    is("<IfModule mod_headers.c>\nHeader set A b\n</IfModule>", None, Format::Apache);
    is(":8080 {\n\treverse_proxy 127.0.0.1:9000\n}\n", None, Format::Caddy);
    is("frontend f\n  bind :80\n", None, Format::Haproxy);
    is("kind: HTTPRoute\napiVersion: gateway.networking.k8s.io/v1\n", None, Format::GatewayApi);
    is("[[policy]]\nallow_origins = []\n", None, Format::Corsage);
    is("CORS_ALLOW_ALL_ORIGINS = True\n", None, Format::Django);
    is("CORS(app, origins='*')\n", None, Format::Flask);
    is("/*\n  Access-Control-Allow-Origin: *\n", None, Format::CloudflareHeaders);
    assert_eq!(recognise("to be or not to be", None), []);
}

#[test]
fn a_name_that_is_peculiar_decides() {
    is("", Some("etc/haproxy/haproxy.cfg"), Format::Haproxy);
    is("{}", Some("site/vercel.json"), Format::Vercel);
    is("app.use(cors())", Some("next.config.mjs"), Format::Next);
}
