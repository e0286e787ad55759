//! From the module to its rules.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::answer::Rule;
use super::condition::{Condition, Kind, groups};
use super::path::{Bad, PathPattern};
use super::value::pieces;
use crate::formats::node::is_value;
use crate::javascript::{Host, Machine, Scope, Statement, Stop, Value, World, parse};
use crate::regexes::{Case, Flavour, Matcher, Reach};
use crate::{NotRead, Refused, Rejected, Source, Span, Why};

/// Stack for values that stand deep inside each other.
const STACK_BYTES: usize = 128 * 1024 * 1024;

/// What else in a configuration changes what a request is answered.
const ELSEWHERE: &[&str] =
    &["basePath", "i18n", "trailingSlash", "skipTrailingSlashRedirect", "rewrites", "redirects"];

/// What surrounds the module.
struct Surroundings {
    environment: Option<BTreeMap<String, String>>,
}

impl World for Surroundings {
    fn global(&self, _: &str) -> Option<Value> {
        None
    }

    fn module(&self, _: &str, _: Option<&str>) -> Option<Value> {
        None
    }

    fn get(&self, _: Host, _: &str) -> Option<Value> {
        None
    }

    fn set(&self, _: Host, _: &str, _: Value) -> Option<()> {
        None
    }

    fn call(
        &self,
        machine: &mut Machine<'_>,
        host: Host,
        method: Option<&str>,
        _: Vec<Value>,
        span: &Span,
    ) -> Result<Value, Stop> {
        Err(machine.refused(span, method.unwrap_or(host.kind), Why::NotModelled))
    }

    fn construct(&self, host: Host, _: Vec<Value>, span: &Span) -> Result<Value, Stop> {
        Err(Stop::Refused(Refused::new(span.clone(), host.kind, Why::NotModelled)))
    }

    fn has_method(&self, _: &str) -> bool {
        false
    }

    fn environment(&self, name: &str) -> Option<Option<String>> {
        self.environment.as_ref().map(|all| all.get(name).cloned())
    }
}

pub(super) fn rules(source: &Source<'_>) -> Result<Vec<Rule>, NotRead> {
    if source.text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let module = parse(source.text)?;
    let world = Surroundings { environment: source.circumstances.environment.clone() };
    crate::deep::grow(STACK_BYTES, || {
        let scope = Rc::new(Scope::default());
        let rules = run(source, &module, &world, &scope);
        scope.clear();
        rules
    })
}

fn run(
    source: &Source<'_>,
    module: &[Statement],
    world: &Surroundings,
    scope: &Rc<Scope>,
) -> Result<Vec<Rule>, NotRead> {
    let stopped = |stop| match stop {
        Stop::Refused(refused) => NotRead::refused(refused),
        Stop::Rejected(rejected) => NotRead::Rejected(rejected),
        Stop::Threw(error) => rejected(source, &error.to_text()),
    };
    let whole = 0..source.text.len();
    let mut machine = Machine::new(world);
    let mut config = machine.run(module, scope).map_err(stopped)?;
    if config.is_callable() {
        let phase = Value::text("phase-production-server");
        let given = Value::object([("defaultConfig", Value::object([]))]);
        let arguments = vec![phase, given];
        let made = machine.call(&config, Value::Undefined, arguments, &whole).map_err(stopped)?;
        config = settled(source, made)?;
    }
    for name in ELSEWHERE {
        if config.field(name).is_truthy() {
            return Err(refused(source, name));
        }
    }
    let headers = config.field("headers");
    if headers.is_nullish() {
        return Ok(Vec::new());
    }
    if &*config.field("output").to_text() == "export" {
        return Err(refused(source, "output"));
    }
    if !headers.is_callable() {
        return Err(rejected(source, "headers"));
    }
    let made = machine.call(&headers, config.clone(), Vec::new(), &whole).map_err(stopped)?;
    let Value::Array(items) = settled(source, made)? else {
        return Err(rejected(source, "headers"));
    };
    items.borrow().iter().map(|item| rule(source, item)).collect()
}

/// What a promise came to.
fn settled(source: &Source<'_>, value: Value) -> Result<Value, NotRead> {
    match value {
        Value::Promise(outcome) => match &*outcome {
            Ok(value) => Ok(value.clone()),
            Err(error) => Err(rejected(source, &error.to_text())),
        },
        value => Ok(value),
    }
}

/// Where a text stands as a whole; where it does not, all of the source.
fn place(source: &Source<'_>, what: &str) -> Span {
    let found = (!what.is_empty()).then(|| source.text.find(what)).flatten();
    found.map_or(0..source.text.len(), |at| at..at + what.len())
}

fn refused(source: &Source<'_>, what: &str) -> NotRead {
    NotRead::refused(Refused::new(place(source, what), what, Why::NotModelled))
}

fn rejected(source: &Source<'_>, what: &str) -> NotRead {
    NotRead::Rejected(Rejected { span: place(source, what), what: what.to_owned() })
}

fn rule(source: &Source<'_>, value: &Value) -> Result<Rule, NotRead> {
    let Value::Object(fields) = value else { return Err(rejected(source, "headers")) };
    for (name, _) in fields.borrow().iter() {
        if !["source", "headers", "has", "missing", "basePath", "locale"].contains(&&**name) {
            return Err(rejected(source, name));
        }
    }
    for name in ["basePath", "locale"] {
        if !matches!(value.field(name), Value::Undefined | Value::Bool(false)) {
            return Err(rejected(source, name));
        }
    }
    let Value::Text(written) = value.field("source") else {
        return Err(rejected(source, "source"));
    };
    if !written.starts_with('/') {
        return Err(rejected(source, &written));
    }
    let path = PathPattern::new(&written).map_err(|bad| match bad {
        Bad::Rejected => rejected(source, &written),
        Bad::NotModelled => refused(source, &written),
    })?;
    let has = conditions(source, &value.field("has"))?;
    let missing = conditions(source, &value.field("missing"))?;
    let mut names: Vec<String> = path.names().map(str::to_owned).collect();
    for condition in &has {
        match (&condition.matcher, &condition.kind) {
            (None, _) => names.push(condition.parameter.clone()),
            (Some(_), Kind::Host) if condition.groups.is_empty() => names.push("host".to_owned()),
            (Some(_), _) => names.extend(condition.groups.iter().map(|(name, _)| name.clone())),
        }
    }
    let Value::Array(items) = value.field("headers") else {
        return Err(rejected(source, "headers"));
    };
    if items.borrow().is_empty() {
        return Err(rejected(source, "headers"));
    }
    let mut headers = Vec::new();
    for item in items.borrow().iter() {
        let (Value::Text(key), Value::Text(text)) = (item.field("key"), item.field("value")) else {
            return Err(rejected(source, "headers"));
        };
        let is_name = !key.is_empty()
            && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b));
        // What Node would not send fails when it is asked for.
        if !is_name || !is_value(&text) || !text.is_ascii() || text.trim() != &*text {
            return Err(refused(source, &key));
        }
        let value = pieces(&text, &names, &path.repeated).map_err(|_| refused(source, &text))?;
        headers.push((key.to_string(), value));
    }
    Ok(Rule { path, has, missing, headers, span: place(source, &written) })
}

fn conditions(source: &Source<'_>, value: &Value) -> Result<Vec<Condition>, NotRead> {
    match value {
        Value::Undefined => Ok(Vec::new()),
        Value::Array(items) => items.borrow().iter().map(|item| condition(source, item)).collect(),
        _ => Err(rejected(source, "has")),
    }
}

fn condition(source: &Source<'_>, value: &Value) -> Result<Condition, NotRead> {
    let Value::Text(kind) = value.field("type") else { return Err(rejected(source, "type")) };
    let key = match value.field("key") {
        Value::Text(key) => key,
        Value::Undefined if &*kind == "host" => "".into(),
        _ => return Err(rejected(source, "key")),
    };
    // A header's name is known in lower case, and all are known by their letters alone.
    let parameter =
        key.to_lowercase().chars().filter(char::is_ascii_alphabetic).collect::<String>();
    let written = match value.field("value") {
        Value::Text(text) => Some(text),
        Value::Undefined if &*kind != "host" => None,
        _ => return Err(rejected(source, "value")),
    };
    let kind = match &*kind {
        "header" => Kind::Header(key.to_lowercase()),
        "host" => Kind::Host,
        // Without an expression, one that is there twice is a list.
        "query" if written.as_ref().is_some_and(|text| !text.is_empty()) => {
            Kind::Query(key.to_string())
        }
        "cookie" | "query" => return Err(refused(source, &kind)),
        _ => return Err(rejected(source, &kind)),
    };
    let Some(written) = written.filter(|text| !text.is_empty()) else {
        return Ok(Condition { kind, parameter, matcher: None, groups: Vec::new() });
    };
    let groups = groups(&written).ok_or_else(|| refused(source, &written))?;
    let expression = format!("^{written}$");
    let matcher = Matcher::new(&expression, Flavour::JavaScript, Reach::Part, Case::Sensitive)
        .map_err(|_| refused(source, &written))?;
    Ok(Condition { kind, parameter, matcher: Some(matcher), groups })
}
