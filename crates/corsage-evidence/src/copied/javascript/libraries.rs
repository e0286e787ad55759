//! axios, Angular's HttpClient, ofetch, ky, jQuery, beacons: what their calls make of a request.

use corsage::browser::{CredentialsMode, Mode};
use corsage_diagnosis::RemarkKind;
use oxc_ast::ast::Argument;

use super::fetch_call::{computed_member, take_body, take_headers, take_url};
use super::value::{Names, Value, text};
use crate::request::{Copied, Credentials, Load, UploadListener};

pub(super) fn is_verb(name: &str) -> bool {
    matches!(
        name,
        "get"
            | "delete"
            | "head"
            | "options"
            | "post"
            | "put"
            | "patch"
            | "request"
            | "postForm"
            | "putForm"
            | "patchForm"
    )
}

/// A client with defaults.
pub(super) struct Instance<'a> {
    axios: bool,
    config: Option<Value<'a, 'a>>,
    /// `axios.defaults.baseURL = …`
    base: Option<Value<'a, 'a>>,
    /// `axios.defaults.headers.common["X-Token"] = …`
    headers: Vec<(String, Value<'a, 'a>)>,
    credentials: Option<bool>,
}

impl<'a> Instance<'a> {
    pub(super) fn new(kind: &str, config: Option<Value<'a, 'a>>) -> Self {
        Self {
            axios: kind.starts_with("axios"),
            config,
            base: None,
            headers: Vec::new(),
            credentials: None,
        }
    }

    /// `client.defaults.… = value`
    pub(super) fn default_value(&mut self, place: &str, name: &str, value: Value<'a, 'a>) {
        match (place, name) {
            ("", "withCredentials") => {
                self.credentials = Some(matches!(value, Value::Bool(true)));
            }
            ("", "baseURL") => self.base = Some(value),
            ("headers" | "headers.common", _) => self.headers.push((name.to_owned(), value)),
            _ => {}
        }
    }

    pub(super) fn call(
        &self,
        names: &Names<'a, 'a>,
        verb: &str,
        arguments: &'a [Argument<'a>],
    ) -> Copied {
        if self.axios {
            axios(names, verb, arguments, Some(self))
        } else {
            ky(names, verb, arguments, Some(self))
        }
    }
}

/// `axios(config)`, `axios(url, config)`, `axios.get(url, config)`, `axios.post(url, data, config)`
pub(super) fn axios<'a>(
    names: &Names<'a, 'a>,
    verb: &str,
    arguments: &'a [Argument<'a>],
    instance: Option<&Instance<'a>>,
) -> Copied {
    let mut copied = Copied { load: Load::Xhr, ..Copied::default() };
    let form = verb.ends_with("Form");
    let verb = verb.trim_end_matches("Form");
    let with_data = matches!(verb, "post" | "put" | "patch");
    let first = names.argument(arguments, 0);
    let mut config = names.argument(arguments, if with_data { 2 } else { 1 });
    let mut url = None;
    match first {
        Some(object @ (Value::Object(_) | Value::Pairs(_))) => config = Some(object),
        other => url = other,
    }
    if !matches!(verb, "" | "request") {
        copied.method = Some(verb.to_ascii_uppercase());
    }
    let mut data = if with_data { names.argument(arguments, 1) } else { None };
    let defaults = instance.and_then(|instance| instance.config.clone());
    let mut base = instance.and_then(|instance| instance.base.clone());
    let mut with_credentials = instance.and_then(|instance| instance.credentials);
    if let Some(instance) = instance.filter(|instance| !instance.headers.is_empty()) {
        take_headers(names, &mut copied, &Value::Pairs(instance.headers.clone()));
    }
    for config in [defaults, config].into_iter().flatten() {
        if let Value::Computed(computed) = &config {
            copied.remark(
                RemarkKind::MemberComputed,
                &[
                    ("name", "the configuration"),
                    ("text", &computed.text),
                    ("place", &computed.place),
                ],
            );
        }
        for (name, value) in names.pairs(&config).unwrap_or_default() {
            match (name.as_str(), &value) {
                ("url", _) => url = Some(value),
                ("baseURL", _) => base = Some(value),
                ("data", _) => data = Some(value),
                ("headers", Value::Computed(computed))
                | ("method", Value::Computed(computed))
                | ("withCredentials", Value::Computed(computed)) => {
                    computed_member(&mut copied, &name, computed);
                }
                ("headers", _) => take_headers(names, &mut copied, &value),
                ("method", _) => {
                    copied.method = text(&value).map(|method| method.to_ascii_uppercase());
                }
                ("withCredentials", Value::Bool(value)) => with_credentials = Some(*value),
                ("auth", _) => copied
                    .headers
                    .push(("authorization".to_owned(), "Basic (from auth)".to_owned())),
                ("onUploadProgress", _) => copied.upload_listener = UploadListener::Registered,
                _ => {}
            }
        }
    }
    join_base(&mut copied, url, base);
    copied.credentials = Credentials::Known(match with_credentials {
        Some(true) => CredentialsMode::Include,
        _ => CredentialsMode::SameOrigin,
    });
    let get = copied.method.as_deref().is_none_or(|method| matches!(method, "GET" | "HEAD"));
    if let Some(data) = data.filter(|_| !get) {
        let kind = match &data {
            _ if form => Some("multipart/form-data"),
            // Objects become JSON.
            Value::Object(_) | Value::Pairs(_) | Value::Array(_) => Some("application/json"),
            Value::Computed(computed) => {
                computed_member(&mut copied, "data", computed);
                Some("application/json")
            }
            Value::Text(_) => Some("application/x-www-form-urlencoded"),
            _ => None,
        };
        let objects = copied.remarks.len();
        if !matches!(data, Value::Nothing) {
            take_body(&mut copied, &data);
            copied.remarks.truncate(objects);
        }
        type_unless_given(&mut copied, kind, "axios");
    }
    // As axios asks for JSON; safelisted as it is.
    copied
}

/// `http.get(url, options)`, `http.post(url, body, options)`, `http.request(method, url, { body })`, and what Angular's
/// HttpClient makes of them: the calls of axios, but for texts and the order of `request`.
pub(super) fn angular<'a>(
    names: &Names<'a, 'a>,
    verb: &str,
    arguments: &'a [Argument<'a>],
) -> Copied {
    let ordered = verb == "request" && arguments.len() > 1;
    let mut copied = axios(names, verb, if ordered { &arguments[1..] } else { arguments }, None);
    copied.remarks.retain(|remark| remark.kind != RemarkKind::LibraryHeaders);
    copied.headers.retain(|(name, value)| {
        name != "content-type" || value != "application/x-www-form-urlencoded"
    });
    let body = if ordered {
        copied.method = names.argument(arguments, 0).as_ref().and_then(text);
        names.argument(arguments, 2).and_then(|options| names.member(&options, "body"))
    } else {
        names.argument(arguments, 1).filter(|_| matches!(verb, "post" | "put" | "patch"))
    };
    let kind = match &body {
        Some(Value::Text(_)) => Some("text/plain"),
        Some(Value::Object(_) | Value::Pairs(_) | Value::Array(_)) => Some("application/json"),
        _ => None,
    };
    if let Some(body) = body.filter(|_| kind.is_some()) {
        take_body(&mut copied, &body);
        copied.remarks.retain(|remark| remark.kind != RemarkKind::ObjectBody);
    }
    type_unless_given(&mut copied, kind, ANGULAR);
    if let Some((_, kind)) = copied.headers.iter().find(|(name, _)| name == "content-type") {
        let kind = format!("content-type: {kind}");
        copied.remark(RemarkKind::LibraryHeaders, &[("tool", ANGULAR), ("names", &kind)]);
    }
    copied
}

const ANGULAR: &str = "Angular";

/// `$fetch(url, options)`: fetch, whose objects become JSON.
pub(super) fn ofetch<'a>(names: &Names<'a, 'a>, arguments: &'a [Argument<'a>]) -> Copied {
    let mut copied = super::fetch_call::read(names, arguments);
    let objects = copied.remarks.len();
    copied.remarks.retain(|remark| remark.kind != RemarkKind::ObjectBody);
    if copied.remarks.len() < objects {
        copied.body_type = None;
        type_unless_given(&mut copied, Some("application/json"), "ofetch");
    }
    copied
}

/// `ky(url, options)`, `ky.post(url, { json })`
pub(super) fn ky<'a>(
    names: &Names<'a, 'a>,
    verb: &str,
    arguments: &'a [Argument<'a>],
    instance: Option<&Instance<'a>>,
) -> Copied {
    let mut copied = Copied::default();
    if !matches!(verb, "" | "request") {
        copied.method = Some(verb.to_ascii_uppercase());
    }
    let url = names.argument(arguments, 0);
    let mut base = None;
    let options =
        [instance.and_then(|instance| instance.config.clone()), names.argument(arguments, 1)];
    for options in options.into_iter().flatten() {
        for (name, value) in names.pairs(&options).unwrap_or_default() {
            match (name.as_str(), &value) {
                ("prefixUrl", _) => base = Some(value),
                ("json", _) => {
                    copied.data = Some(String::new());
                    copied.headers.push(("content-type".to_owned(), "application/json".to_owned()));
                }
                ("body", Value::Computed(computed))
                | ("headers", Value::Computed(computed))
                | ("method", Value::Computed(computed))
                | ("credentials", Value::Computed(computed)) => {
                    computed_member(&mut copied, &name, computed);
                }
                ("body", _) => take_body(&mut copied, &value),
                ("headers", _) => take_headers(names, &mut copied, &value),
                ("method", _) => {
                    copied.method = text(&value).map(|method| method.to_ascii_uppercase());
                }
                ("credentials", Value::Text(name)) => {
                    copied.credentials = match name.as_str() {
                        "include" => Credentials::Known(CredentialsMode::Include),
                        "omit" => Credentials::Known(CredentialsMode::Omit),
                        _ => Credentials::Known(CredentialsMode::SameOrigin),
                    };
                }
                ("mode", Value::Text(name)) => copied.mode = crate::request::mode(name),
                _ => {}
            }
        }
    }
    join_base(&mut copied, url, base);
    copied
}

/// `$.ajax(settings)`, `$.ajax(url, settings)`, `$.get(url, data)`, `$.post(url, data)`, `$.getJSON(url)`
pub(super) fn jquery<'a>(
    names: &Names<'a, 'a>,
    function: &str,
    arguments: &'a [Argument<'a>],
    defaults: Option<&Value<'a, 'a>>,
) -> Copied {
    let mut copied = Copied { load: Load::Xhr, ..Copied::default() };
    let first = names.argument(arguments, 0);
    let mut url = None;
    let mut settings = None;
    match first {
        Some(object @ (Value::Object(_) | Value::Pairs(_))) => settings = Some(object),
        other => url = other,
    }
    let mut data = None;
    match function {
        "ajax" => settings = settings.or_else(|| names.argument(arguments, 1)),
        // What follows the URL is data, or what to do with the answer.
        "post" => {
            copied.method = Some("POST".to_owned());
            data = names.argument(arguments, 1).filter(|value| !matches!(value, Value::Computed(computed) if computed.text.contains("=>") || computed.text.starts_with("function")));
        }
        "getScript" => copied.load = Load::Script,
        _ => {}
    }
    let mut content_type = Some("application/x-www-form-urlencoded; charset=UTF-8".to_owned());
    let mut with_credentials = false;
    let settings = [defaults.cloned(), settings].into_iter().flatten();
    let pairs: Vec<_> = settings.filter_map(|settings| names.pairs(&settings)).flatten().collect();
    for (name, value) in pairs {
        match (name.as_str(), &value) {
            ("url", _) => url = Some(value),
            ("type" | "method", Value::Computed(computed)) => {
                computed_member(&mut copied, "method", computed);
            }
            ("type" | "method", _) => {
                copied.method = text(&value).map(|method| method.to_ascii_uppercase());
            }
            ("headers", Value::Computed(computed)) => {
                computed_member(&mut copied, "headers", computed);
            }
            ("headers", _) => take_headers(names, &mut copied, &value),
            ("data", _) => data = Some(value),
            ("contentType", Value::Bool(false)) => content_type = None,
            ("contentType", _) => content_type = text(&value),
            ("dataType", Value::Text(name)) if name == "jsonp" || name == "script" => {
                copied.load = Load::Script;
                copied.mode = Some(Mode::NoCors);
            }
            ("xhrFields", _) => {
                with_credentials |=
                    matches!(names.member(&value, "withCredentials"), Some(Value::Bool(true)));
            }
            ("beforeSend", Value::Computed(computed))
                if computed.text.contains("setRequestHeader") =>
            {
                copied.remark(
                    RemarkKind::HeadersComputed,
                    &[("text", &computed.text), ("place", &computed.place)],
                );
            }
            ("xhr", Value::Computed(computed)) if computed.text.contains("upload") => {
                copied.upload_listener = UploadListener::Registered;
            }
            _ => {}
        }
    }
    if let Some(url) = &url {
        take_url(&mut copied, url);
    }
    copied.credentials = Credentials::Known(if with_credentials {
        CredentialsMode::Include
    } else {
        CredentialsMode::SameOrigin
    });
    let get = copied.method.as_deref().is_none_or(|method| matches!(method, "GET" | "HEAD"));
    if data.is_some() && !get {
        copied.data = Some(String::new());
        type_unless_given(&mut copied, content_type.as_deref(), "jQuery");
    }
    copied
}

/// `navigator.sendBeacon(url, data)`
pub(super) fn beacon<'a>(names: &Names<'a, 'a>, arguments: &'a [Argument<'a>]) -> Copied {
    let mut copied =
        Copied { load: Load::Beacon, method: Some("POST".to_owned()), ..Copied::default() };
    if let Some(url) = names.argument(arguments, 0) {
        take_url(&mut copied, &url);
    }
    if let Some(data) = names.argument(arguments, 1) {
        take_body(&mut copied, &data);
        if let Some(kind) = copied.body_type.clone() {
            copied.headers.push(("content-type".to_owned(), kind));
        }
    }
    copied
}

pub(super) fn type_unless_given(copied: &mut Copied, kind: Option<&str>, tool: &str) {
    if copied.header("content-type").is_some() {
        return;
    }
    if let Some(kind) = kind {
        copied.headers.push(("content-type".to_owned(), kind.to_owned()));
        copied.remark(
            RemarkKind::LibraryHeaders,
            &[("tool", tool), ("names", &format!("content-type: {kind}"))],
        );
    }
}

fn join_base<'a>(copied: &mut Copied, url: Option<Value<'a, 'a>>, base: Option<Value<'a, 'a>>) {
    let Some(url) = url else {
        if let Some(base) = base {
            take_url(copied, &base);
        }
        return;
    };
    match (base, &url) {
        (Some(Value::Text(base)), Value::Text(path)) if !path.contains("://") => {
            copied.url =
                Some(format!("{}/{}", base.trim_end_matches('/'), path.trim_start_matches('/')));
        }
        (Some(computed @ Value::Computed(_)), Value::Text(path)) if !path.contains("://") => {
            take_url(copied, &computed);
        }
        _ => take_url(copied, &url),
    }
}
