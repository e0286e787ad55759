//! Every snippet in its language's own parser, whatever it grants: what is not started as a server is at least read.

use std::collections::HashSet;
use std::io::Write;
use std::process::{Command, Stdio};

use corsage_diagnosis::fix::{Grant, ServerKind, snippet};

use crate::server::servers;
use crate::{SKIP_SERVERS, is_set};

/// Names the first place that a grammar does not know.
const TREE_SITTER: &str = r#"
import importlib, sys, tree_sitter
language = importlib.import_module("tree_sitter_" + sys.argv[1]).language()
parser = tree_sitter.Parser(tree_sitter.Language(language))
pending = [parser.parse(sys.stdin.buffer.read()).root_node]
while pending:
    node = pending.pop()
    if node.is_error or node.is_missing:
        sys.exit(f"line {node.start_point.row + 1}: {node.type}")
    pending += node.children
"#;

/// What reads a snippet.
enum Reader {
    /// Node, with what stands around the text.
    JavaScript(&'static str, &'static str),
    Json,
    /// The names of the parts' parsers are those of Python's and of PyYAML's modules.
    Python,
    Yaml,
    Xml,
    Php,
    Shell,
    /// rustfmt, which reads what it formats.
    Rust(&'static str, &'static str),
    /// A grammar of tree-sitter, by the name of Python's module, with what stands around the text.
    TreeSitter(&'static str, &'static str, &'static str),
    /// The server itself, in the other tests.
    Server,
}

fn reader(kind: ServerKind) -> Reader {
    use ServerKind as K;
    match kind {
        K::Nginx | K::Apache | K::HaProxy | K::Caddy => Reader::Server,
        K::Envoy | K::Istio | K::GatewayApi | K::IngressNginx | K::Traefik | K::Kong => {
            Reader::Yaml
        }
        K::ApiGatewayRest => Reader::Yaml,
        K::Express | K::Fastify | K::Hono | K::Koa | K::NestJs => Reader::JavaScript("", ""),
        K::NextJs | K::Cloudflare => Reader::JavaScript("", ""),
        K::CloudRun | K::Supabase => {
            Reader::JavaScript("const handle = (request, response) => {", "};")
        }
        K::Firebase => Reader::JavaScript("", "});"),
        K::Vite => Reader::JavaScript("export default {", "};"),
        K::FastApi | K::Asgi | K::Litestar | K::Flask | K::Django => Reader::Python,
        K::Php => Reader::Php,
        K::Laravel => Reader::Php,
        K::Iis => Reader::Xml,
        K::S3 | K::Gcs | K::R2 | K::CloudFront => Reader::Json,
        K::AzureStorage | K::ApiGatewayHttp | K::LambdaUrl | K::Corsage => Reader::Shell,
        K::Axum => Reader::Rust("fn main() {", "}"),
        K::Actix | K::Rocket => Reader::Rust("fn main() {", ";}"),
        K::Rails => Reader::TreeSitter("ruby", "", ""),
        K::Spring => Reader::TreeSitter("java", "class Page {", "}"),
        K::AspNet => Reader::TreeSitter("c_sharp", "", ""),
        K::Go | K::RsCors | K::Gin | K::Chi => {
            Reader::TreeSitter("go", "package main\nfunc main() {", "}")
        }
    }
}

/// Grants that take every branch of the templates.
fn grants() -> Vec<Grant> {
    let plain = Grant {
        origin: "https://app.example".to_owned(),
        method: "GET".to_owned(),
        upstream: "https://api.example".to_owned(),
        ..Grant::default()
    };
    let much = Grant {
        credentials: true,
        method: "PATCH".to_owned(),
        methods: vec!["PATCH".to_owned(), "PUT".to_owned()],
        headers: vec!["content-type".to_owned(), "x-token".to_owned()],
        expose: vec!["x-total-count".to_owned()],
        max_age: "600".to_owned(),
        present: true,
        behind_authentication: true,
        others: vec!["https://b.example".to_owned(), "https://*.shop.example:*".to_owned()],
        ..plain.clone()
    };
    let everyone = |grant: &Grant| Grant { others: vec!["*".to_owned()], ..grant.clone() };
    let any_header = Grant { headers: vec!["*".to_owned()], ..much.clone() };
    vec![
        everyone(&plain),
        everyone(&much),
        everyone(&Grant { credentials: false, ..any_header.clone() }),
        any_header,
        plain,
        much,
    ]
}

#[test]
fn every_snippet_is_of_its_language() {
    if is_set(SKIP_SERVERS) {
        eprintln!("skipped: {SKIP_SERVERS}=1");
        return;
    }
    let mut problems = Vec::new();
    let mut known = HashSet::new();
    for kind in ServerKind::ALL {
        for grant in grants() {
            for part in snippet(*kind, &grant).parts {
                if !known.insert(part.text.clone()) {
                    continue;
                }
                if let Err(problem) = read(&reader(*kind), &part.text) {
                    problems.push(format!("{kind:?}: {problem}\n{}", part.text));
                }
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

fn python(code: &str) -> Command {
    let mut command = Command::new(servers().join("venv/bin/python"));
    command.args(["-c", code]);
    command
}

/// Files of JSON have no comments; where the tool is told in one, it stands before.
fn read_json(text: &str) -> Result<(), String> {
    let json: String = text.lines().filter(|line| !line.starts_with('#')).collect();
    serde_json::from_str::<serde_json::Value>(&json).map(drop).map_err(|error| error.to_string())
}

fn read(reader: &Reader, text: &str) -> Result<(), String> {
    let (mut command, text) = match reader {
        Reader::Server => return Ok(()),
        Reader::Json => {
            return read_json(text);
        }
        Reader::JavaScript(before, after) => {
            let mut command = Command::new("node");
            command.args(["--input-type=module", "--check"]);
            // Node has no types.
            let text = text.replace(": NextRequest)", ")").replace("(origin: string)", "(origin)");
            (command, format!("{before}\n{text}\n{after}"))
        }
        Reader::Python => (python("import ast, sys; ast.parse(sys.stdin.read())"), text.to_owned()),
        Reader::Yaml => {
            (python("import yaml, sys; assert yaml.safe_load(sys.stdin)"), text.to_owned())
        }
        Reader::Xml => (
            python("import xml.dom.minidom as x, sys; x.parse(sys.stdin)"),
            format!("<configuration>{text}</configuration>"),
        ),
        Reader::TreeSitter(grammar, before, after) => {
            // A statement stands in no class of Java's.
            let text = match text.starts_with("http.") {
                true => format!("void chain() {{ {text} }}"),
                false => text.to_owned(),
            };
            let mut command = python(TREE_SITTER);
            command.arg(grammar);
            (command, format!("{before}\n{text}\n{after}"))
        }
        Reader::Php => {
            let mut command = Command::new("php");
            command.arg("-l");
            let array = text.starts_with('\'');
            let text = if array { format!("return [{text}];") } else { text.to_owned() };
            (command, format!("<?php\n{text}"))
        }
        Reader::Shell => {
            let mut command = Command::new("bash");
            command.arg("-n");
            (command, text.to_owned())
        }
        Reader::Rust(before, after) => {
            let mut command = Command::new("rustfmt");
            command.args(["--edition", "2024"]);
            (command, format!("{before}\n{text}\n{after}"))
        }
    };
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{command:?}: {error}; ./test install"))?;
    let written = child.stdin.take().map(|mut input| input.write_all(text.as_bytes()));
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    match written {
        Some(Ok(())) if output.status.success() => Ok(()),
        _ => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}
