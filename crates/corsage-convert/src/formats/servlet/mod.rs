//! Filters in a `web.xml`.

mod hash_set;

use crate::{NotRead, Refused, Span, Why};

pub(crate) use hash_set::hash_order;

/// How deep elements may stand inside each other.
const MAX_NESTING: usize = 64;
/// Fragments have no element around them, so one is put there.
const BEFORE: &str = "<web-app>";
const AFTER: &str = "</web-app>";

/// One filter: its parameters, and the paths that it is mapped to.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    parameters: Vec<(String, String, Span)>,
    patterns: Vec<String>,
    pub(crate) span: Span,
}

impl Filter {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(other, ..)| other == name).map(|(_, value, _)| value.as_str())
    }

    pub(crate) fn place(&self, name: &str) -> Span {
        let found = self.parameters.iter().find(|(other, ..)| other == name);
        found.map_or_else(|| self.span.clone(), |(.., span)| span.clone())
    }

    pub(crate) fn patterns(&self) -> &[String] {
        &self.patterns
    }

    /// Whether it stands in the way of a path.
    pub(crate) fn takes(&self, path: &str) -> bool {
        self.patterns.iter().any(|pattern| {
            if let Some(start) = pattern.strip_suffix("/*") {
                return path
                    .strip_prefix(start)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            }
            if let Some(end) = pattern.strip_prefix("*.") {
                return path.rsplit('/').next().is_some_and(|last| {
                    last.rsplit_once('.').is_some_and(|(_, suffix)| suffix == end)
                });
            }
            pattern == path
        })
    }
}

/// The filters of a class, by the end of its name, in the order of their mappings.
pub(crate) fn filters(text: &str, class: &str) -> Result<Vec<Filter>, NotRead> {
    let mut body = text.to_owned();
    // A declaration may stand only at the very beginning, where now something else does.
    for (open, close) in [("<?", "?>"), ("<!DOCTYPE", ">")] {
        if let Some(start) = body.find(open)
            && let Some(length) = body[start..].find(close)
        {
            let end = start + length + close.len();
            body.replace_range(start..end, &" ".repeat(end - start));
        }
    }
    let wrapped = format!("{BEFORE}{body}{AFTER}");
    let shifted = |range: std::ops::Range<usize>| {
        let shift = |at: usize| at.saturating_sub(BEFORE.len()).min(text.len());
        shift(range.start)..shift(range.end)
    };
    let document = super::xml::parse(&wrapped, MAX_NESTING).map_err(|error| match error {
        NotRead::Refused(all) => NotRead::Refused(
            all.into_iter().map(|one| Refused { span: shifted(one.span.clone()), ..one }).collect(),
        ),
        other => other,
    })?;
    let child = |node: roxmltree::Node<'_, '_>, name: &str| {
        let found = node.children().find(|child| child.tag_name().name() == name);
        found.map(|child| child.text().unwrap_or_default().trim().to_owned())
    };
    let mut filters = Vec::new();
    for node in document.descendants().filter(|node| node.tag_name().name() == "filter") {
        let named = child(node, "filter-class").unwrap_or_default();
        if named.rsplit('.').next() != Some(class) {
            continue;
        }
        let name = child(node, "filter-name").unwrap_or_default();
        let mut filter = Filter { span: shifted(node.range()), ..Filter::default() };
        for parameter in node.children().filter(|one| one.tag_name().name() == "init-param") {
            filter.parameters.push((
                child(parameter, "param-name").unwrap_or_default(),
                child(parameter, "param-value").unwrap_or_default(),
                shifted(parameter.range()),
            ));
        }
        for mapping in
            document.descendants().filter(|one| one.tag_name().name() == "filter-mapping")
        {
            if child(mapping, "filter-name").as_deref() != Some(&name) {
                continue;
            }
            for part in mapping.children().filter(roxmltree::Node::is_element) {
                match part.tag_name().name() {
                    "url-pattern" => {
                        filter.patterns.push(part.text().unwrap_or_default().trim().to_owned());
                    }
                    "servlet-name" => {
                        let what = "a mapping to a servlet";
                        let span = shifted(part.range());
                        return Err(NotRead::refused(Refused::new(span, what, Why::NotModelled)));
                    }
                    _ => {}
                }
            }
        }
        filters.push(filter);
    }
    Ok(filters)
}
