//! One configuration, the requests put to the real program, and what it answered.

use std::collections::{BTreeMap, BTreeSet};

use corsage_convert::{Circumstances, Format, Placement};
use serde::Deserialize;
use serde_json::Value;

/// A line of the file.
#[derive(Debug, Deserialize)]
pub(super) struct Case {
    pub(super) id: String,
    pub(super) format: String,
    /// Absent: no configuration at all.
    config: Option<String>,
    pub(super) requests: Vec<Request>,
    pub(super) responses: Vec<Response>,
    #[serde(default)]
    server: Option<String>,
    #[serde(default)]
    implementation: Option<String>,
    #[serde(default)]
    htaccess: Option<String>,
    /// Only what was recorded from frameworks and stores says so.
    #[serde(default)]
    versions: Option<String>,
    #[serde(default)]
    rejected: Option<Value>,
    #[serde(default)]
    load_error: Option<Value>,
    #[serde(default)]
    unstable: BTreeSet<usize>,
    #[serde(default)]
    pub(super) order_unstable: BTreeSet<usize>,
    #[serde(default)]
    pub(super) name_order: Option<Value>,
}

/// What was sent.
#[derive(Debug, Deserialize)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) headers: Vec<(String, String)>,
}

/// What came back.
#[derive(Debug, Deserialize)]
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) cors: Vec<(String, String)>,
    pub(super) vary: Vec<String>,
    pub(super) reached: bool,
}

/// What the real program was surrounded by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Surroundings {
    /// An upstream on the loopback, as for proxies.
    Upstream,
    /// The upstream's routes in a whole application of a framework.
    Application,
    /// Handlers for some routes.
    Routes,
    /// A store or a host of static files.
    Objects,
}

impl Case {
    /// The configuration's text.
    pub(super) fn text(&self) -> &str {
        self.config.as_deref().unwrap_or_default()
    }

    /// Whether the program refuses the text when it loads it.
    pub(super) fn is_rejected(&self) -> bool {
        self.rejected.is_some() || self.load_error.is_some()
    }

    pub(super) fn surroundings(&self, format: Format) -> Surroundings {
        match format {
            Format::S3Json | Format::S3Xml | Format::Azure | Format::Serve => Surroundings::Objects,
            Format::CloudflareHeaders => Surroundings::Objects,
            _ if self.versions.is_some() => Surroundings::Routes,
            Format::Express | Format::Django => Surroundings::Application,
            _ => Surroundings::Upstream,
        }
    }

    pub(super) fn circumstances(&self, format: Format) -> Circumstances {
        let implementation = [&self.server, &self.implementation, &self.htaccess]
            .into_iter()
            .find_map(Clone::clone)
            .unwrap_or_else(|| self.format.clone());
        Circumstances {
            implementation: Some(implementation),
            environment: Some(environment(format)),
            worn: worn(format),
            placement: match self.htaccess {
                Some(_) => Placement::Directory,
                None => Placement::Main,
            },
        }
    }

    /// Whether an answer depended on what was asked before.
    pub(super) fn remembers(&self) -> bool {
        !self.unstable.is_empty()
    }

    /// Whether the recording of a request says anything about the program.
    pub(super) fn is_judged(&self, index: usize, format: Format) -> bool {
        if self.unstable.contains(&index) {
            return false;
        }
        let request = &self.requests[index];
        match format {
            // The application of the recording has no servlet there: no filter is asked.
            Format::Tomcat | Format::Spring => !request.path.ends_with("/missing"),
            // The nginx of the recording is older than the controller's: lines are joined by newer ones.
            Format::IngressNginx => request.lines("origin") < 2,
            _ => true,
        }
    }
}

impl Request {
    fn lines(&self, name: &str) -> usize {
        self.headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name)).count()
    }
}

/// Where the recording's applications put what the texts name.
fn worn(format: Format) -> BTreeMap<String, Vec<String>> {
    let items = || vec!["/items".to_owned()];
    match format {
        Format::Flask => [("DECORATE".to_owned(), items())].into(),
        Format::Aiohttp => [("items".to_owned(), items())].into(),
        _ => BTreeMap::new(),
    }
}

/// What the recording's processes had in their environment.
fn environment(format: Format) -> BTreeMap<String, String> {
    match format {
        Format::Express
        | Format::Nestjs
        | Format::Fastify
        | Format::Hono
        | Format::Koa
        | Format::Next
        | Format::Serve => [(
            "ALLOWED_ORIGINS".to_owned(),
            "https://app.example.com,https://admin.example.com".to_owned(),
        )]
        .into(),
        _ => BTreeMap::new(),
    }
}
