//! Modules that configure a framework: what is read of them, and that no text is too much.

#![cfg(feature = "javascript")]

use corsage_convert::{
    Answered, Asked, Behind, BehindAnswer, BehindResponse, Circumstances, Format, NotRead, Source,
    Why, read,
};
use proptest::prelude::*;

struct Plain;

impl Behind for Plain {
    fn answer(&self, _: &Asked<'_>) -> BehindAnswer {
        BehindAnswer::Responds(BehindResponse::plain(200))
    }
}

fn get(format: Format, text: &str, origin: &str) -> Result<Answered, NotRead> {
    let circumstances = Circumstances::default();
    let program = read(format, &Source { text, name: None, circumstances: &circumstances })?;
    let headers = [("Origin".to_owned(), origin.to_owned())];
    let asked = Asked { method: "GET", path: "/items", host: "api.example.com", headers: &headers };
    // Whoever compares programs asks for these as well.
    let _ = program.borders();
    Ok(program.answer(&asked, &Plain))
}

fn allowed(format: Format, text: &str, origin: &str) -> Option<String> {
    let answered = get(format, text, origin).expect("the text is read");
    answered.lines("access-control-allow-origin").next().map(str::to_owned)
}

#[test]
fn a_function_that_is_declared_later_decides() {
    let text = "
        const express = require('express');
        const cors = require('cors');
        const app = express();
        app.use(express.json());
        app.use(cors({ origin: decide, credentials: true }));
        const suffixes = new Set(['.example.com', '.example.org']);
        function decide(origin, done) {
            for (const suffix of suffixes) {
                if (origin && origin.endsWith(suffix)) return done(null, true);
            }
            done(null, false);
        }
        app.listen(3000, () => console.log('up'));
    ";
    let app = "https://app.example.com";
    assert_eq!(allowed(Format::Express, text, app).as_deref(), Some(app));
    assert_eq!(allowed(Format::Express, text, "https://evil.example"), None);
}

#[test]
fn typescript_is_read_without_its_types() {
    let text = "
        import { NestFactory } from '@nestjs/core';
        import { AppModule } from './app.module';
        async function bootstrap(): Promise<void> {
            const app = await NestFactory.create<any>(AppModule);
            const origins: string[] = ['https://app.example.com'];
            app.enableCors({ origin: origins as string[], methods: ['GET'] });
            await app.listen(process.env.PORT ?? 3000);
        }
        bootstrap();
    ";
    let circumstances = Circumstances { environment: Some([].into()), ..Circumstances::default() };
    let source = Source { text, name: None, circumstances: &circumstances };
    assert!(read(Format::Nestjs, &source).is_ok());
}

#[test]
fn what_is_computed_elsewhere_is_refused_with_its_place() {
    let text = "app.use(cors({ origin: config.get('origins') }));";
    let Err(NotRead::Refused(refused)) = get(Format::Express, text, "null") else {
        panic!("a value of another module was guessed");
    };
    assert_eq!(&text[refused[0].span.clone()], "config");
    assert_eq!(refused[0].why, Why::Elsewhere);

    let text = "app.use(cors({ origin: (o, cb) => cb(null, db.has(o)) }));";
    let Err(NotRead::Refused(refused)) = get(Format::Express, text, "null") else {
        panic!("a function of another module was guessed");
    };
    assert!(refused.iter().any(|it| &text[it.span.clone()] == "db"));
}

#[test]
fn an_environment_that_is_not_known_is_not_an_empty_one() {
    let text = "app.use(cors({ origin: process.env.ORIGIN }));";
    let Err(NotRead::Refused(refused)) = get(Format::Koa, text, "null") else {
        panic!("a variable was guessed");
    };
    assert_eq!(refused[0].why, Why::Elsewhere);
}

#[test]
fn texts_that_are_made_to_exhaust_are_bounded() {
    for text in [
        "[".repeat(200_000),
        "!".repeat(200_000),
        "a=>".repeat(60_000),
        format!("let a = []; for (const i of '{}') {{ a = [a] }}", "x".repeat(60_000)),
        "let a = ['x']; a.push(a); app.use(cors({ origin: a }))".to_owned(),
        "const f = () => f(); app.use(cors({ origin: f() }))".to_owned(),
        "app.use(cors({ origin: /^(a+)+$/ }))".to_owned(),
    ] {
        let _ = get(Format::Express, &text, "https://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!");
    }
}

#[test]
fn the_headers_of_next_with_what_they_take_from_a_request() {
    let text = "
        import type { NextConfig } from 'next';
        const origin = '(?<origin>https://[a-z]+\\\\.example\\\\.com)';
        const nextConfig: NextConfig = {
            reactStrictMode: true,
            async headers() {
                return [{
                    source: '/:path((?!public).*)',
                    has: [{ type: 'header', key: 'Origin', value: origin }],
                    headers: [{ key: 'Access-Control-Allow-Origin', value: ':origin' }],
                }];
            },
        };
        export default nextConfig;
    ";
    let app = "https://app.example.com";
    assert_eq!(allowed(Format::Next, text, app).as_deref(), Some(app));
    assert_eq!(allowed(Format::Next, text, "https://app.example.com.evil.example"), None);
    let elsewhere = "missing: [{ type: 'query', key: 'x', value: 'y' }], has: [";
    assert_eq!(
        allowed(Format::Next, &text.replace("has: [", elsewhere), app).as_deref(),
        Some(app)
    );
    let only_there = "has: [{ type: 'query', key: 'x', value: 'y' }, ";
    assert_eq!(allowed(Format::Next, &text.replace("has: [", only_there), app), None);
    for (text, place) in [
        (text.replace("value: ':origin'", "value: ':path*'"), ":path*"),
        (text.replace("reactStrictMode: true", "basePath: '/x'"), "basePath"),
        (text.replace("type: 'header'", "type: 'cookie'"), "cookie"),
    ] {
        let Err(NotRead::Refused(refused)) = get(Format::Next, &text, app) else {
            panic!("{text} is read")
        };
        assert_eq!(&text[refused[0].span.clone()], place);
    }
}

proptest! {
    #[test]
    fn no_text_is_too_much(text in "[-a-z(){}\\[\\]'\"`=>.,:;!?/*^$ \n]{0,80}") {
        for format in [Format::Express, Format::Nestjs, Format::Fastify, Format::Hono, Format::Koa, Format::Next] {
            let _ = get(format, &text, "https://app.example.com");
        }
    }

    #[test]
    fn no_option_is_too_much(
        name in "origin|methods|credentials|maxAge|allowedHeaders|exposedHeaders|allowHeaders|optionsSuccessStatus|hook",
        value in "null|undefined|true|0|-1|'*'|''|\\[\\]|\\['\\*'\\]|\\[\\[\\]\\]|\\{\\}|/a/g|\\(o\\) => o|async o => o|\\(o, c\\) => c\\(null, o\\)",
    ) {
        for (format, text) in [
            (Format::Express, format!("app.use(cors({{ {name}: {value} }}))")),
            (Format::Fastify, format!("fastify.register(cors, {{ {name}: {value} }})")),
            (Format::Hono, format!("app.use(cors({{ {name}: {value} }}))")),
            (Format::Koa, format!("app.use(cors({{ {name}: {value} }}))")),
        ] {
            let _ = get(format, &text, "https://app.example.com");
        }
    }
}

/// Ports, databases and settings come from the environment in nearly every module: that decides nothing about CORS, unless
/// somebody asks for it.
#[test]
fn what_is_not_known_is_refused_where_it_is_used() {
    let module = |more: &str, origin: &str| {
        format!(
            "const express = require('express');\nconst cors = require('cors');\nconst connect = require('./database');\n\
             const PORT = process.env.PORT || 5000;\nconst {{ HOST, CLIENT = 'x' }} = process.env;\n\
             const isLive = process.env.NODE_ENV === 'production';\nconst app = express();\nconnect();\n{more}\n\
             app.set('port', process.env.PORT ?? 3000);\napp.use(cors({{ origin: {origin} }}));\n\
             app.listen(PORT, () => console.log(`on ${{HOST}}:${{PORT}}`));\n"
        )
    };
    let known = "'https://app.example.com'";
    let answer = allowed(Format::Express, &module("", known), "https://app.example.com");
    assert_eq!(answer.as_deref(), Some("https://app.example.com"));
    let refused = |more: &str, origin: &str| {
        get(Format::Express, &module(more, origin), "https://app.example.com").is_err()
    };
    for origin in [
        "CLIENT",
        "PORT",
        "[CLIENT]",
        "`https://${HOST}`",
        "isLive ? 'https://a.example' : '*'",
        "typeof PORT",
        "connect",
    ] {
        assert!(refused("", origin), "{origin}");
    }
    // What is given the application may do anything with it, and what depends on the unknown may.
    for more in [
        "connect(app);",
        "connect(() => app.use(cors()));",
        "if (isLive) app.use(cors());",
        "const x = isLive && app.use(cors());",
    ] {
        assert!(refused(more, known), "{more}");
    }
}

/// What another module holds is never guessed: not as options, nor as what decides about them.
#[test]
fn what_another_module_holds_is_refused() {
    let module = |line: &str| {
        format!(
            "const express = require('express');\nconst cors = require('cors');\nconst config = require('./config');\n\
             const app = express();\nconst allowed = ['https://app.example.com'];\n{line}\n"
        )
    };
    for line in [
        "app.use(cors(config));",
        "app.use(cors(config.cors));",
        "app.use(cors({ origin: config.origin }));",
        "app.use(cors({ origin: [config.origin, 'https://app.example.com'] }));",
        "app.use(cors({ origin: config.origin || 'https://app.example.com' }));",
        "app.use(cors({ origin: config.live ? 'https://app.example.com' : '*' }));",
        "if (config.cors) app.use(cors());",
        "config.cors && app.use(cors());",
        "config.cors || app.use(cors());",
        "if (config.mode === 'open') app.use(cors());",
        "switch (config.mode) { case 'open': app.use(cors()); }",
        "if (!config.cors) app.use(cors());",
        "app.use(cors({ origin: allowed.concat(config.origins) }));",
        "app.use(cors({ origin: (origin, done) => done(null, config.origins.includes(origin)) }));",
        "app.use(cors({ origin: (origin, done) => done(null, [config.a].includes(origin)) }));",
        "app.use((req, res, next) => { res.setHeader('Access-Control-Allow-Origin', config.origin); next(); });",
        "app.use((req, res, next) => { res.set({ 'Access-Control-Allow-Origin': config.origin }); next(); });",
    ] {
        let answered = get(Format::Express, &module(line), "https://app.example.com");
        assert!(answered.is_err(), "{line}");
    }
}
