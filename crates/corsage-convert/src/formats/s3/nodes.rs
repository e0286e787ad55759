//! Rules in the words of templates.

use super::rule::Rule;
use super::{Server, placed};
use crate::document::{self, Fields, Node, Value};
use crate::{NotRead, Program, Refused, Source, Span, Why};

/// The rules of `aws_s3_bucket_cors_configuration`, and of `aws_s3_bucket` before it.
#[cfg(feature = "terraform")]
pub(crate) fn terraform(nodes: &[&Node]) -> Result<Box<dyn Program>, NotRead> {
    bucket(Server::Aws, nodes, |node| {
        rule(
            node,
            &["allowed_origins", "allowed_methods", "allowed_headers", "expose_headers"],
            "max_age_seconds",
            &["id"],
        )
    })
}

/// The rules of `AWS::S3::Bucket`.
pub(crate) fn cloudformation(nodes: &[&Node]) -> Result<Box<dyn Program>, NotRead> {
    bucket(Server::Aws, nodes, |node| {
        rule(
            node,
            &["AllowedOrigins", "AllowedMethods", "AllowedHeaders", "ExposedHeaders"],
            "MaxAge",
            &["Id"],
        )
    })
}

/// The rules of an R2 bucket, in the words of its own API or of Terraform.
pub(crate) fn r2(nodes: &[&Node]) -> Result<Box<dyn Program>, NotRead> {
    bucket(Server::R2, nodes, |node| {
        let mut fields = Fields::of(node, "rule")?;
        fields.ignore(&["id"]);
        let allowed = fields.take("allowed").ok_or_else(|| node.rejected("allowed"))?;
        let mut inner = Fields::of(allowed, "allowed")?;
        let mut list = |key: &str| inner.take(key).map_or(Ok(Vec::new()), |node| node.texts(key));
        let (methods, headers) = (list("methods")?, list("headers")?);
        let origins =
            inner.take("origins").map_or(Ok(Vec::new()), |node| node.placed_texts("origins"))?;
        inner.done()?;
        let (origins, origin_spans) = origins.into_iter().unzip();
        let expose = fields.take("exposeHeaders").or_else(|| fields.take("expose_headers"));
        let age = fields.take("maxAgeSeconds").or_else(|| fields.take("max_age_seconds"));
        let made = Rule {
            origins,
            origin_spans,
            methods,
            headers,
            expose: expose.map_or(Ok(Vec::new()), |node| node.texts("exposeHeaders"))?,
            max_age: age.map(|node| node.integer("maxAgeSeconds")).transpose()?,
            span: node.span.clone(),
            ..Rule::default()
        };
        fields.done()?;
        Ok(made)
    })
}

/// Reads the rules that `wrangler r2 bucket cors set --file` takes.
///
/// # Errors
/// What is not understood, or what the store refuses.
pub(crate) fn r2_document(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    let documents = document::read_all(source.text)?;
    let rules = documents.first().map(|document| match &document.value {
        Value::List(items) => items.iter().collect(),
        _ => document.each("rules"),
    });
    match rules {
        Some(rules) if !rules.is_empty() => r2(&rules),
        _ => {
            let all = 0..source.text.len();
            Err(NotRead::refused(Refused::new(all, "no rules", Why::NotModelled)))
        }
    }
}

fn bucket(
    server: Server,
    nodes: &[&Node],
    rule: impl Fn(&Node) -> Result<Rule, NotRead>,
) -> Result<Box<dyn Program>, NotRead> {
    let rules = nodes.iter().map(|node| rule(node)).collect::<Result<Vec<_>, _>>()?;
    let whole = nodes.first().map_or(0..0, |node| node.span.clone());
    placed(server, Some(rules), whole)
}

/// A rule whose lists are called so: origins, methods, headers, exposed headers.
fn rule(node: &Node, lists: &[&str; 4], max_age: &str, others: &[&str]) -> Result<Rule, NotRead> {
    let mut fields = Fields::of(node, "rule")?;
    fields.ignore(others);
    let list = |key: &str| fields.take(key).map_or(Ok(Vec::new()), |node| node.placed_texts(key));
    let [origins, methods, headers, expose] = lists.map(list);
    let (origins, origin_spans) = origins?.into_iter().unzip();
    let texts = |list: Result<Vec<(String, Span)>, NotRead>| {
        list.map(|list| list.into_iter().map(|(text, _)| text).collect::<Vec<String>>())
    };
    let max_age = match fields.take(max_age) {
        None | Some(Node { value: Value::Null, .. }) => None,
        Some(node) => Some(node.integer(max_age)?),
    };
    fields.done()?;
    Ok(Rule {
        origins,
        origin_spans,
        methods: texts(methods)?,
        headers: texts(headers)?,
        expose: texts(expose)?,
        ages: usize::from(max_age.is_some()),
        max_age,
        span: node.span.clone(),
        scattered: false,
    })
}
