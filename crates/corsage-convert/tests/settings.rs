//! Settings in Python, rules in XML and JSON: what is refused, and that no text is too much.

#![cfg(all(feature = "python", feature = "xml"))]

use corsage_convert::{
    Asked, Behind, BehindAnswer, BehindResponse, Circumstances, Format, NotRead, Source, Why, read,
};
use proptest::prelude::*;

struct Plain;

impl Behind for Plain {
    fn answer(&self, _: &Asked<'_>) -> BehindAnswer {
        BehindAnswer::Responds(BehindResponse::plain(200))
    }
}

const FORMATS: &[Format] = &[
    Format::Starlette,
    Format::Fastapi,
    Format::Flask,
    Format::Django,
    Format::Aiohttp,
    Format::Sanic,
    Format::Litestar,
    Format::Tomcat,
    Format::Jetty,
    Format::S3Json,
    Format::S3Xml,
    Format::Azure,
    Format::CloudflareHeaders,
    Format::Serve,
    Format::Spring,
];

fn allowed(format: Format, text: &str, origin: &str) -> Result<Option<String>, NotRead> {
    let circumstances = Circumstances::default();
    let program = read(format, &Source { text, name: None, circumstances: &circumstances })?;
    let headers = [("Origin".to_owned(), origin.to_owned())];
    let asked = Asked { method: "GET", path: "/items", host: "api.example.com", headers: &headers };
    let _ = program.borders();
    let answered = program.answer(&asked, &Plain);
    Ok(answered.lines("access-control-allow-origin").next().map(str::to_owned))
}

const APP: &str = "https://app.example.com";

#[test]
fn a_factory_that_nobody_calls_here_is_looked_into() {
    let text = "
from flask import Flask
from flask_cors import CORS

ORIGINS = [f'https://{name}.example.com' for name in ('app', 'admin')]

def create_app():
    app = Flask(__name__)
    CORS(app, resources={r'/*': {'origins': ORIGINS}}, supports_credentials=True)
    return app
";
    assert_eq!(allowed(Format::Flask, text, APP).unwrap().as_deref(), Some(APP));
    assert_eq!(allowed(Format::Flask, text, "https://evil.example").unwrap(), None);
}

#[test]
fn what_is_decided_elsewhere_is_refused_with_its_place() {
    let text = "app.add_middleware(CORSMiddleware, allow_origins=settings.ORIGINS)";
    let Err(NotRead::Refused(refused)) = allowed(Format::Fastapi, text, APP) else {
        panic!("a value of another module was guessed");
    };
    assert_eq!(&text[refused[0].span.clone()], "settings.ORIGINS");
    assert_eq!(refused[0].why, Why::Elsewhere);

    let text = "if DEBUG:\n    CORS_ALLOW_ALL_ORIGINS = True\n";
    let Err(NotRead::Refused(_)) = allowed(Format::Django, text, APP) else {
        panic!("a condition was guessed");
    };
}

#[test]
fn a_store_refuses_what_it_does_not_take() {
    let text = r#"[{"AllowedOrigins": ["*"], "AllowedMethods": ["PATCH"]}]"#;
    assert!(matches!(allowed(Format::S3Json, text, APP), Err(NotRead::Rejected(_))));
}

#[test]
fn texts_that_are_made_to_exhaust_are_bounded() {
    for text in [
        "[".repeat(150_000),
        "-".repeat(150_000),
        "<a>".repeat(50_000),
        "x = []\nfor c in '".to_owned() + &"a".repeat(50_000) + "':\n    x = [x, x]\n",
        "def f():\n    return f()\nf()\n".to_owned(),
        "CORS_ALLOWED_ORIGIN_REGEXES = [r'(a+)+$']".to_owned(),
    ] {
        for &format in FORMATS {
            let _ = allowed(format, &text, "https://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!");
        }
    }
}

proptest! {
    #[test]
    fn no_text_is_too_much(text in "[-a-zA-Z(){}\\[\\]'\"=<>/.,:;!?*^$ \n]{0,80}") {
        for &format in FORMATS {
            let _ = allowed(format, &text, APP);
        }
    }

    #[test]
    fn no_option_is_too_much(
        name in "origins|allow_origins|allow_methods|allow_headers|max_age|expose_headers|allow_origin_regex",
        value in "None|True|0|-1|'\\*'|''|\\[\\]|\\['\\*'\\]|\\[\\[\\]\\]|\\{\\}|\\('x',\\)|'\\('|re.compile\\('x'\\)",
    ) {
        for (format, text) in [
            (Format::Starlette, format!("app.add_middleware(CORSMiddleware, {name}={value})")),
            (Format::Flask, format!("CORS(app, {name}={value})")),
            (Format::Litestar, format!("CORSConfig({name}={value})")),
            (Format::Sanic, format!("app.config.CORS_{} = {value}", name.to_uppercase())),
            (Format::Django, format!("CORS_{} = {value}", name.to_uppercase())),
        ] {
            let _ = allowed(format, &text, APP);
        }
    }
}

#[test]
fn a_spring_configuration_in_its_class() {
    let text = r#"
package com.example;
import org.springframework.web.cors.*;

@Configuration
public class Cors {
    private static final String APP = "https://app" + ".example.com";

    @Bean
    public CorsFilter corsFilter() {
        UrlBasedCorsConfigurationSource source = new UrlBasedCorsConfigurationSource();
        CorsConfiguration config = new CorsConfiguration();
        List<String> origins = new ArrayList<>();
        origins.add(APP); // and no other
        config.setAllowedOrigins(origins);
        config.setMaxAge(60 * 60L);
        source.registerCorsConfiguration("/items/**", config);
        return new CorsFilter(source);
    }
}
"#;
    assert_eq!(allowed(Format::Spring, text, APP).unwrap().as_deref(), Some(APP));
    assert_eq!(allowed(Format::Spring, text, "https://evil.example").unwrap(), None);
}

#[test]
fn what_spring_does_here_and_no_model_has_is_named() {
    for (text, place) in [
        ("config.setAllowedOrigins(list);", "list"),
        (
            "CorsConfiguration c = new CorsConfiguration();\nc.setAllowedOriginPatterns(List.of(\"*\"));",
            "c.setAllowedOriginPatterns(List.of(\"*\"))",
        ),
        ("if (x) { }", "if"),
        ("@CrossOrigin class X { }", "@CrossOrigin"),
        ("class X extends Y { }", "class X"),
        ("public void addCorsMappings(CorsRegistry registry) { }", "addCorsMappings("),
    ] {
        let Err(NotRead::Refused(refused)) = allowed(Format::Spring, text, APP) else {
            panic!("{text} is read")
        };
        assert_eq!(&text[refused[0].span.clone()], place);
    }
}

#[test]
fn the_last_rule_of_serve_wins() {
    let text = r#"{"headers": [
        {"source": "**", "headers": [{"key": "Access-Control-Allow-Origin", "value": "*"}]},
        {"source": "it*", "headers": [{"key": "Access-Control-Allow-Origin", "value": "https://app.example.com"}]}
    ]}"#;
    assert_eq!(allowed(Format::Serve, text, APP).unwrap().as_deref(), Some(APP));
    let grouped = text.replace("\"it*\"", "\"@(it|x)ems\"");
    assert_eq!(allowed(Format::Serve, &grouped, APP).unwrap().as_deref(), Some(APP));
    let text = text.replace("\"it*\"", "\"@(it|x\"");
    assert!(matches!(allowed(Format::Serve, &text, APP), Err(NotRead::Refused(_))));
}
