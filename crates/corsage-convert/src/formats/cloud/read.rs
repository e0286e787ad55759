//! The configuration of a gateway, under the names that each file has for its parts.

use super::gateway::{Gateway, Product};
use crate::document::{Fields, Node, Value};
use crate::{NotRead, Refused, Span, Why};

/// What the parts are called.
pub(crate) struct Names {
    pub(crate) origins: &'static str,
    pub(crate) methods: &'static str,
    pub(crate) headers: &'static str,
    pub(crate) expose: &'static str,
    pub(crate) max_age: &'static str,
    pub(crate) credentials: &'static str,
}

impl Names {
    /// As CloudFormation has them.
    pub(crate) const PASCAL: Self = Self {
        origins: "AllowOrigins",
        methods: "AllowMethods",
        headers: "AllowHeaders",
        expose: "ExposeHeaders",
        max_age: "MaxAge",
        credentials: "AllowCredentials",
    };
    /// As OpenAPI's extension has them.
    pub(crate) const CAMEL: Self = Self {
        origins: "allowOrigins",
        methods: "allowMethods",
        headers: "allowHeaders",
        expose: "exposeHeaders",
        max_age: "maxAge",
        credentials: "allowCredentials",
    };
    /// As Terraform has them.
    #[cfg(feature = "terraform")]
    pub(crate) const SNAKE: Self = Self {
        origins: "allow_origins",
        methods: "allow_methods",
        headers: "allow_headers",
        expose: "expose_headers",
        max_age: "max_age",
        credentials: "allow_credentials",
    };
    /// As Terraform has them for Azure's App Service, which has no more than these two.
    #[cfg(feature = "terraform")]
    pub(crate) const APP_SERVICE: Self = Self {
        origins: "allowed_origins",
        methods: "",
        headers: "",
        expose: "",
        max_age: "",
        credentials: "support_credentials",
    };
    /// As the Serverless Framework has them.
    pub(crate) const SERVERLESS: Self = Self {
        origins: "allowedOrigins",
        methods: "allowedMethods",
        headers: "allowedHeaders",
        expose: "exposedResponseHeaders",
        max_age: "maxAge",
        credentials: "allowCredentials",
    };
}

/// Reads a configuration.
pub(crate) fn gateway(node: &Node, names: &Names, product: Product) -> Result<Gateway, NotRead> {
    let mut fields = Fields::of(node, "CORS configuration")?;
    let mut list = |key: &str| match fields.take(key) {
        None => Ok(Vec::new()),
        // One text stands for a list of one.
        Some(node) if node.as_str().is_some() => Ok(vec![(node.text(key)?, node.span.clone())]),
        Some(node) => node.placed_texts(key),
    };
    let plain = |list: Vec<(String, Span)>| list.into_iter().map(|(text, _)| text).collect();
    let origins = list(names.origins)?;
    let methods: Vec<String> = plain(list(names.methods)?);
    let headers: Vec<String> = plain(list(names.headers)?);
    let expose: Vec<String> = plain(list(names.expose)?);
    let max_age = match fields.take(names.max_age) {
        None | Some(Node { value: Value::Null, .. }) => None,
        Some(node) => Some(node.integer(names.max_age)?),
    };
    let credentials = match fields.take(names.credentials) {
        None | Some(Node { value: Value::Null, .. }) => false,
        Some(node) => boolean(node, names.credentials)?,
    };
    fields.done()?;
    // Whether the service takes it, and what it would answer, is nowhere said.
    if credentials && let Some((star, span)) = origins.iter().find(|(one, _)| one == "*") {
        let at = Node { value: Value::Null, span: span.clone() };
        return Err(at.refused(&format!("{star} with {}", names.credentials)));
    }
    // Its front end takes them in some ways of configuring it, and its documentation knows none.
    if product == Product::AppService
        && let Some((one, span)) = origins.iter().find(|(one, _)| one != "*" && one.contains('*'))
    {
        return Err(NotRead::refused(Refused::new(span.clone(), one.clone(), Why::NotModelled)));
    }
    Ok(Gateway { product, origins, methods, headers, expose, max_age, credentials })
}

/// A boolean, which templates may quote.
fn boolean(node: &Node, what: &str) -> Result<bool, NotRead> {
    match node.as_str() {
        Some("true" | "True") => Ok(true),
        Some("false" | "False") => Ok(false),
        _ => node.boolean(what),
    }
}

/// A fixed value of a REST API, which stands in quotes of its own.
pub(crate) fn quoted(node: &Node) -> Result<String, NotRead> {
    let text = node.text("a value")?;
    let inner = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    inner.map(str::to_owned).ok_or_else(|| {
        NotRead::refused(Refused::new(node.span.clone(), text.clone(), Why::Computed))
    })
}
