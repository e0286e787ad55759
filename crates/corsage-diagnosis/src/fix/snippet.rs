//! The grant, written for the server in use: which lines go, and what comes where.
//!
//! Templates are files beside this one, line by line:
//!
//! - `@comment # ` how a comment begins (and, after a blank, how it ends),
//! - `@out TEXT` lines with this text go, in any case, `@cut TEXT` arguments that begin so go from a route, `@note TEXT` says something,
//! - `@at PLACE` what follows comes there,
//! - `?name LINE` only if `name` has a value, `?!name LINE` only if it has none; several may be given,
//! - `%name LINE` once for each item of a list, as `<item>`.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Grant, ServerKind};

/// A change of a server's configuration or code, to be pasted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Snippet {
    /// What else is to be known.
    pub notes: Vec<String>,
    /// Lines that apply to the path and hold one of these texts, in upper or lower case, go; a statement or an indented block over several
    /// lines goes whole, and so does an `if` that is left with nothing in it.
    pub remove: Vec<String>,
    /// Arguments that begin with one of these texts go from the route that serves this path.
    pub cut: Vec<String>,
    /// What comes where.
    pub parts: Vec<Part>,
    #[serde(skip)]
    comment: (String, String),
}

/// Lines that belong together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Part {
    /// Where they belong.
    pub place: String,
    /// The lines.
    pub text: String,
}

impl fmt::Display for Snippet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (begin, end) = &self.comment;
        let comment = |f: &mut fmt::Formatter<'_>, text: &str| writeln!(f, "{begin}{text}{end}");
        for note in &self.notes {
            comment(f, note)?;
        }
        if !self.remove.is_empty() {
            let texts = self.remove.join("   ");
            comment(
                f,
                &format!("take out, where it applies to this path, every line with: {texts}"),
            )?;
            comment(
                f,
                "(in any case; a statement or an indented block over several lines goes whole,",
            )?;
            comment(f, "and so does an if that is left with nothing in it)")?;
        }
        for argument in &self.cut {
            comment(
                f,
                &format!(
                    "take out of this path's own route the argument {argument}…), and the route if nothing else is left of it"
                ),
            )?;
        }
        for part in &self.parts {
            if !part.place.is_empty() {
                comment(f, &format!("{}:", part.place))?;
            }
            f.write_str(&part.text)?;
        }
        Ok(())
    }
}

/// The configuration that grants this, for that software.
#[must_use]
pub fn snippet(kind: ServerKind, grant: &Grant) -> Snippet {
    let values = Values::new(grant);
    let mut out = Snippet { comment: ("# ".to_owned(), String::new()), ..Snippet::default() };
    for line in kind.template().lines() {
        let Some(line) = values.wanted(line) else { continue };
        if let Some(comment) = line.strip_prefix("@comment ") {
            let (begin, end) = comment.split_once(' ').unwrap_or((comment, ""));
            let end = if end.is_empty() { String::new() } else { format!(" {end}") };
            out.comment = (format!("{begin} "), end);
        } else if let Some(text) = line.strip_prefix("@out ") {
            out.remove.push(values.filled(text));
        } else if let Some(text) = line.strip_prefix("@cut ") {
            out.cut.push(values.filled(text));
        } else if let Some(text) = line.strip_prefix("@note ") {
            out.notes.push(values.filled(text));
        } else if let Some(place) = line.strip_prefix("@at ") {
            out.parts.push(Part { place: values.filled(place), text: String::new() });
        } else {
            if out.parts.is_empty() {
                out.parts.push(Part { place: String::new(), text: String::new() });
            }
            let lines = values.lines(line);
            if let Some(part) = out.parts.last_mut() {
                part.text.push_str(&lines);
            }
        }
    }
    out
}

/// A pattern's expression: a `*` stands for labels of a host, or for a port.
fn pattern_regex(escaped: &str) -> String {
    escaped.replace(r":\*", r"(:[0-9]+)?").replace(r"\*", "[a-z0-9.-]+")
}

/// What the places of a template are filled with.
struct Values {
    texts: Vec<(&'static str, String)>,
    lists: Vec<(&'static str, Vec<String>)>,
}

impl Values {
    fn new(grant: &Grant) -> Self {
        let everyone = grant.others.iter().any(|other| other == "*");
        let flag = |applies: bool| if applies { "true".to_owned() } else { String::new() };
        // Everyone stays let in; who needs credentials is named.
        let star = everyone && !grant.credentials;
        let (patterns, exact): (Vec<String>, Vec<String>) = grant
            .others
            .iter()
            .filter(|other| *other != "*")
            .cloned()
            .partition(|other| other.contains('*'));
        let named: Vec<String> = std::iter::once(grant.origin.clone()).chain(exact).collect();
        let any_header = grant.headers.iter().any(|name| name == "*");
        let headers: Vec<String> =
            grant.headers.iter().filter(|name| *name != "*").cloned().collect();
        let origins = if star { vec!["*".to_owned()] } else { named.clone() };
        let mut methods_all = grant.methods.clone();
        for method in ["GET", "HEAD", "POST", grant.method.as_str()] {
            if !methods_all.iter().any(|held| held == method || held == "*") {
                methods_all.push(method.to_owned());
            }
        }
        // Layers that compare the method themselves, and let in what is not listed by nobody.
        let own: Vec<String> =
            methods_all.iter().filter(|name| *name != "OPTIONS").cloned().collect();
        let regex = |origin: &String| {
            origin.chars().fold(String::new(), |mut out, c| {
                if r"\.+*?()|[]{}^$".contains(c) {
                    out.push('\\');
                }
                out.push(c);
                out
            })
        };
        let quoted = |items: &[String], quote: &str| {
            items.iter().map(|item| format!("{quote}{item}{quote}")).collect::<Vec<_>>().join(", ")
        };
        let xml = |attribute: &str, items: &[String]| {
            items.iter().map(|item| format!("<add {attribute}=\"{item}\" />")).collect::<String>()
        };
        let exact_regexes = named.iter().map(regex);
        let pattern_regexes: Vec<String> =
            patterns.iter().map(|pattern| pattern_regex(&regex(pattern))).collect();
        let regexes: Vec<String> = exact_regexes.chain(pattern_regexes.iter().cloned()).collect();
        // In JavaScript's literals a slash ends an expression.
        let slashed = |item: &str| item.replace('/', r"\/");
        let tested: String = pattern_regexes
            .iter()
            .map(|item| format!(" || /^{}$/.test(origin)", slashed(item)))
            .collect();
        let wildcards = [named.clone(), patterns.clone()].concat();
        let lists = vec![
            ("each_origin", named.clone()),
            ("each_regex", regexes.clone()),
            ("each_pattern", pattern_regexes.clone()),
            ("each_wildcard", patterns),
            ("each_header", headers.clone()),
            ("each_method", own.clone()),
            (
                "each_listed",
                own.iter()
                    .filter(|name| !matches!(name.as_str(), "GET" | "HEAD" | "POST"))
                    .cloned()
                    .collect(),
            ),
            ("each_expose", grant.expose.clone()),
        ];
        let texts = vec![
            ("origin", grant.origin.clone()),
            ("origin_regex", regex(&grant.origin)),
            ("regex", regexes.join("|")),
            ("patterns", pattern_regexes.join("|")),
            ("patterns_slashed", slashed(&pattern_regexes.join("|"))),
            // YAML takes an expression as it is in single quotes only.
            ("patterns_single", quoted(&pattern_regexes, "'")),
            ("wildcards_quoted", quoted(&wildcards, "\"")),
            // Spring's own way to say any port, or none.
            ("wildcards_bracketed", quoted(&wildcards, "\"").replace(":*\"", ":[*]\"")),
            ("wildcards_comma", wildcards.join(", ")),
            ("listed_javascript", format!("[{}].includes(origin){tested}", quoted(&named, "\""))),
            ("named", named.join(" ")),
            ("named_quoted", quoted(&named, "\"")),
            ("origins_quoted", quoted(&origins, "\"")),
            ("named_comma", named.join(", ")),
            ("star", flag(star)),
            ("others", flag(everyone && grant.credentials)),
            ("several", flag(wildcards.len() > 1)),
            ("present", flag(grant.present)),
            ("authentication", flag(grant.behind_authentication)),
            ("method", grant.method.clone()),
            ("methods", grant.methods.join(", ")),
            ("methods_tight", grant.methods.join(",")),
            ("methods_quoted", quoted(&grant.methods, "\"")),
            ("methods_all", own.join(", ")),
            ("methods_all_quoted", quoted(&own, "\"")),
            (
                "methods_spaced",
                own.iter().map(|m| m.to_ascii_lowercase()).collect::<Vec<_>>().join(" "),
            ),
            (
                "methods_symbols",
                own.iter()
                    .map(|m| format!(":{}", m.to_ascii_lowercase()))
                    .collect::<Vec<_>>()
                    .join(", "),
            ),
            ("methods_plain", own.join(" ")),
            ("methods_xml", xml("method", &own)),
            ("any_header", flag(any_header)),
            ("headers", headers.join(", ")),
            ("headers_tight", headers.join(",")),
            ("headers_quoted", quoted(&headers, "\"")),
            (
                "response_headers_quoted",
                quoted(&headers.iter().chain(&grant.expose).cloned().collect::<Vec<_>>(), "\""),
            ),
            ("headers_xml", xml("header", &headers)),
            ("expose", grant.expose.join(", ")),
            ("expose_quoted", quoted(&grant.expose, "\"")),
            ("expose_xml", xml("header", &grant.expose)),
            ("credentials", flag(grant.credentials)),
            ("max_age", grant.max_age.clone()),
            ("upstream", grant.upstream.clone()),
            ("lists", flag(!grant.methods.is_empty() || !grant.headers.is_empty())),
        ];
        Self { texts, lists }
    }

    fn text(&self, name: &str) -> &str {
        let found = self.texts.iter().find(|(key, _)| *key == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// The line without its conditions, if they hold.
    fn wanted<'l>(&self, mut line: &'l str) -> Option<&'l str> {
        while let Some((condition, rest)) =
            line.strip_prefix('?').and_then(|line| line.split_once(' '))
        {
            let (name, wanted) = match condition.strip_prefix('!') {
                Some(name) => (name, false),
                None => (condition, true),
            };
            if self.text(name).is_empty() == wanted {
                return None;
            }
            line = rest;
        }
        Some(line)
    }

    fn filled(&self, line: &str) -> String {
        let mut line = line.to_owned();
        for (name, value) in &self.texts {
            line = line.replace(&format!("<{name}>"), value);
        }
        line
    }

    fn lines(&self, line: &str) -> String {
        let repeated = line.strip_prefix('%').and_then(|line| line.split_once(' '));
        match repeated {
            Some((list, line)) => {
                let items = self.lists.iter().find(|(key, _)| *key == list);
                let items = items.map(|(_, items)| items.as_slice()).unwrap_or_default();
                items
                    .iter()
                    .map(|item| format!("{}\n", self.filled(&line.replace("<item>", item))))
                    .collect()
            }
            None => format!("{}\n", self.filled(line)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_snippet_says_what_is_granted() {
        let grant = Grant {
            origin: "https://app.example".to_owned(),
            credentials: true,
            methods: vec!["PATCH".to_owned()],
            method: "PATCH".to_owned(),
            headers: vec!["x-token".to_owned()],
            expose: vec!["x-total-count".to_owned()],
            ..Grant::default()
        };
        for kind in ServerKind::ALL {
            let text = snippet(*kind, &grant).to_string();
            let lower = text.to_ascii_lowercase();
            for part in ["app", "patch", "x-token"] {
                assert!(lower.contains(part), "{kind:?} does not mention {part}:\n{text}");
            }
            let unfilled = [
                "<origin", "<method", "<header", "<expose", "<item", "<regex", "<named", "\n?",
                "\n%", "\n@at", "\n@out",
            ];
            for place in unfilled {
                // XML has elements of these names.
                assert!(!text.contains(place) || text.contains("</"), "{kind:?} {place}:\n{text}");
            }
        }
    }

    /// Where credentials are given to all who are named or to nobody; these say so in a note.
    const ONE_ANSWER: [ServerKind; 10] = [
        ServerKind::Actix,
        ServerKind::ApiGatewayHttp,
        ServerKind::ApiGatewayRest,
        ServerKind::Axum,
        ServerKind::CloudFront,
        ServerKind::Corsage,
        ServerKind::IngressNginx,
        ServerKind::LambdaUrl,
        ServerKind::Rocket,
        ServerKind::Vite,
    ];

    #[test]
    fn whoever_is_let_in_without_credentials_stays_so() {
        let anonymous = Grant {
            origin: "https://app.example".to_owned(),
            method: "GET".to_owned(),
            others: vec!["*".to_owned()],
            ..Grant::default()
        };
        let credentialed = Grant { credentials: true, ..anonymous.clone() };
        for grant in [anonymous, credentialed] {
            for kind in ServerKind::ALL {
                let snippet = snippet(*kind, &grant);
                let text: String = snippet.parts.iter().map(|part| part.text.as_str()).collect();
                let everyone = ["*", "AllowAnyOrigin()", "AllowAllOrigins", "allow_all"];
                let said = everyone.iter().any(|word| text.contains(word));
                let noted =
                    snippet.notes.iter().any(|note| note.starts_with("everyone was let in"));
                let one_answer = grant.credentials && ONE_ANSWER.contains(kind);
                assert_eq!(
                    (said && !noted, noted),
                    (!one_answer, one_answer),
                    "{kind:?}:\n{snippet}"
                );
            }
        }
    }

    #[test]
    fn what_is_not_needed_is_left_out() {
        let grant = Grant { origin: "https://app.example".to_owned(), ..Grant::default() };
        for kind in
            [ServerKind::Apache, ServerKind::HaProxy, ServerKind::Caddy, ServerKind::Express]
        {
            let text = snippet(kind, &grant).to_string().to_ascii_lowercase();
            for part in ["credentials", "allow-headers", "allow-methods", "methods:"] {
                assert!(!text.contains(part), "{kind:?} {part}:\n{text}");
            }
        }
    }
}
