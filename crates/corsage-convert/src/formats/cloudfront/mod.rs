//! CloudFront's response headers policy, after its documentation.
//!
//! The distribution answers nothing by itself: preflights go to the origin, and whatever comes back gets the
//! headers. Where `OriginOverride` is off, an origin's own CORS headers keep all of the policy's away.

use crate::document::{self, Fields, Node, Value};
use crate::{
    Answered, Asked, Behind, BehindResponse, Borders, NotRead, OriginBorder, OriginMatcher,
    Program, Refused, Source, Span, Why,
};

/// What `ALL` stands for.
const ALL: &[&str] = &["GET", "DELETE", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/// Reads the configuration that `aws cloudfront create-response-headers-policy` takes.
///
/// # Errors
/// What is not understood.
pub(crate) fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    let documents = document::read_all(source.text)?;
    let config = documents.iter().find_map(|document| {
        let paths: [&[&str]; 5] = [
            &["CorsConfig"],
            &["ResponseHeadersPolicyConfig", "CorsConfig"],
            &["ResponseHeadersPolicy", "ResponseHeadersPolicyConfig", "CorsConfig"],
            &["Properties", "ResponseHeadersPolicyConfig", "CorsConfig"],
            &[],
        ];
        paths.iter().find_map(|path| {
            document.at(path).filter(|node| node.get("AccessControlAllowOrigins").is_some())
        })
    });
    let Some(config) = config else {
        let all = 0..source.text.len();
        return Err(NotRead::refused(Refused::new(all, "no CorsConfig", Why::NotModelled)));
    };
    policy(config, &Names::PASCAL)
}

/// What the parts are called.
pub(crate) struct Names {
    origins: &'static str,
    methods: &'static str,
    headers: &'static str,
    expose: &'static str,
    max_age: &'static str,
    credentials: &'static str,
    origin_override: &'static str,
}

impl Names {
    /// As the API and CloudFormation have them.
    pub(crate) const PASCAL: Self = Self {
        origins: "AccessControlAllowOrigins",
        methods: "AccessControlAllowMethods",
        headers: "AccessControlAllowHeaders",
        expose: "AccessControlExposeHeaders",
        max_age: "AccessControlMaxAgeSec",
        credentials: "AccessControlAllowCredentials",
        origin_override: "OriginOverride",
    };
    /// As Terraform has them.
    #[cfg(feature = "terraform")]
    pub(crate) const SNAKE: Self = Self {
        origins: "access_control_allow_origins",
        methods: "access_control_allow_methods",
        headers: "access_control_allow_headers",
        expose: "access_control_expose_headers",
        max_age: "access_control_max_age_sec",
        credentials: "access_control_allow_credentials",
        origin_override: "origin_override",
    };
}

/// The policy of a `CorsConfig`.
pub(crate) fn policy(node: &Node, names: &Names) -> Result<Box<dyn Program>, NotRead> {
    let mut fields = Fields::of(node, "CORS configuration")?;
    let mut list = |key: &str| fields.take(key).map_or(Ok(Vec::new()), |node| items(node, key));
    let texts = |list: Vec<(String, Span)>| list.into_iter().map(|(text, _)| text).collect();
    let origins = list(names.origins)?;
    let mut methods: Vec<String> = texts(list(names.methods)?);
    let headers = texts(list(names.headers)?);
    let expose = texts(list(names.expose)?);
    let max_age = match fields.take(names.max_age) {
        None | Some(Node { value: Value::Null, .. }) => None,
        Some(node) => Some(node.integer(names.max_age)?),
    };
    let mut switch = |key: &str| {
        let node = fields.take(key).ok_or_else(|| node.rejected(key))?;
        match node.as_str() {
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            _ => node.boolean(key),
        }
    };
    let credentials = switch(names.credentials)?;
    let overrides = switch(names.origin_override)?;
    fields.done()?;
    // Stars within an entry are not documented.
    if let Some((entry, span)) = origins.iter().find(|(one, _)| one.contains('*') && one != "*") {
        return Err(NotRead::refused(Refused::new(span.clone(), entry, Why::NotModelled)));
    }
    if methods.iter().any(|method| method == "ALL") {
        methods = ALL.iter().map(|&method| method.to_owned()).collect();
    }
    Ok(Box::new(Policy { origins, methods, headers, expose, max_age, credentials, overrides }))
}

/// `Items` of a list with its `Quantity`; the list itself where a module takes it so.
fn items(node: &Node, what: &str) -> Result<Vec<(String, Span)>, NotRead> {
    match ["Items", "items"].iter().find_map(|key| node.get(key)) {
        Some(items) => items.placed_texts(what),
        None if node.get("Quantity").is_some() => Ok(Vec::new()),
        None => node.placed_texts(what),
    }
}

struct Policy {
    origins: Vec<(String, Span)>,
    methods: Vec<String>,
    headers: Vec<String>,
    expose: Vec<String>,
    max_age: Option<i64>,
    credentials: bool,
    overrides: bool,
}

impl Policy {
    fn allowed(&self, origin: &str) -> Option<String> {
        let is = |wanted: &str| self.origins.iter().any(|(one, _)| one == wanted);
        if is("*") { Some("*".to_owned()) } else { is(origin).then(|| origin.to_owned()) }
    }
}

impl Program for Policy {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        let (reached, response) = behind.answer(asked).upstream();
        let response = response.unwrap_or_else(|| BehindResponse::plain(502));
        let mut answered =
            Answered { status: response.status, reached, vary: response.vary, cors: response.cors };
        let Some(origin) = asked.first("origin") else { return answered };
        let Some(allowed) = self.allowed(origin) else { return answered };
        if !self.overrides && !answered.cors.is_empty() {
            return answered;
        }
        let mut set = |name: &str, value: String| {
            answered.remove(name);
            answered.add(name, value);
        };
        set("access-control-allow-origin", allowed);
        if self.credentials {
            set("access-control-allow-credentials", "true".to_owned());
        }
        if asked.method == "OPTIONS" && asked.first("access-control-request-method").is_some() {
            set("access-control-allow-methods", self.methods.join(", "));
            set("access-control-allow-headers", self.headers.join(", "));
            if let Some(age) = self.max_age {
                set("access-control-max-age", age.to_string());
            }
        } else if !self.expose.is_empty() {
            set("access-control-expose-headers", self.expose.join(", "));
        }
        answered
    }

    fn borders(&self) -> Borders {
        let mut borders = Borders { paths: ["/".to_owned()].into(), ..Borders::default() };
        for (origin, span) in &self.origins {
            let matcher = match origin.as_str() {
                "*" => OriginMatcher::Any,
                text => OriginMatcher::Exact(text.to_owned()),
            };
            borders.origins.push(OriginBorder { matcher, span: span.clone() });
        }
        borders.methods.extend(self.methods.iter().cloned());
        let headers = self.headers.iter().filter(|one| *one != "*");
        borders.headers.extend(headers.map(|one| one.to_ascii_lowercase()));
        borders
    }
}
