//! The plugin itself.

use crate::document::{Fields, Node, Value};
use crate::regexes::{Case, Flavour, Matcher, Reach};
use crate::{Answered, Asked, Borders, NotRead, OriginBorder, OriginMatcher, Span};

const ORIGIN: &str = "Access-Control-Allow-Origin";
const CREDENTIALS: &str = "Access-Control-Allow-Credentials";
const HEADERS: &str = "Access-Control-Allow-Headers";
/// What is sent where no methods are listed.
const METHODS: &[&str] =
    &["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS", "TRACE", "CONNECT"];

/// The configuration of one plugin.
#[derive(Clone)]
pub(crate) struct Cors {
    origins: Vec<Entry>,
    methods: Vec<String>,
    headers: Vec<String>,
    exposed: Vec<String>,
    max_age: Option<String>,
    credentials: bool,
    pub(super) preflight_continue: bool,
    private_network: bool,
    origin_may_be_absent: bool,
}

#[derive(Clone)]
struct Entry {
    written: String,
    span: Span,
    test: Test,
}

#[derive(Clone)]
enum Test {
    Any,
    /// Compared with the request's origin, both normalised.
    Literal(String),
    /// Begins where the text begins, and ends where it ends unless it has alternatives.
    Origin(Matcher),
    /// The same, on the host alone.
    Host(Matcher),
}

impl Cors {
    /// The plugin's `config`; nothing at all is all defaults.
    pub(crate) fn of(node: Option<&Node>) -> Result<Self, NotRead> {
        let empty = Node { value: Value::Null, span: 0..0 };
        let mut fields = Fields::of(node.unwrap_or(&empty), "config")?;
        let mut list = |key: &str| fields.take(key).map_or(Ok(Vec::new()), |node| node.texts(key));
        let (methods, headers) = (list("methods")?, list("headers")?);
        let exposed = list("exposed_headers")?;
        let origins = match fields.take("origins") {
            Some(node) if node.as_str().is_some() => return Err(node.rejected("origins")),
            Some(node) => node.placed_texts("origins")?,
            None => Vec::new(),
        };
        let origins = origins
            .into_iter()
            .map(|(written, span)| Entry::new(written, span, node))
            .collect::<Result<_, _>>()?;
        let mut switch = |key: &str, default: bool| match fields.take(key) {
            Some(Node { value: Value::Null, .. }) | None => Ok(default),
            Some(node) => node.boolean(key),
        };
        let credentials = switch("credentials", false)?;
        let preflight_continue = switch("preflight_continue", false)?;
        let private_network = switch("private_network", false)?;
        let origin_may_be_absent = switch("allow_origin_absent", true)?;
        let max_age = match fields.take("max_age") {
            None | Some(Node { value: Value::Null, .. }) => None,
            Some(Node { value: Value::Integer(age) | Value::Float(age), .. }) => Some(age.clone()),
            Some(node) => return Err(node.rejected("max_age")),
        };
        fields.done()?;
        Ok(Self {
            origins,
            methods,
            headers,
            exposed,
            max_age,
            credentials,
            preflight_continue,
            private_network,
            origin_may_be_absent,
        })
    }

    pub(super) fn preflight(&self, asked: &Asked<'_>) -> Answered {
        let mut answered = Answered::by_itself(200);
        self.allow(asked, &mut answered, Vary::Set);
        if !self.headers.is_empty() {
            answered.add(HEADERS, self.headers.join(","));
        } else if let Some(requested) = asked.first("access-control-request-headers") {
            answered.add(HEADERS, requested);
        }
        let methods =
            if self.methods.is_empty() { METHODS.join(",") } else { self.methods.join(",") };
        answered.add("Access-Control-Allow-Methods", methods);
        if let Some(age) = &self.max_age {
            answered.add("Access-Control-Max-Age", age.clone());
        }
        if self.private_network
            && asked.first("access-control-request-private-network") == Some("true")
        {
            answered.add("Access-Control-Allow-Private-Network", "true");
        }
        answered
    }

    pub(super) fn on_response(&self, asked: &Asked<'_>, answered: &mut Answered) {
        if asked.first("origin").is_none() && !self.origin_may_be_absent {
            return;
        }
        self.allow(asked, answered, Vary::Added);
        if !self.exposed.is_empty() {
            set(answered, "Access-Control-Expose-Headers", &self.exposed.join(","));
        }
    }

    /// Origin and credentials.
    fn allow(&self, asked: &Asked<'_>, answered: &mut Answered, vary: Vary) {
        let origin = asked.first("origin");
        let admits_all = self.allow_origin(origin, answered, vary);
        if !self.credentials {
            return;
        }
        if !admits_all {
            set(answered, CREDENTIALS, "true");
        } else if let Some(origin) = origin {
            vary.put(answered);
            set(answered, ORIGIN, origin);
            set(answered, CREDENTIALS, "true");
        }
    }

    /// Whether everybody is admitted.
    fn allow_origin(&self, origin: Option<&str>, answered: &mut Answered, vary: Vary) -> bool {
        if matches!(self.origins.as_slice(), [] | [Entry { test: Test::Any, .. }]) {
            set(answered, ORIGIN, "*");
            return true;
        }
        vary.put(answered);
        if let [Entry { test: Test::Literal(_), written, .. }] = self.origins.as_slice() {
            set(answered, ORIGIN, written);
            return false;
        }
        if let Some(origin) = origin {
            // A star among others is seen before anything is compared.
            if self.origins.iter().any(|entry| matches!(entry.test, Test::Any)) {
                set(answered, ORIGIN, "*");
                return true;
            }
            let normal = Normal::of(origin);
            if self.origins.iter().any(|entry| entry.test.takes(&normal)) {
                set(answered, ORIGIN, &normal.origin);
                return false;
            }
        }
        answered.remove(ORIGIN);
        false
    }

    pub(super) fn borders(&self, borders: &mut Borders) {
        for entry in &self.origins {
            let matcher = match &entry.test {
                Test::Any => OriginMatcher::Any,
                Test::Literal(text) => OriginMatcher::Exact(text.clone()),
                Test::Origin(matcher) => OriginMatcher::Regex(Box::new(matcher.clone())),
                Test::Host(matcher) => match on_host(matcher) {
                    Some(matcher) => OriginMatcher::Regex(Box::new(matcher)),
                    None => OriginMatcher::Host(entry.written.clone()),
                },
            };
            borders.origins.push(OriginBorder { matcher, span: entry.span.clone() });
        }
        borders.methods.extend(self.methods.iter().cloned());
        borders.headers.extend(self.headers.iter().map(|name| name.to_ascii_lowercase()));
    }
}

/// The same expression, on a whole origin.
fn on_host(matcher: &Matcher) -> Option<Matcher> {
    let inner = matcher.written().strip_suffix('$').unwrap_or(matcher.written());
    let whole = format!("[a-z][a-z0-9+.-]*://(?:{inner})(?::[0-9]+)?");
    Matcher::new(&whole, Flavour::Pcre, Reach::Whole, Case::Sensitive).ok()
}

impl Entry {
    fn new(written: String, span: Span, config: Option<&Node>) -> Result<Self, NotRead> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".:/-".contains(&byte);
        let test = if written == "*" {
            Test::Any
        } else if written.bytes().all(is_plain) {
            Test::Literal(Normal::of(&written).origin)
        } else {
            let mut expression = written.clone();
            if !expression.ends_with('$') {
                expression.push('$');
            }
            let expression = expression.strip_prefix('^').unwrap_or(&expression);
            let matcher = Matcher::new(expression, Flavour::Pcre, Reach::Start, Case::Sensitive)
                .map_err(|_| {
                    let config = config.map_or_else(|| span.clone(), |node| node.span.clone());
                    let at = if span.is_empty() { config } else { span.clone() };
                    Node { value: Value::Null, span: at }.refused(&written)
                })?;
            if written.contains(':') { Test::Origin(matcher) } else { Test::Host(matcher) }
        };
        Ok(Self { written, span, test })
    }
}

impl Test {
    fn takes(&self, normal: &Normal) -> bool {
        match self {
            Self::Any => true,
            Self::Literal(text) => *text == normal.origin,
            Self::Origin(matcher) => matcher.is_match(&normal.origin),
            Self::Host(matcher) => matcher.is_match(&normal.host),
        }
    }
}

/// An address as Kong keeps it: scheme, host, and the port where it is not the scheme's own.
struct Normal {
    origin: String,
    host: String,
}

impl Normal {
    fn of(text: &str) -> Self {
        let unparsed = || Self { origin: text.to_owned(), host: text.to_owned() };
        let rest = text.split('#').next().unwrap_or_default();
        let (scheme, rest) = match rest.split_once(':') {
            Some((scheme, after))
                if scheme.starts_with(|char: char| char.is_ascii_alphanumeric())
                    && scheme
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)) =>
            {
                (Some(scheme), after)
            }
            _ => (None, rest),
        };
        let Some(rest) = rest.strip_prefix("//") else { return unparsed() };
        let authority = rest.split(['/', '?', ';']).next().unwrap_or_default();
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, Some(port)),
            _ => (authority, None),
        };
        if host.is_empty() {
            return unparsed();
        }
        let own =
            matches!((scheme, port), (Some("http"), Some("80")) | (Some("https"), Some("443")));
        let scheme = scheme.map_or(String::new(), |scheme| format!("{scheme}://"));
        let port = port.filter(|port| !own && !port.is_empty());
        let port = port.map_or(String::new(), |port| format!(":{port}"));
        Self { origin: format!("{scheme}{host}{port}"), host: host.to_owned() }
    }
}

#[derive(Clone, Copy)]
enum Vary {
    Set,
    Added,
}

impl Vary {
    fn put(self, answered: &mut Answered) {
        match self {
            Self::Set => answered.vary = vec!["Origin".to_owned()],
            Self::Added => answered.vary.push("Origin".to_owned()),
        }
    }
}

fn set(answered: &mut Answered, name: &str, value: &str) {
    answered.remove(name);
    answered.add(name, value);
}
