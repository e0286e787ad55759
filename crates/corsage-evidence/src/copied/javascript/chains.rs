//! Requests that are put together link by link: superagent, wretch.

use corsage::browser::CredentialsMode;
use corsage_diagnosis::RemarkKind;
use oxc_ast::ast::{Argument, CallExpression, Expression};
use oxc_span::Span;

use super::fetch_call::{computed_member, take_body, take_headers, take_url};
use super::libraries::type_unless_given;
use super::value::{Names, Value, path, text};
use crate::request::{Copied, Credentials, Load};

/// `root(…).a(…).b(…)`
pub(super) struct Chain<'a> {
    root: String,
    arguments: &'a [Argument<'a>],
    links: Vec<(&'a str, &'a [Argument<'a>])>,
    /// Of the root's call, which is no request of its own.
    pub(super) span: Span,
}

impl<'a> Chain<'a> {
    pub(super) fn of(call: &'a CallExpression<'a>) -> Option<Self> {
        let mut links = Vec::new();
        let mut current = call;
        loop {
            if let Some(root) = path(&current.callee) {
                links.reverse();
                return Some(Self {
                    root,
                    arguments: &current.arguments,
                    links,
                    span: current.span,
                });
            }
            let Expression::StaticMemberExpression(member) = current.callee.get_inner_expression()
            else {
                return None;
            };
            let Expression::CallExpression(inner) = member.object.get_inner_expression() else {
                return None;
            };
            links.push((member.property.name.as_str(), &current.arguments[..]));
            current = inner;
        }
    }

    pub(super) fn request(&self, names: &Names<'a, 'a>) -> Option<Copied> {
        let (object, function) = self.root.rsplit_once('.').unwrap_or(("", &self.root));
        match (object, function) {
            ("superagent" | "request" | "agent", verb) if is_method(verb) => {
                Some(self.superagent(names, verb))
            }
            ("", "wretch") => Some(self.wretch(names)),
            _ => None,
        }
    }

    /// `superagent.put(url).set("X-Token", "1").send({ a: 1 })`
    fn superagent(&self, names: &Names<'a, 'a>, verb: &str) -> Copied {
        let method = if verb == "del" { "DELETE".to_owned() } else { verb.to_ascii_uppercase() };
        let mut copied = Copied { load: Load::Xhr, method: Some(method), ..Copied::default() };
        copied.credentials = Credentials::Known(CredentialsMode::SameOrigin);
        if let Some(url) = names.argument(self.arguments, 0) {
            take_url(&mut copied, &url);
        }
        let mut kind = None;
        for (link, arguments) in &self.links {
            match *link {
                "set" => set(names, &mut copied, arguments),
                "type" => {
                    kind = names.argument(arguments, 0).as_ref().and_then(text).map(short_type);
                }
                "auth" => copied.headers.push(("authorization".to_owned(), "Basic".to_owned())),
                "withCredentials" => {
                    copied.credentials = Credentials::Known(CredentialsMode::Include);
                }
                "attach" | "field" => {
                    copied.data = Some(String::new());
                    kind = Some("multipart/form-data".to_owned());
                }
                "send" => {
                    let Some(data) = names.argument(arguments, 0) else { continue };
                    // Texts are forms, all else is JSON.
                    let own = match &data {
                        Value::Text(_) => "application/x-www-form-urlencoded",
                        _ => "application/json",
                    };
                    body(&mut copied, &data);
                    kind.get_or_insert_with(|| own.to_owned());
                }
                _ => {}
            }
        }
        type_unless_given(&mut copied, kind.as_deref(), "superagent");
        copied
    }

    /// `wretch(url).headers({ … }).put({ a: 1 })`
    fn wretch(&self, names: &Names<'a, 'a>) -> Copied {
        let mut copied = Copied::default();
        let mut url = names.argument(self.arguments, 0);
        let mut kind = None;
        if let Some(options) = names.argument(self.arguments, 1) {
            options_of(names, &mut copied, &options);
        }
        for (link, arguments) in &self.links {
            let first = names.argument(arguments, 0);
            match (*link, first) {
                ("url", Some(Value::Text(more))) => {
                    let base = url.as_ref().and_then(text).unwrap_or_default();
                    url = Some(Value::Text(format!("{base}{more}")));
                }
                ("headers", Some(headers)) => take_headers(names, &mut copied, &headers),
                ("options", Some(options)) => options_of(names, &mut copied, &options),
                ("auth", _) => copied.headers.push(("authorization".to_owned(), String::new())),
                ("content", Some(value)) => kind = text(&value),
                ("json", Some(data)) => {
                    body(&mut copied, &data);
                    kind = Some("application/json".to_owned());
                }
                ("body", Some(data)) => take_body(&mut copied, &data),
                ("formData", _) => {
                    copied.data = Some(String::new());
                    kind = Some("multipart/form-data".to_owned());
                }
                ("formUrl", _) => {
                    copied.data = Some(String::new());
                    kind = Some("application/x-www-form-urlencoded".to_owned());
                }
                ("get" | "head" | "delete" | "opts" | "put" | "post" | "patch", data) => {
                    let method = if *link == "opts" { "OPTIONS" } else { link };
                    copied.method = Some(method.to_ascii_uppercase());
                    if let Some(data @ (Value::Object(_) | Value::Pairs(_) | Value::Array(_))) =
                        data
                    {
                        body(&mut copied, &data);
                        kind = Some("application/json".to_owned());
                    }
                }
                _ => {}
            }
        }
        if let Some(url) = url {
            take_url(&mut copied, &url);
        }
        type_unless_given(&mut copied, kind.as_deref(), "wretch");
        copied
    }
}

fn is_method(verb: &str) -> bool {
    matches!(verb, "get" | "head" | "post" | "put" | "patch" | "delete" | "del" | "options")
}

/// `set(name, value)`, `set({ name: value })`
fn set<'a>(names: &Names<'a, 'a>, copied: &mut Copied, arguments: &'a [Argument<'a>]) {
    match (names.argument(arguments, 0), names.argument(arguments, 1)) {
        (Some(Value::Text(name)), Some(Value::Computed(computed))) => {
            copied.remark(
                RemarkKind::HeaderComputed,
                &[("name", &name), ("text", &computed.text), ("place", &computed.place)],
            );
            copied.headers.push((name, computed.text));
        }
        (Some(Value::Text(name)), Some(value)) => {
            copied.take_sent(&[(name, text(&value).unwrap_or_default())]);
        }
        (Some(object), None) => take_headers(names, copied, &object),
        _ => {}
    }
}

fn options_of<'a>(names: &Names<'a, 'a>, copied: &mut Copied, options: &Value<'a, 'a>) {
    for (name, value) in names.pairs(options).unwrap_or_default() {
        match (name.as_str(), &value) {
            ("headers", Value::Computed(computed)) => computed_member(copied, "headers", computed),
            ("headers", _) => take_headers(names, copied, &value),
            ("credentials", Value::Text(mode)) => {
                copied.credentials = Credentials::Known(match mode.as_str() {
                    "include" => CredentialsMode::Include,
                    "omit" => CredentialsMode::Omit,
                    _ => CredentialsMode::SameOrigin,
                });
            }
            ("mode", Value::Text(name)) => copied.mode = crate::request::mode(name),
            _ => {}
        }
    }
}

/// A body whose type the library knows.
fn body(copied: &mut Copied, data: &Value<'_, '_>) {
    if let Value::Computed(computed) = data {
        computed_member(copied, "data", computed);
    }
    let before = copied.remarks.len();
    take_body(copied, data);
    copied.remarks.truncate(before);
}

/// Short names of types, as superagent has them.
fn short_type(name: String) -> String {
    match name.as_str() {
        "json" => "application/json",
        "form" | "urlencoded" => "application/x-www-form-urlencoded",
        "xml" => "text/xml",
        "html" => "text/html",
        "text" => "text/plain",
        _ => return name,
    }
    .to_owned()
}
