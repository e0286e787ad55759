//! The resources of the extension: paths, each with its options.

use super::options::{Pattern, Resolved};
use crate::formats::python::{Options, py_text, rejected};
use crate::python::{Call, Value};
use crate::regexes::Case;
use crate::{NotRead, Span};

/// Options of one resource alone, each with its place.
type Given = Vec<(String, Value, Span)>;

pub(super) struct Resource {
    pattern: Pattern,
    pub(super) written: String,
    pub(super) options: Resolved,
}

impl Resource {
    pub(super) fn fits(&self, path: &str) -> bool {
        match &self.pattern {
            Pattern::Literal(text) => text == path,
            Pattern::Expression(matcher) => matcher.is_match(path),
        }
    }
}

/// The resources of one extension, in the order in which they are tried. None before `init_app`.
pub(super) fn resources(
    config: &Options,
    constructed: &Call,
    initialised: Option<&Call>,
) -> Result<Vec<Resource>, NotRead> {
    let constructed = Options::of_call(constructed, &[], &[])?;
    let initialised = match initialised {
        Some(call) if call.callee == "waiting" => return Ok(Vec::new()),
        Some(call) => Some(Options::of_call(call, &[], &[])?),
        None => None,
    };
    let mut layers: Vec<&Options> = vec![&constructed];
    layers.extend(&initialised);
    // What is refused for the extension as a whole is refused before any resource.
    Resolved::new(config, &layers)?;
    let given = layers
        .iter()
        .rev()
        .find_map(|layer| {
            layer.get("resources").map(|value| (value.clone(), layer.place("resources")))
        })
        .or_else(|| {
            let value = config.get("resources").filter(|value| !matches!(value, Value::None))?;
            Some((value.clone(), config.place("resources")))
        });
    let (value, span) = given.unwrap_or_else(|| (Value::text("/*"), 0..0));
    let mut pairs: Vec<(Value, Given)> = Vec::new();
    match &value {
        Value::Dict(fields) => {
            for (key, own) in fields {
                let Value::Dict(own) = own else {
                    return Err(rejected(&span, "options of a resource"));
                };
                let own = own
                    .iter()
                    .map(|(name, value)| (py_text(name), value.clone(), span.clone()))
                    .collect();
                pairs.push((key.clone(), own));
            }
            pairs.sort_by_key(|(pattern, _)| order(pattern));
        }
        Value::Text(_) | Value::Regex(_) => pairs.push((value.clone(), Vec::new())),
        other => match other.items() {
            Some(items) => pairs.extend(items.into_iter().map(|item| (item, Vec::new()))),
            None => return Err(rejected(&span, "resources")),
        },
    }
    let mut resources = Vec::new();
    for (key, own) in pairs {
        let pattern = Pattern::new(&key, Case::Sensitive, &span)?;
        let own = Options::of_values(own, span.clone());
        let mut layers = layers.clone();
        layers.push(&own);
        let options = Resolved::new(config, &layers)?;
        let written = match &key {
            Value::Regex(pattern) => pattern.written.to_string(),
            other => py_text(other),
        };
        resources.push(Resource { pattern, written, options });
    }
    Ok(resources)
}

/// Plain paths come first, then compiled expressions, then others; of a kind those with most slashes, then the
/// longest.
fn order(pattern: &Value) -> (u8, u8, isize, isize) {
    let (text, kind) = match pattern {
        Value::Regex(pattern) => (pattern.written.to_string(), (1, 0)),
        Value::Text(text) => {
            let text = if &**text == "*" { ".*".to_owned() } else { text.to_string() };
            let is_regex = text.contains(['*', '\\', ']', '?', '$', '^', '[', '(', ')']);
            (text, if is_regex { (1, 1) } else { (0, 0) })
        }
        other => (py_text(other), (0, 0)),
    };
    let slashes = isize::try_from(text.matches('/').count()).unwrap_or(isize::MAX);
    let length = isize::try_from(text.chars().count()).unwrap_or(isize::MAX);
    (kind.0, kind.1, -slashes, -length)
}
