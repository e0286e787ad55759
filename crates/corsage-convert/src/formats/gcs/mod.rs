//! Cross-origin configuration of a Google Cloud Storage bucket, after its documentation.
//!
//! An entry takes a request whose origin and method it lists; a preflight's headers have to be listed too, in
//! the same list that is exposed on responses. Origins are compared whole: a star means something alone only.

use crate::document::{self, Fields, Node, Value};
use crate::{
    Answered, Asked, Behind, BehindAnswer, Borders, NotRead, OriginBorder, OriginMatcher, Program,
    Refused, Source, Span, Why,
};

/// Reads the list that `gcloud storage buckets update --cors-file` takes, or a bucket with it.
///
/// # Errors
/// What is not understood.
pub(crate) fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    let documents = document::read_all(source.text)?;
    let nothing = || {
        let all = 0..source.text.len();
        NotRead::refused(Refused::new(all, "no cors configuration", Why::NotModelled))
    };
    let document = documents.first().ok_or_else(nothing)?;
    let list = match &document.value {
        Value::List(_) => document,
        // A bucket's metadata has the same under `cors`, and `cors_config` in newer tools.
        _ => {
            ["cors", "cors_config"].iter().find_map(|key| document.get(key)).ok_or_else(nothing)?
        }
    };
    bucket(list.items().iter(), &Names::JSON)
}

/// What the parts of an entry are called.
pub(crate) struct Names {
    origin: &'static str,
    method: &'static str,
    header: &'static str,
    max_age: &'static str,
}

impl Names {
    /// As the API has them.
    pub(crate) const JSON: Self = Self {
        origin: "origin",
        method: "method",
        header: "responseHeader",
        max_age: "maxAgeSeconds",
    };
    /// As Terraform has them.
    #[cfg(feature = "terraform")]
    pub(crate) const TERRAFORM: Self = Self {
        origin: "origin",
        method: "method",
        header: "response_header",
        max_age: "max_age_seconds",
    };
}

/// A bucket with these entries.
pub(crate) fn bucket<'n>(
    entries: impl Iterator<Item = &'n Node>,
    names: &Names,
) -> Result<Box<dyn Program>, NotRead> {
    let entries = entries.map(|node| entry(node, names)).collect::<Result<_, _>>()?;
    Ok(Box::new(Bucket { entries }))
}

fn entry(node: &Node, names: &Names) -> Result<Entry, NotRead> {
    let mut fields = Fields::of(node, "cors")?;
    let mut list =
        |key: &str| fields.take(key).map_or(Ok(Vec::new()), |node| node.placed_texts(key));
    let texts = |list: Vec<(String, Span)>| list.into_iter().map(|(text, _)| text).collect();
    let origins = list(names.origin)?;
    let methods = texts(list(names.method)?);
    let headers = texts(list(names.header)?);
    let max_age = match fields.take(names.max_age) {
        None | Some(Node { value: Value::Null, .. }) => None,
        Some(node) => Some(node.integer(names.max_age)?),
    };
    fields.done()?;
    Ok(Entry { origins, methods, headers, max_age })
}

struct Entry {
    origins: Vec<(String, Span)>,
    methods: Vec<String>,
    headers: Vec<String>,
    max_age: Option<i64>,
}

impl Entry {
    fn takes(&self, origin: &str, method: &str, names: &[&str]) -> bool {
        self.origins.iter().any(|(one, _)| one == "*" || one == origin)
            && self.methods.iter().any(|one| one == "*" || one == method)
            && names.iter().all(|name| {
                self.headers.iter().any(|one| one == "*" || one.eq_ignore_ascii_case(name))
            })
    }

    fn origin(&self, origin: &str) -> String {
        let is_open = self.origins.iter().any(|(one, _)| one == "*");
        if is_open { "*".to_owned() } else { origin.to_owned() }
    }
}

struct Bucket {
    entries: Vec<Entry>,
}

impl Program for Bucket {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        let origin = asked.first("origin");
        if asked.method == "OPTIONS" {
            let mut answered = Answered::by_itself(200);
            let method = asked.first("access-control-request-method");
            let (Some(origin), Some(method)) = (origin, method) else { return answered };
            let names: Vec<&str> = asked
                .lines("access-control-request-headers")
                .flat_map(|line| line.split(','))
                .map(str::trim)
                .filter(|name| !name.is_empty())
                .collect();
            let entry = self.entries.iter().find(|entry| entry.takes(origin, method, &names));
            if let Some(entry) = entry {
                answered.add("Access-Control-Allow-Origin", entry.origin(origin));
                if let Some(age) = entry.max_age {
                    answered.add("Access-Control-Max-Age", age.to_string());
                }
                answered.add("Access-Control-Allow-Methods", entry.methods.join(","));
                if !entry.headers.is_empty() {
                    answered.add("Access-Control-Allow-Headers", entry.headers.join(","));
                }
            }
            return answered;
        }
        let (status, reached) = match behind.answer(asked) {
            BehindAnswer::Responds(response) => (response.status, true),
            BehindAnswer::Drops | BehindAnswer::Raises => (500, true),
            BehindAnswer::NoRoute | BehindAnswer::NoMethod { .. } => (404, false),
        };
        let mut answered = Answered { reached, ..Answered::by_itself(status) };
        if let Some(origin) = origin
            && let Some(entry) =
                self.entries.iter().find(|entry| entry.takes(origin, asked.method, &[]))
        {
            answered.add("Access-Control-Allow-Origin", entry.origin(origin));
            if !entry.headers.is_empty() {
                answered.add("Access-Control-Expose-Headers", entry.headers.join(", "));
            }
        }
        answered
    }

    fn borders(&self) -> Borders {
        let mut borders = Borders { paths: ["/".to_owned()].into(), ..Borders::default() };
        for entry in &self.entries {
            for (origin, span) in &entry.origins {
                let matcher = match origin.as_str() {
                    "*" => OriginMatcher::Any,
                    text => OriginMatcher::Exact(text.to_owned()),
                };
                borders.origins.push(OriginBorder { matcher, span: span.clone() });
            }
            borders.methods.extend(entry.methods.iter().filter(|one| *one != "*").cloned());
            let headers = entry.headers.iter().filter(|one| *one != "*");
            borders.headers.extend(headers.map(|one| one.to_ascii_lowercase()));
        }
        borders
    }
}
