//! The grant, written for the server in use.

use super::{Grant, ServerKind};

/// The configuration that grants this, for that software. Templates are files beside this one;
/// a line that starts with `?name ` is kept only if `name` has a value.
#[must_use]
pub fn snippet(kind: ServerKind, grant: &Grant) -> String {
    let template = match kind {
        ServerKind::Nginx => include_str!("snippets/nginx.txt"),
        ServerKind::Apache => include_str!("snippets/apache.txt"),
        ServerKind::Caddy => include_str!("snippets/caddy.txt"),
        ServerKind::Express => include_str!("snippets/express.txt"),
        ServerKind::Axum => include_str!("snippets/axum.txt"),
        ServerKind::Spring => include_str!("snippets/spring.txt"),
        ServerKind::Django => include_str!("snippets/django.txt"),
        ServerKind::Flask => include_str!("snippets/flask.txt"),
        ServerKind::FastApi => include_str!("snippets/fastapi.txt"),
        ServerKind::AspNet => include_str!("snippets/aspnet.txt"),
        ServerKind::Go => include_str!("snippets/go.txt"),
        ServerKind::Iis => include_str!("snippets/iis.txt"),
        ServerKind::Laravel => include_str!("snippets/laravel.txt"),
        ServerKind::Rails => include_str!("snippets/rails.txt"),
        ServerKind::S3 => include_str!("snippets/s3.txt"),
        ServerKind::CloudFront => include_str!("snippets/cloudfront.txt"),
        ServerKind::ApiGateway => include_str!("snippets/api_gateway.txt"),
        ServerKind::Cloudflare => include_str!("snippets/cloudflare.txt"),
    };
    let methods = with_safelisted(&grant.methods);
    let quoted = |items: &[String]| {
        items.iter().map(|item| format!("\"{item}\"")).collect::<Vec<_>>().join(", ")
    };
    let xml = |attribute: &str, items: &[String]| {
        items.iter().map(|item| format!("<add {attribute}=\"{item}\" />")).collect::<String>()
    };
    let credentials = if grant.credentials { "true" } else { "" };
    let values = [
        ("origin", grant.origin.clone()),
        ("origin_regex", grant.origin.replace('.', "\\.")),
        ("methods", methods.join(", ")),
        ("methods_quoted", quoted(&methods)),
        ("methods_spaced", methods.join(" ")),
        ("methods_xml", xml("method", &methods)),
        ("headers_xml", xml("header", &grant.headers)),
        ("expose_xml", xml("header", &grant.expose)),
        ("headers", grant.headers.join(", ")),
        ("headers_quoted", quoted(&grant.headers)),
        ("expose", grant.expose.join(", ")),
        ("expose_quoted", quoted(&grant.expose)),
        ("credentials", credentials.to_owned()),
    ];
    let value = |name: &str| values.iter().find(|(key, _)| *key == name).map(|(_, value)| value);
    let mut out = String::new();
    for line in template.lines() {
        let line = match line.strip_prefix('?').and_then(|line| line.split_once(' ')) {
            Some((condition, rest)) => {
                let (name, wanted) = match condition.strip_prefix('!') {
                    Some(name) => (name, false),
                    None => (condition, true),
                };
                if value(name).is_some_and(|value| value.is_empty()) == wanted {
                    continue;
                }
                rest
            }
            None => line,
        };
        let mut line = line.to_owned();
        for (name, value) in &values {
            line = line.replace(&format!("<{name}>"), value);
        }
        out.push_str(&line);
        out.push('\n');
    }
    out
}

/// Lists are easier to read with the methods that need no listing in them.
fn with_safelisted(methods: &[String]) -> Vec<String> {
    let mut all: Vec<String> = ["GET", "HEAD", "POST"].map(str::to_owned).to_vec();
    for method in methods {
        if !all.contains(method) {
            all.push(method.clone());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{Grant, ServerKind, snippet};

    const ALL: [ServerKind; 18] = [
        ServerKind::Nginx,
        ServerKind::Apache,
        ServerKind::Caddy,
        ServerKind::Express,
        ServerKind::Axum,
        ServerKind::Spring,
        ServerKind::Django,
        ServerKind::Flask,
        ServerKind::FastApi,
        ServerKind::AspNet,
        ServerKind::Go,
        ServerKind::Iis,
        ServerKind::Laravel,
        ServerKind::Rails,
        ServerKind::S3,
        ServerKind::CloudFront,
        ServerKind::ApiGateway,
        ServerKind::Cloudflare,
    ];

    #[test]
    fn every_snippet_says_what_is_granted() {
        let grant = Grant {
            origin: "https://app.example".to_owned(),
            credentials: true,
            methods: vec!["PATCH".to_owned()],
            headers: vec!["x-token".to_owned()],
            expose: vec!["x-total-count".to_owned()],
        };
        for kind in ALL {
            let text = snippet(kind, &grant);
            for part in ["app", "PATCH", "x-token"] {
                assert!(text.contains(part), "{kind:?} does not mention {part}:\n{text}");
            }
            assert!(!text.contains("<origin") && !text.contains("\n?"), "{kind:?}:\n{text}");
        }
    }

    #[test]
    fn what_is_not_needed_is_left_out() {
        let grant = Grant { origin: "https://app.example".to_owned(), ..Grant::default() };
        let text = snippet(ServerKind::Nginx, &grant);
        assert!(!text.contains("Credentials"), "{text}");
        assert!(!text.contains("Allow-Headers"), "{text}");
    }
}
