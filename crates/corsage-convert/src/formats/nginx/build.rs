//! From directives to the model: contexts, inheritance, and what nginx refuses.

use std::collections::BTreeSet;

use super::directives::{self, Context};
use super::model::{
    Access, AddHeader, Code, ErrorPage, Expression, Handler, LimitExcept, Location, LocationPath,
    Locations, Model, MoreHeaders, Overwrite, Scope, ScopeId, Server, Switch, TryFiles,
};
use super::parse::{Directive, Word, refused};
use super::value::{Value, rejected};
use super::{conditions, maps, names};
use crate::regexes::{BadExpressionWhy, Case, Flavour, Matcher, Reach};
use crate::{NotRead, Why};

pub(super) type Built<T> = Result<T, NotRead>;

/// Makes the model of a whole file, or of what stands inside `http`.
pub(super) fn build(top: &[Directive]) -> Built<Model> {
    let mut builder = Builder { model: Model::default() };
    let mut outer = Scope::default();
    builder.http(top, &mut outer)?;
    if builder.model.servers.is_empty() {
        return Err(refused(0..0, "no server", Why::NotModelled));
    }
    super::check::variables(&builder.model)?;
    Ok(builder.model)
}

pub(super) struct Builder {
    pub(super) model: Model,
}

impl Builder {
    fn http(&mut self, block: &[Directive], outer: &mut Scope) -> Built<()> {
        // What `http` says itself comes first: servers inherit what stands after them as well.
        let simple = |directive: &&Directive| {
            !matches!(
                directive.name.text.as_str(),
                "http" | "server" | "map" | "events" | "stream" | "mail" | "rtmp"
            )
        };
        self.scope(block.iter().filter(simple), outer, Context::Http)?;
        for directive in block {
            match directive.name.text.as_str() {
                "http" => {
                    let mut inner = outer.clone();
                    self.http(body(directive)?, &mut inner)?;
                }
                "map" => {
                    let (name, map) = maps::map(self, directive)?;
                    self.model.maps.insert(name, map);
                }
                "server" => {
                    let server = self.server(directive, outer)?;
                    self.model.servers.push(server);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn server(&mut self, directive: &Directive, outer: &Scope) -> Built<Server> {
        let block = body(directive)?;
        let mut scope = inherited(outer, Context::Server);
        let own = block.iter().filter(|directive| directive.name.text != "location");
        let codes = self.scope(own, &mut scope, Context::Server)?;
        let mut named = std::collections::BTreeMap::new();
        let mut locations = Locations::default();
        for directive in block.iter().filter(|directive| directive.name.text == "location") {
            let location = self.location(directive, &scope)?;
            match &location.path {
                LocationPath::Named(name) => {
                    named.insert(name.clone(), location);
                }
                _ => place(&mut locations, location, directive)?,
            }
        }
        let (names, default) = names::names(self, block)?;
        let scope = self.keep(scope);
        Ok(Server { names, default, scope, codes, locations, named })
    }

    fn location(&mut self, directive: &Directive, outer: &Scope) -> Built<Location> {
        let path = self.location_path(directive)?;
        let block = body(directive)?;
        let mut scope = inherited(outer, Context::Location);
        scope.prefix = path.text().to_owned();
        let own = block.iter().filter(|directive| directive.name.text != "location");
        let mut codes = self.scope(own, &mut scope, Context::Location)?;
        let mut nested = Locations::default();
        for directive in block.iter().filter(|directive| directive.name.text == "location") {
            let location = self.location(directive, &scope)?;
            if matches!(location.path, LocationPath::Named(_)) {
                return Err(rejected(
                    &directive.name,
                    "named location can be on the server level only",
                ));
            }
            place(&mut nested, location, directive)?;
        }
        // Blocks inside were read with what had been said before them; they inherit all of it.
        self.inherit_into(&mut codes, &scope);
        if let Some(limit) = scope.limit_except.as_ref().map(|limit| limit.scope) {
            let mut inner = std::mem::take(&mut self.model.scopes[limit]);
            inner.inherit(&scope);
            self.model.scopes[limit] = inner;
        }
        let scope = self.keep(scope);
        Ok(Location { path, scope, codes, nested })
    }

    fn location_path(&mut self, directive: &Directive) -> Built<LocationPath> {
        let [first, rest @ ..] = directive.args.as_slice() else {
            return Err(rejected(&directive.name, "invalid number of arguments"));
        };
        if let [path] = rest {
            return Ok(match first.text.as_str() {
                "=" => LocationPath::Exact(path.text.clone()),
                "^~" => LocationPath::FirmPrefix(path.text.clone()),
                "~" => LocationPath::Regex(self.expression(&path.text, path, Case::Sensitive)?),
                "~*" => {
                    LocationPath::Regex(self.expression(&path.text, path, Case::Insensitive)?)
                }
                _ => return Err(rejected(first, "invalid location modifier")),
            });
        }
        if !rest.is_empty() {
            return Err(rejected(&directive.name, "invalid number of arguments"));
        }
        // The modifier may stand at the path without a space.
        let text = first.text.as_str();
        Ok(if let Some(path) = text.strip_prefix('=') {
            LocationPath::Exact(path.to_owned())
        } else if let Some(path) = text.strip_prefix("^~") {
            LocationPath::FirmPrefix(path.to_owned())
        } else if let Some(path) = text.strip_prefix("~*") {
            LocationPath::Regex(self.expression(path, first, Case::Insensitive)?)
        } else if let Some(path) = text.strip_prefix('~') {
            LocationPath::Regex(self.expression(path, first, Case::Sensitive)?)
        } else if text.starts_with('@') {
            LocationPath::Named(text.to_owned())
        } else {
            LocationPath::Prefix(text.to_owned())
        })
    }

    /// Reads the directives of one block into a scope; answers the steps of the rewrite module.
    fn scope<'d>(
        &mut self,
        directives: impl Iterator<Item = &'d Directive>,
        scope: &mut Scope,
        context: Context,
    ) -> Built<Vec<Code>> {
        let mut codes = Vec::new();
        let mut own = Own::default();
        for directive in directives {
            directives::check_context(directive, context)?;
            self.directive(directive, scope, &mut own, &mut codes, context)?;
        }
        own.settle(scope);
        Ok(codes)
    }

    fn directive(
        &mut self,
        directive: &Directive,
        scope: &mut Scope,
        own: &mut Own,
        codes: &mut Vec<Code>,
        context: Context,
    ) -> Built<()> {
        let args = directive.args.as_slice();
        match directive.name.text.as_str() {
            "add_header" => own.add_headers.get_or_insert_default().push(add_header(directive)?),
            "more_set_headers" => own.more.push(more_headers(directive, Clearing::No)?),
            "more_clear_headers" => own.more.push(more_headers(directive, Clearing::Yes)?),
            "error_page" => own.error_pages.get_or_insert_default().push(error_page(directive)?),
            "proxy_hide_header"
            | "fastcgi_hide_header"
            | "uwsgi_hide_header"
            | "grpc_hide_header"
            | "scgi_hide_header" => {
                let [name] = args else { return Err(wrong_count(directive)) };
                own.hidden.get_or_insert_default().insert(name.text.to_ascii_lowercase());
            }
            "proxy_pass_header" | "fastcgi_pass_header" => {}
            "proxy_intercept_errors"
            | "fastcgi_intercept_errors"
            | "uwsgi_intercept_errors"
            | "grpc_intercept_errors"
            | "scgi_intercept_errors" => scope.intercept = switch(directive)?,
            "recursive_error_pages" => scope.recursive_errors = switch(directive)?,
            "allow" | "deny" => own.access(directive)?,
            "auth_basic" => {
                let [realm] = args else { return Err(wrong_count(directive)) };
                scope.auth_basic = if realm.text == "off" { Switch::Off } else { Switch::On };
            }
            "satisfy" => {
                let [how] = args else { return Err(wrong_count(directive)) };
                scope.satisfy_any = if how.text == "any" { Switch::On } else { Switch::Off };
            }
            "proxy_pass" | "fastcgi_pass" | "uwsgi_pass" | "scgi_pass" | "grpc_pass" => {
                scope.handler = Handler::Behind { uri: passed_uri(directive)? };
            }
            "empty_gif" => scope.handler = Handler::EmptyGif,
            "root" | "alias" => scope.rooted = Switch::On,
            "try_files" => {
                let Some(last) = args.last() else { return Err(wrong_count(directive)) };
                scope.try_files = Some(TryFiles { last: Value::compile(last)? });
            }
            "limit_except" => {
                let mut inner = Scope::default();
                self.scope(body(directive)?.iter(), &mut inner, Context::LimitExcept)?;
                let mut methods: BTreeSet<String> =
                    args.iter().map(|word| word.text.to_ascii_uppercase()).collect();
                if methods.contains("GET") {
                    methods.insert("HEAD".to_owned());
                }
                let scope_id = self.keep(inner);
                scope.limit_except = Some(LimitExcept { methods, scope: scope_id });
            }
            "set" => {
                let [name, value] = args else { return Err(wrong_count(directive)) };
                let Some(variable) = name.text.strip_prefix('$').filter(|name| !name.is_empty())
                else {
                    return Err(rejected(name, "invalid variable name"));
                };
                let variable = variable.to_ascii_lowercase();
                if directives::is_fixed_variable(&variable) {
                    return Err(rejected(name, "the duplicate variable"));
                }
                self.model.assigned.insert(variable.clone());
                codes.push(Code::Set { name: variable, value: Value::compile(value)? });
            }
            "if" => codes.push(self.if_block(directive, scope, context)?),
            "return" => codes.push(conditions::returned(directive)?),
            "break" => codes.push(Code::Break),
            "rewrite" => codes.push(conditions::rewrite(self, directive)?),
            _ => directives::harmless(directive)?,
        }
        Ok(())
    }

    fn if_block(&mut self, directive: &Directive, outer: &Scope, context: Context) -> Built<Code> {
        let condition = conditions::condition(self, directive)?;
        let inner_context = match context {
            Context::Server | Context::ServerIf => Context::ServerIf,
            _ => Context::LocationIf,
        };
        let mut scope = Scope { prefix: outer.prefix.clone(), ..Scope::default() };
        let codes = self.scope(body(directive)?.iter(), &mut scope, inner_context)?;
        let scope = match inner_context {
            Context::LocationIf => Some(self.keep(scope)),
            _ => None,
        };
        Ok(Code::If { condition, codes, scope })
    }

    fn inherit_into(&mut self, codes: &mut [Code], outer: &Scope) {
        for code in codes {
            if let Code::If { codes, scope: Some(id), .. } = code {
                let mut inner = std::mem::take(&mut self.model.scopes[*id]);
                inner.inherit(outer);
                self.inherit_into(codes, &inner);
                self.model.scopes[*id] = inner;
            }
        }
    }

    fn keep(&mut self, scope: Scope) -> ScopeId {
        self.model.scopes.push(scope);
        self.model.scopes.len() - 1
    }

    /// Reads an expression; its named groups become variables.
    pub(super) fn expression(&mut self, text: &str, word: &Word, case: Case) -> Built<Expression> {
        let matcher =
            Matcher::new(text, Flavour::Pcre, Reach::Part, case).map_err(|bad| match bad.why {
                BadExpressionWhy::Syntax => rejected(word, "pcre2_compile() failed"),
                BadExpressionWhy::NotModelled => refused(word.span.clone(), text, Why::NotRegular),
                BadExpressionWhy::TooLarge => refused(word.span.clone(), text, Why::TooLarge),
            })?;
        let names = conditions::group_names(text);
        for (name, _) in &names {
            self.model.assigned.insert(name.clone());
        }
        Ok(Expression { matcher, names, span: word.span.clone() })
    }
}

/// Lists that replace the outer ones whole, as soon as one entry is there.
#[derive(Default)]
struct Own {
    add_headers: Option<Vec<AddHeader>>,
    more: Vec<MoreHeaders>,
    error_pages: Option<Vec<ErrorPage>>,
    hidden: Option<BTreeSet<String>>,
    access: Option<Option<Access>>,
}

impl Own {
    /// Rules are tried in order; the first one for everybody ends them.
    fn access(&mut self, directive: &Directive) -> Built<()> {
        let [who] = directive.args.as_slice() else { return Err(wrong_count(directive)) };
        if let Some(Some(_)) = self.access {
            return Ok(());
        }
        if who.text != "all" {
            return Err(refused(directive.span.clone(), &directive.name.text, Why::NotModelled));
        }
        let access = if directive.name.text == "deny" { Access::Deny } else { Access::Allow };
        self.access = Some(Some(access));
        Ok(())
    }

    fn settle(self, scope: &mut Scope) {
        if let Some(add_headers) = self.add_headers {
            scope.add_headers = Some(add_headers);
        }
        if let Some(error_pages) = self.error_pages {
            scope.error_pages = Some(error_pages);
        }
        if let Some(hidden) = self.hidden {
            scope.hidden = Some(hidden);
        }
        if let Some(access) = self.access {
            scope.access = access;
        }
        scope.more.extend(self.more);
    }
}

fn inherited(outer: &Scope, context: Context) -> Scope {
    let mut scope = outer.clone();
    // These belong to one location alone.
    scope.limit_except = None;
    scope.try_files = None;
    if context == Context::Location {
        scope.handler = Handler::Files;
    }
    scope
}

fn place(locations: &mut Locations, location: Location, directive: &Directive) -> Built<()> {
    let list = match &location.path {
        LocationPath::Exact(_) => &mut locations.exact,
        LocationPath::Prefix(_) | LocationPath::FirmPrefix(_) => &mut locations.prefixes,
        LocationPath::Regex(_) => &mut locations.expressions,
        LocationPath::Named(_) => return Ok(()),
    };
    let duplicate = !matches!(location.path, LocationPath::Regex(_))
        && list.iter().any(|other| other.path.text() == location.path.text());
    if duplicate {
        return Err(rejected(&directive.name, "duplicate location"));
    }
    list.push(location);
    Ok(())
}

pub(super) fn body(directive: &Directive) -> Built<&[Directive]> {
    directive
        .block
        .as_deref()
        .ok_or_else(|| rejected(&directive.name, "directive has no opening \"{\""))
}

pub(super) fn wrong_count(directive: &Directive) -> NotRead {
    rejected(&directive.name, "invalid number of arguments")
}

fn switch(directive: &Directive) -> Built<Switch> {
    match directive.args.as_slice() {
        [word] if word.text.eq_ignore_ascii_case("on") => Ok(Switch::On),
        [word] if word.text.eq_ignore_ascii_case("off") => Ok(Switch::Off),
        [word] => Err(rejected(word, "must be \"on\" or \"off\"")),
        _ => Err(wrong_count(directive)),
    }
}

fn add_header(directive: &Directive) -> Built<AddHeader> {
    let (name, value, always) = match directive.args.as_slice() {
        [name, value] => (name, value, Switch::Off),
        [name, value, always] if always.text == "always" => (name, value, Switch::On),
        [_, _, other] => return Err(rejected(other, "invalid parameter")),
        _ => return Err(wrong_count(directive)),
    };
    Ok(AddHeader {
        name: name.text.clone(),
        value: Value::compile(value)?,
        always,
        span: directive.span.clone(),
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Clearing {
    Yes,
    No,
}

fn more_headers(directive: &Directive, clearing: Clearing) -> Built<MoreHeaders> {
    let mut more = MoreHeaders {
        statuses: Vec::new(),
        headers: Vec::new(),
        restrict: Switch::Off,
        append: Switch::Off,
    };
    let mut words = directive.args.iter();
    while let Some(word) = words.next() {
        match word.text.as_str() {
            "-s" => {
                let Some(statuses) = words.next() else { return Err(wrong_count(directive)) };
                for status in statuses.text.split_ascii_whitespace() {
                    more.statuses
                        .push(status.parse().map_err(|_| rejected(statuses, "invalid status"))?);
                }
            }
            "-r" => more.restrict = Switch::On,
            "-a" => more.append = Switch::On,
            "-t" => return Err(refused(word.span.clone(), "-t", Why::NotModelled)),
            text if text.starts_with('-') => return Err(rejected(word, "invalid option name")),
            text => {
                let (name, value) = text.split_once(':').unwrap_or((text, ""));
                let name = name.trim_matches(' ').to_owned();
                let value = match clearing {
                    Clearing::Yes => Value::default(),
                    Clearing::No => Value::compile_text(value.trim_start_matches(' '), word)?,
                };
                more.headers.push((name, value));
            }
        }
    }
    Ok(more)
}

fn error_page(directive: &Directive) -> Built<ErrorPage> {
    let [statuses @ .., target] = directive.args.as_slice() else {
        return Err(wrong_count(directive));
    };
    let mut page = ErrorPage {
        statuses: Vec::new(),
        overwrite: Overwrite::Keep,
        target: Value::compile(target)?,
    };
    for (place, word) in statuses.iter().enumerate() {
        if let Some(answer) = word.text.strip_prefix('=') {
            if place + 1 != statuses.len() {
                return Err(rejected(word, "invalid value"));
            }
            page.overwrite = if answer.is_empty() {
                Overwrite::Page
            } else {
                Overwrite::Fixed(answer.parse().map_err(|_| rejected(word, "invalid value"))?)
            };
            continue;
        }
        let status: u16 = word.text.parse().map_err(|_| rejected(word, "invalid value"))?;
        if status == 499 || !(300..=599).contains(&status) {
            return Err(rejected(word, "value must be between 300 and 599"));
        }
        page.statuses.push(status);
    }
    if page.statuses.is_empty() {
        return Err(wrong_count(directive));
    }
    Ok(page)
}

/// The part of `proxy_pass` after the host: it replaces the location's prefix.
fn passed_uri(directive: &Directive) -> Built<Option<Value>> {
    let Some(target) = directive.args.first() else { return Err(wrong_count(directive)) };
    if directive.name.text != "proxy_pass" {
        return Ok(None);
    }
    let Some((_, rest)) = target.text.split_once("://") else {
        if target.text.starts_with('$') {
            // The whole target is computed: what the path becomes cannot be seen.
            return Ok(None);
        }
        return Err(rejected(target, "invalid URL prefix"));
    };
    Ok(match rest.find('/') {
        Some(slash) if !rest.starts_with("unix:") => {
            Some(Value::compile_text(&rest[slash..], target)?)
        }
        _ => None,
    })
}
