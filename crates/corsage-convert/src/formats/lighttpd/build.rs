//! From statements to what is kept of them.

use super::parse::{Condition, Statement, Value};
use crate::regexes::{BadExpressionWhy, Case, Flavour, Matcher, Reach};
use crate::{Asked, NotRead, Refused, Rejected, Span, Why};

#[derive(Clone, Debug, Default)]
pub(super) struct Lighttpd {
    pub(super) own: Settings,
    pub(super) branches: Vec<Branch>,
}

#[derive(Clone, Debug)]
pub(super) struct Branch {
    pub(super) after_else: bool,
    pub(super) test: Option<Test>,
    pub(super) inner: Lighttpd,
}

/// Lists that are replaced whole.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    pub(super) add: Option<Vec<(String, String)>>,
    pub(super) set: Option<Vec<(String, String)>>,
    pub(super) deny: Option<Vec<String>>,
}

#[derive(Clone, Debug)]
pub(super) struct Test {
    pub(super) field: Field,
    pub(super) operator: Operator,
    pub(super) span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Field {
    Header(String),
    Method,
    Path,
    Query,
    Host,
    Scheme,
}

#[derive(Clone, Debug)]
pub(super) enum Operator {
    Is(String),
    IsNot(String),
    Begins(String),
    Ends(String),
    Matches(Matcher),
    Differs(Matcher),
}

/// Directives that no answer depends on, by the start of their names.
const HARMLESS: &[&str] = &[
    "server.",
    "ssl.",
    "mimetype.",
    "index-file.",
    "accesslog.",
    "debug.",
    "dir-listing.",
    "etag.",
    "static-file.",
    "setenv.add-request-header",
    "setenv.set-request-header",
    "setenv.add-environment",
    "setenv.set-environment",
    "connection.",
    "proxy.",
    "fastcgi.",
    "scgi.",
    "uwsgi.",
    "status.",
    "var.",
];

pub(super) fn build(statements: &[Statement], end: usize) -> Result<Lighttpd, NotRead> {
    let mut modules: Vec<String> = Vec::new();
    let mut proxied = false;
    for statement in statements {
        let Statement::Assign { name, value, .. } = statement else { continue };
        match (name.as_str(), value) {
            ("server.modules", Value::List(items)) => {
                modules.extend(items.iter().filter_map(|(_, value)| match value {
                    Value::Text(text) => Some(text.clone()),
                    _ => None,
                }));
            }
            (
                "proxy.server" | "fastcgi.server" | "scgi.server" | "uwsgi.server",
                Value::List(items),
            ) => {
                // Only what takes every path.
                proxied |=
                    items.iter().any(|(key, _)| matches!(key.as_deref(), None | Some("" | "/")));
            }
            _ => {}
        }
    }
    if !proxied {
        return Err(NotRead::refused(Refused::new(0..end, "files", Why::Elsewhere)));
    }
    let lighttpd = block(statements, &modules, Level::Top)?;
    let place = |name: &str| modules.iter().position(|module| module == name);
    if denies(&lighttpd)
        && place("mod_setenv") < place("mod_access")
        && place("mod_setenv").is_some()
    {
        return Err(NotRead::refused(Refused::new(
            0..end,
            "mod_setenv before mod_access",
            Why::NotModelled,
        )));
    }
    Ok(lighttpd)
}

fn denies(lighttpd: &Lighttpd) -> bool {
    lighttpd.own.deny.is_some() || lighttpd.branches.iter().any(|branch| denies(&branch.inner))
}

/// Where a statement stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Top,
    Condition,
}

fn block(statements: &[Statement], modules: &[String], level: Level) -> Result<Lighttpd, NotRead> {
    let mut lighttpd = Lighttpd::default();
    for statement in statements {
        match statement {
            Statement::Assign { name, value, appends, span } => {
                // It adds to what holds around the condition, as far as that is known there.
                if *appends && level == Level::Condition {
                    return Err(NotRead::refused(Refused::new(
                        span.clone(),
                        "+=",
                        Why::NotModelled,
                    )));
                }
                let has = |module: &str| modules.iter().any(|known| known == module);
                match name.as_str() {
                    "setenv.add-response-header" => {
                        let list = headers(value, span)?;
                        keep(&mut lighttpd.own.add, list, *appends, has("mod_setenv"));
                    }
                    "setenv.set-response-header" => {
                        let list = headers(value, span)?;
                        keep(&mut lighttpd.own.set, list, *appends, has("mod_setenv"));
                    }
                    "url.access-deny" => {
                        let list =
                            headers(value, span)?.into_iter().map(|(_, value)| value).collect();
                        keep(&mut lighttpd.own.deny, list, *appends, has("mod_access"));
                    }
                    name if HARMLESS.iter().any(|known| name.starts_with(known)) => {}
                    name => {
                        return Err(NotRead::refused(Refused::new(
                            span.clone(),
                            name,
                            Why::NotModelled,
                        )));
                    }
                }
            }
            Statement::Condition(condition) => lighttpd.branches.push(branch(condition, modules)?),
        }
    }
    Ok(lighttpd)
}

fn keep<T>(place: &mut Option<Vec<T>>, mut list: Vec<T>, appends: bool, there: bool) {
    if !there {
        return;
    }
    match place {
        Some(known) if appends => known.append(&mut list),
        _ => *place = Some(list),
    }
}

fn headers(value: &Value, span: &Span) -> Result<Vec<(String, String)>, NotRead> {
    let refused = || NotRead::refused(Refused::new(span.clone(), "list", Why::Computed));
    let Value::List(items) = value else { return Err(refused()) };
    let keys: Vec<String> =
        items.iter().filter_map(|(key, _)| Some(key.as_ref()?.to_ascii_lowercase())).collect();
    if let Some(twice) =
        keys.iter().enumerate().find_map(|(at, key)| keys[..at].iter().find(|it| *it == key))
    {
        return Err(NotRead::Rejected(Rejected {
            span: span.clone(),
            what: format!("duplicate array-key: {twice}"),
        }));
    }
    items
        .iter()
        .map(|(key, value)| match value {
            Value::Text(text) => Ok((key.clone().unwrap_or_default(), text.clone())),
            Value::Word(word) if word.bytes().all(|byte| byte.is_ascii_digit()) => {
                Ok((key.clone().unwrap_or_default(), word.clone()))
            }
            _ => Err(refused()),
        })
        .collect()
}

fn branch(condition: &Condition, modules: &[String]) -> Result<Branch, NotRead> {
    let mut test = None;
    if let Some((kind, key, operator, text)) = &condition.test {
        let refused = |what: &str| {
            NotRead::refused(Refused::new(condition.span.clone(), what, Why::NotModelled))
        };
        let field = match (kind.as_str(), key.as_deref()) {
            ("REQUEST_HEADER", Some(name)) => Field::Header(name.to_ascii_lowercase()),
            ("HTTP", Some("request-method" | "requestmethod")) => Field::Method,
            ("HTTP", Some("url")) => Field::Path,
            ("HTTP", Some("querystring" | "query-string")) => Field::Query,
            ("HTTP", Some("host")) => Field::Host,
            ("HTTP", Some("scheme")) => Field::Scheme,
            ("HTTP", Some("useragent" | "user-agent")) => Field::Header("user-agent".to_owned()),
            ("HTTP", Some("referer")) => Field::Header("referer".to_owned()),
            ("HTTP", Some("cookie")) => Field::Header("cookie".to_owned()),
            _ => return Err(refused(kind)),
        };
        let matcher = || {
            Matcher::new(text, Flavour::Pcre, Reach::Part, Case::Sensitive).map_err(|bad| match bad
                .why
            {
                BadExpressionWhy::Syntax => NotRead::Rejected(Rejected {
                    span: condition.span.clone(),
                    what: format!("parsing regex failed: {text}"),
                }),
                BadExpressionWhy::NotModelled | BadExpressionWhy::TooLarge => refused(text),
            })
        };
        let operator = match operator.as_str() {
            "==" => Operator::Is(text.clone()),
            "!=" => Operator::IsNot(text.clone()),
            "=^" => Operator::Begins(text.clone()),
            "=$" => Operator::Ends(text.clone()),
            "=~" => Operator::Matches(matcher()?),
            _ => Operator::Differs(matcher()?),
        };
        test = Some(Test { field, operator, span: condition.span.clone() });
    }
    Ok(Branch {
        after_else: condition.after_else,
        test,
        inner: block(&condition.body, modules, Level::Condition)?,
    })
}

impl Lighttpd {
    /// What holds for a request: later lists take the place of earlier ones.
    pub(super) fn collect(&self, asked: &Asked<'_>, into: &mut Settings) {
        if self.own.add.is_some() {
            into.add.clone_from(&self.own.add);
        }
        if self.own.set.is_some() {
            into.set.clone_from(&self.own.set);
        }
        if self.own.deny.is_some() {
            into.deny.clone_from(&self.own.deny);
        }
        let mut chain = false;
        for branch in &self.branches {
            if !branch.after_else {
                chain = false;
            } else if chain {
                continue;
            }
            if branch.test.as_ref().is_none_or(|test| test.holds(asked)) {
                chain = true;
                branch.inner.collect(asked, into);
            }
        }
    }
}
