//! How the auditor's requests get to a server: the caller's business.

use std::fmt;

use super::Answer;

/// One request, as it is to go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The method.
    pub method: String,
    /// Where it goes. The path is to be sent as it stands here.
    pub url: String,
    /// Header lines, `Host` included only where it differs from the URL's.
    pub headers: Vec<(String, String)>,
    /// The body, if there is one.
    pub body: Option<String>,
    /// What it is to find out.
    pub purpose: &'static str,
    /// Whether a page in a browser could send it.
    pub sender: Sender,
    /// The version of HTTP.
    pub version: Version,
}

/// A version of HTTP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// What a browser and the server agree on.
    #[default]
    Agreed,
    /// HTTP/1.1, though both may know a later one: what a proxy in the way leaves of it.
    Http1,
}

/// Who could send a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// A browser, for a page at the origin that the request names.
    Browser,
    /// No browser: it only narrows down what to ask next, and is no evidence.
    Nobody,
}

impl Sent {
    /// What a browser sends, without a body.
    pub(crate) fn new(
        method: &str,
        url: &str,
        headers: Vec<(String, String)>,
        purpose: &'static str,
    ) -> Self {
        Self {
            method: method.to_owned(),
            url: url.to_owned(),
            headers,
            body: None,
            purpose,
            sender: Sender::Browser,
            version: Version::Agreed,
        }
    }

    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let is_it = |(of, _): &&(String, String)| of.eq_ignore_ascii_case(name);
        self.headers.iter().find(is_it).map(|(_, value)| value.as_str())
    }

    /// The same as a command line. Cookies and tokens are masked.
    #[must_use]
    pub fn to_curl(&self) -> String {
        let mut line = String::from("curl -i");
        if self.method != "GET" {
            line.push_str(&format!(" -X {}", self.method));
        }
        let quote = |text: &str| format!("'{}'", text.replace('\'', "'\\''"));
        for (name, value) in &self.headers {
            let lower = name.to_ascii_lowercase();
            if lower.starts_with("sec-") || matches!(&*lower, "accept" | "accept-language") {
                continue;
            }
            let value = match &*lower {
                "cookie" => "$COOKIE",
                "authorization" => "$AUTHORIZATION",
                _ => value,
            };
            let line_of = format!("{name}: {value}");
            let quoted =
                if value.starts_with('$') { format!("\"{line_of}\"") } else { quote(&line_of) };
            line.push_str(&format!(" -H {quoted}"));
        }
        if let Some(body) = &self.body {
            line.push_str(&format!(" --data {}", quote(body)));
        }
        line.push(' ');
        line.push_str(&quote(&self.url));
        line
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No connection, or it broke.
    Broken(String),
    /// The caller sends no more: a limit, or somebody asked it to stop.
    Stopped(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(cause) => write!(f, "no answer: {cause}"),
            Self::Stopped(cause) => write!(f, "stopped: {cause}"),
        }
    }
}

impl std::error::Error for Failure {}

/// Brings requests to a server. It waits between them, keeps to limits, and follows no redirect.
pub trait Wire {
    /// Sends one request, and brings its answer.
    fn send(&mut self, sent: &Sent) -> impl Future<Output = Result<Answer, Failure>>;

    /// Whether a domain exists: `false` where its registry knows of none, `None` where nobody may be asked.
    fn exists(&mut self, domain: &str) -> impl Future<Output = Option<bool>> {
        let _ = domain;
        async { None }
    }

    /// Waits because the server asks for it (`Retry-After`); or says that it will not.
    fn wait(&mut self, seconds: u64) -> impl Future<Output = Result<(), Failure>> {
        async move { Err(Failure::Stopped(told!("audit-told.asks-to-wait", seconds = seconds))) }
    }
}
