//! Rules: origins, each with its options.

use super::raises;
use crate::formats::python::{Options, Questions, py_text, refused, texts};
use crate::python::{Call, Value};
use crate::{Asked, NotRead, Span, Why};

/// A star, or a list.
#[derive(Clone, Debug)]
enum Names {
    All,
    These(Vec<String>),
}

#[derive(Clone, Debug)]
pub(super) struct ResourceOptions {
    pub(super) span: Span,
    pub(super) credentials: bool,
    expose: Names,
    headers: Names,
    pub(super) max_age: Option<i64>,
    methods: Option<Names>,
}

const PARAMETERS: &[&str] =
    &["allow_credentials", "expose_headers", "allow_headers", "max_age", "allow_methods"];

impl ResourceOptions {
    pub(super) fn new(call: &Call) -> Result<Self, NotRead> {
        Self::from_options(&Options::of_call(call, &[], PARAMETERS)?)
    }

    fn from_options(options: &Options) -> Result<Self, NotRead> {
        let list = |name: &str| -> Result<Option<Names>, NotRead> {
            match options.get(name) {
                None => Ok(None),
                Some(Value::Text(text)) if &**text == "*" => Ok(Some(Names::All)),
                // Neither a text nor a set is a proper sequence.
                Some(value @ (Value::List(_) | Value::Tuple(_))) => {
                    let items = texts(value).ok_or_else(|| raises(&options.place(name), name))?;
                    Ok(Some(Names::These(items)))
                }
                Some(_) => Err(raises(&options.place(name), name)),
            }
        };
        let nothing = || Names::These(Vec::new());
        let upper = |items: Names| match items {
            Names::All => Names::All,
            Names::These(items) => {
                Names::These(items.iter().map(|item| item.to_uppercase()).collect())
            }
        };
        let credentials = match options.get("allow_credentials") {
            None => false,
            Some(Value::Bool(value)) => *value,
            Some(_) => {
                return Err(raises(&options.place("allow_credentials"), "allow_credentials"));
            }
        };
        let max_age = match options.get("max_age") {
            None | Some(Value::None) => None,
            Some(Value::Int(age @ 0..)) => Some(*age),
            Some(Value::Bool(_)) => {
                return Err(refused(&options.place("max_age"), "max_age", Why::NotModelled));
            }
            Some(_) => return Err(raises(&options.place("max_age"), "max_age")),
        };
        let methods = match options.get("allow_methods") {
            Some(Value::None) => None,
            _ => list("allow_methods")?.map(upper),
        };
        Ok(Self {
            span: options.span.clone(),
            credentials,
            expose: list("expose_headers")?.unwrap_or_else(nothing),
            headers: upper(list("allow_headers")?.unwrap_or_else(nothing)),
            max_age,
            methods,
        })
    }

    pub(super) fn allows_method(&self, method: &str) -> bool {
        match &self.methods {
            None => false,
            Some(Names::All) => true,
            Some(Names::These(methods)) => methods.contains(&method.to_uppercase()),
        }
    }

    pub(super) fn allows_headers(&self, names: &[String]) -> bool {
        match &self.headers {
            Names::All => true,
            Names::These(headers) => names.iter().all(|name| headers.contains(name)),
        }
    }

    /// The value of `Access-Control-Expose-Headers`: with a star, whatever the response has.
    pub(super) fn exposed(&self, asked: &Asked<'_>) -> Option<String> {
        match &self.expose {
            Names::These(names) if names.is_empty() => None,
            Names::These(names) => {
                let mut unique: Vec<&str> = Vec::new();
                for name in names {
                    if !unique.contains(&name.as_str()) {
                        unique.push(name);
                    }
                }
                Some(unique.join(","))
            }
            Names::All => {
                let closes =
                    asked.first("connection").is_some_and(|it| it.eq_ignore_ascii_case("close"));
                let connection = if closes { ",Connection" } else { "" };
                Some(format!("Content-Length,Date,Server{connection}"))
            }
        }
    }

    pub(super) fn ask(&self, questions: &mut Questions) {
        if let Names::These(headers) = &self.headers {
            questions.headers(headers);
        }
        if let Some(Names::These(methods)) = &self.methods {
            questions.methods(methods);
        }
    }
}

/// Origins, each with its options; the star stands for all that are not named.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules(Vec<(String, ResourceOptions)>);

impl Rules {
    pub(super) fn iter(&self) -> impl Iterator<Item = &(String, ResourceOptions)> {
        self.0.iter()
    }

    fn get(&self, origin: &str) -> Option<&ResourceOptions> {
        self.0.iter().find(|(other, _)| other == origin).map(|(_, options)| options)
    }
}

/// The options of an origin: by its name in any of the rules, and only then by the star.
pub(super) fn of_origin<'a>(chain: &[&'a Rules], origin: &str) -> Option<&'a ResourceOptions> {
    let by = |name: &str| chain.iter().find_map(|rules| rules.get(name));
    by(origin).or_else(|| by("*"))
}

/// Reads a mapping of origins to options.
pub(super) fn rules(
    value: &Value,
    span: &Span,
    made: &[ResourceOptions],
) -> Result<Rules, NotRead> {
    let fields = match value {
        Value::None => return Ok(Rules::default()),
        Value::Dict(fields) => fields,
        Value::Unknown(unknown) => return Err(NotRead::refused(unknown.refused())),
        Value::Outside(name) => return Err(refused(span, &**name, Why::Elsewhere)),
        _ => return Err(raises(span, "config must be a mapping")),
    };
    let mut rules = Vec::new();
    for (key, options) in fields {
        let Value::Text(origin) = key else { return Err(raises(span, "origin must be a string")) };
        let options = match options {
            Value::Made(at) => made.get(*at).cloned(),
            Value::Dict(given) => {
                let given = given
                    .iter()
                    .map(|(name, value)| (py_text(name), value.clone(), span.clone()))
                    .collect::<Vec<_>>();
                if let Some((name, ..)) =
                    given.iter().find(|(name, ..)| !PARAMETERS[..4].contains(&name.as_str()))
                {
                    return Err(raises(span, name));
                }
                Some(ResourceOptions::from_options(&Options::of_values(given, span.clone()))?)
            }
            Value::Unknown(unknown) => return Err(NotRead::refused(unknown.refused())),
            _ => None,
        };
        let Some(options) = options else {
            return Err(refused(span, "options of an origin", Why::NotModelled));
        };
        rules.push((origin.to_string(), options));
    }
    Ok(Rules(rules))
}
