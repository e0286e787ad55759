//! Azure Storage's CORS rules, as its emulator Azurite answers by them.
//!
//! The emulator is laxer than the service: it takes more rules than five, and compares origins without case.

mod expose;

use self::expose::exposed;
#[cfg(feature = "terraform")]
use crate::document::{Fields, Node};
use crate::{
    Answered, Asked, Behind, BehindAnswer, Borders, NotRead, OriginBorder, OriginMatcher, Program,
    Refused, Rejected, Source, Span, Why,
};

/// How deep elements may stand inside each other.
const MAX_NESTING: usize = 64;

/// Reads the element `Cors` of a service's properties.
///
/// # Errors
/// What is not understood, or what the service refuses.
pub fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    if source.text.trim().is_empty() {
        return Ok(Box::new(Service { rules: Vec::new() }));
    }
    let document = super::xml::parse(source.text, MAX_NESTING)?;
    let root = document.root_element();
    if !document.descendants().any(|node| node.tag_name().name() == "Cors") {
        let what = root.tag_name().name().to_owned();
        return Err(NotRead::refused(Refused::new(root.range(), what, Why::Syntax)));
    }
    let mut rules = Vec::new();
    for node in document.descendants().filter(|node| node.tag_name().name() == "CorsRule") {
        let text = |name: &str| {
            let found = node.children().find(|child| child.tag_name().name() == name);
            found.map(|child| child.text().unwrap_or_default().to_owned())
        };
        let rejected =
            |what: &str| NotRead::Rejected(Rejected { span: node.range(), what: what.to_owned() });
        let needed =
            |name: &str| text(name).filter(|value| !value.is_empty()).ok_or_else(|| rejected(name));
        let age = needed("MaxAgeInSeconds")?;
        rules.push(Rule {
            origins: needed("AllowedOrigins")?,
            methods: needed("AllowedMethods")?,
            headers: text("AllowedHeaders").unwrap_or_default(),
            expose: text("ExposedHeaders").unwrap_or_default(),
            max_age: age.trim().parse().map_err(|_| rejected("MaxAgeInSeconds"))?,
            span: node.range(),
        });
    }
    Ok(Box::new(Service { rules }))
}

/// The rules of a storage account in Terraform's words.
///
/// # Errors
/// What is not understood.
#[cfg(feature = "terraform")]
pub(crate) fn rules(nodes: &[&Node]) -> Result<Box<dyn Program>, NotRead> {
    let rules = nodes
        .iter()
        .map(|node| {
            let mut fields = Fields::of(node, "cors_rule")?;
            let mut list = |key: &str| {
                fields.take(key).map_or(Ok(String::new()), |node| Ok(node.texts(key)?.join(",")))
            };
            let rule = Rule {
                origins: list("allowed_origins")?,
                methods: list("allowed_methods")?,
                headers: list("allowed_headers")?,
                expose: list("exposed_headers")?,
                max_age: match fields.take("max_age_in_seconds") {
                    Some(age) => u32::try_from(age.integer("max_age_in_seconds")?)
                        .map_err(|_| age.rejected("max_age_in_seconds"))?,
                    None => 0,
                },
                span: node.span.clone(),
            };
            fields.done()?;
            Ok(rule)
        })
        .collect::<Result<_, NotRead>>()?;
    Ok(Box::new(Service { rules }))
}

/// Lists are texts with commas.
struct Rule {
    origins: String,
    methods: String,
    headers: String,
    expose: String,
    max_age: u32,
    span: Span,
}

fn plain(text: &str) -> String {
    text.trim().to_lowercase()
}

impl Rule {
    fn takes_origin(&self, origin: &str) -> bool {
        if self.origins == "*" {
            return true;
        }
        let origin = plain(origin);
        for one in self.origins.split(',').map(plain) {
            // The first that has a star decides, and those after it are not looked at.
            if one.contains('*') {
                return glob(&one, &origin);
            }
            if one == origin {
                return true;
            }
        }
        false
    }

    fn takes_method(&self, method: &str) -> bool {
        self.methods.split(',').any(|one| plain(one) == plain(method))
    }

    fn takes_headers(&self, names: &str) -> bool {
        names.split(',').map(plain).all(|name| {
            self.headers.split(',').map(plain).any(|one| {
                one == name || one.strip_suffix('*').is_some_and(|start| name.starts_with(start))
            })
        })
    }
}

/// Each star stands for anything.
fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.is_empty()
}

struct Service {
    rules: Vec<Rule>,
}

impl Service {
    fn preflight(&self, asked: &Asked<'_>) -> Answered {
        let header = |name: &str| asked.joined(name, ", ");
        let (Some(origin), Some(method)) =
            (header("origin"), header("access-control-request-method"))
        else {
            return Answered::by_itself(400);
        };
        let names = header("access-control-request-headers");
        let rule = self.rules.iter().find(|rule| {
            rule.takes_origin(&origin)
                && rule.takes_method(&method)
                && names.as_deref().is_none_or(|names| rule.takes_headers(names))
        });
        let Some(rule) = rule else { return Answered::by_itself(403) };
        let mut answered = Answered::by_itself(200);
        answered.add("Access-Control-Allow-Origin", origin);
        answered.add("Access-Control-Allow-Methods", method);
        if let Some(names) = names {
            answered.add("Access-Control-Allow-Headers", names);
        }
        answered.add("Access-Control-Max-Age", rule.max_age.to_string());
        answered.add("Access-Control-Allow-Credentials", "true");
        answered
    }
}

impl Program for Service {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        if asked.method == "OPTIONS" {
            return self.preflight(asked);
        }
        let (status, reached) = if asked.method == "POST" {
            (400, false)
        } else {
            match behind.answer(asked) {
                BehindAnswer::Responds(response) => (response.status, true),
                BehindAnswer::Drops | BehindAnswer::Raises => (500, true),
                BehindAnswer::NoRoute | BehindAnswer::NoMethod { .. } => (404, false),
            }
        };
        let mut answered = Answered { reached, ..Answered::by_itself(status) };
        let Some(origin) = asked.joined("origin", ", ") else { return answered };
        let rule = self
            .rules
            .iter()
            .find(|rule| rule.takes_origin(&origin) && rule.takes_method(asked.method));
        match rule {
            Some(rule) => {
                let names = exposed(&rule.expose, asked.method, status);
                answered.add("Access-Control-Expose-Headers", names);
                if rule.origins == "*" {
                    answered.add("Access-Control-Allow-Origin", "*");
                } else {
                    answered.add("Access-Control-Allow-Origin", origin);
                    answered.add("Access-Control-Allow-Credentials", "true");
                    answered.vary.push("Origin".to_owned());
                }
            }
            None if self.rules.is_empty() => {}
            None => answered.vary.push("Origin".to_owned()),
        }
        answered
    }

    fn borders(&self) -> Borders {
        let mut borders = Borders { paths: ["/".to_owned()].into(), ..Borders::default() };
        let list =
            |text: &str| text.split(',').map(|one| one.trim().to_owned()).collect::<Vec<_>>();
        for rule in &self.rules {
            for origin in list(&rule.origins) {
                let matcher = if origin.contains('*') {
                    OriginMatcher::Glob(origin.to_lowercase())
                } else {
                    OriginMatcher::ExactIgnoringCase(origin)
                };
                borders.origins.push(OriginBorder { matcher, span: rule.span.clone() });
            }
            borders.methods.extend(list(&rule.methods));
            borders.headers.extend(
                list(&rule.headers).iter().map(|name| name.replace('*', "x").to_ascii_lowercase()),
            );
        }
        borders
    }
}
