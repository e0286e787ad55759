//! Finds the calls, in order, and the constants around them.

use std::collections::{HashMap, HashSet};

use oxc_ast::AstKind;
use oxc_ast::ast::{
    AssignmentTarget, BindingPatternKind, CallExpression, Expression, NewExpression, Program,
};
use oxc_ast_visit::Visit;

use super::chains::Chain;
use super::fetch_call;
use super::libraries::{self, Instance};
use super::value::{Names, Value, path};
use super::xhr::Xhr;
use crate::request::{Copied, Credentials, Load};

/// The requests of a program.
pub(super) fn find<'a>(program: &Program<'a>, source: &'a str) -> Vec<Copied> {
    let mut constants = Constants::default();
    constants.visit_program(program);
    for name in &constants.twice {
        constants.known.remove(name);
    }
    let names = Names { text: source, constants: constants.known, added: constants.added };
    let mut calls = Calls {
        names,
        found: Vec::new(),
        xhr: Xhr::default(),
        instances: HashMap::new(),
        ajax_setup: None,
        roots: HashSet::new(),
    };
    calls.visit_program(program);
    calls.xhr.finish(&mut calls.found);
    calls.found
}

/// Names that are given one value, and what is added to it.
#[derive(Default)]
struct Constants<'a> {
    known: HashMap<&'a str, &'a Expression<'a>>,
    added: HashMap<&'a str, Vec<(String, &'a Expression<'a>)>>,
    twice: HashSet<&'a str>,
}

impl<'a> Visit<'a> for Constants<'a> {
    fn enter_node(&mut self, kind: AstKind<'a>) {
        match kind {
            AstKind::VariableDeclarator(declarator) => {
                if let (BindingPatternKind::BindingIdentifier(name), Some(init)) =
                    (&declarator.id.kind, &declarator.init)
                {
                    let name = name.name.as_str();
                    if self.known.insert(name, init).is_some() {
                        self.twice.insert(name);
                    }
                }
            }
            AstKind::AssignmentExpression(assignment) => match &assignment.left {
                AssignmentTarget::AssignmentTargetIdentifier(name) => {
                    self.twice.insert(name.name.as_str());
                }
                AssignmentTarget::ComputedMemberExpression(member) => {
                    if let (Expression::Identifier(name), Expression::StringLiteral(key)) = (
                        member.object.get_inner_expression(),
                        member.expression.get_inner_expression(),
                    ) {
                        self.add(name.name.as_str(), key.value.as_str(), &assignment.right);
                    }
                }
                AssignmentTarget::StaticMemberExpression(member) => {
                    if let Expression::Identifier(name) = member.object.get_inner_expression() {
                        self.add(
                            name.name.as_str(),
                            member.property.name.as_str(),
                            &assignment.right,
                        );
                    }
                }
                _ => {}
            },
            // `headers.append("name", "value")`
            AstKind::CallExpression(call) => {
                if let Expression::StaticMemberExpression(member) = &call.callee
                    && matches!(member.property.name.as_str(), "append" | "set")
                    && let Expression::Identifier(name) = member.object.get_inner_expression()
                    && let [key, value, ..] = &call.arguments[..]
                    && let Some(Expression::StringLiteral(key)) = key.as_expression()
                    && let Some(value) = value.as_expression()
                {
                    self.add(name.name.as_str(), key.value.as_str(), value);
                }
            }
            _ => {}
        }
    }
}

impl<'a> Constants<'a> {
    fn add(&mut self, name: &'a str, key: &str, value: &'a Expression<'a>) {
        self.added.entry(name).or_default().push((key.to_owned(), value));
    }
}

struct Calls<'a> {
    names: Names<'a, 'a>,
    found: Vec<Copied>,
    xhr: Xhr,
    /// `axios.create(…)`, `ky.create(…)`, by the name that they are given.
    instances: HashMap<String, Instance<'a>>,
    /// `$.ajaxSetup(…)`
    ajax_setup: Option<Value<'a, 'a>>,
    /// Where calls begin that are part of a longer one.
    roots: HashSet<u32>,
}

impl<'a> Visit<'a> for Calls<'a> {
    fn enter_node(&mut self, kind: AstKind<'a>) {
        match kind {
            AstKind::VariableDeclarator(declarator) => {
                if let (BindingPatternKind::BindingIdentifier(name), Some(init)) =
                    (&declarator.id.kind, &declarator.init)
                {
                    self.instance(name.name.as_str(), init);
                }
            }
            AstKind::AssignmentExpression(assignment) => {
                let target = match &assignment.left {
                    AssignmentTarget::StaticMemberExpression(member) => {
                        path(&member.object).map(|object| (object, member.property.name.as_str()))
                    }
                    AssignmentTarget::ComputedMemberExpression(member) => {
                        match member.expression.get_inner_expression() {
                            Expression::StringLiteral(key) => {
                                path(&member.object).map(|object| (object, key.value.as_str()))
                            }
                            _ => None,
                        }
                    }
                    AssignmentTarget::AssignmentTargetIdentifier(name) => {
                        self.instance(name.name.as_str(), &assignment.right);
                        None
                    }
                    _ => None,
                };
                if let Some((object, property)) = target {
                    // `axios.defaults.withCredentials = true`
                    if let Some((client, place)) = object.split_once(".defaults") {
                        let value = self.names.value(&assignment.right);
                        let place = place.trim_start_matches('.');
                        self.client(client).default_value(place, property, value);
                    }
                    self.xhr.assigned(&object, property, &self.names.value(&assignment.right));
                }
            }
            AstKind::CallExpression(call) => self.call(call),
            AstKind::NewExpression(new) => self.constructed(new),
            _ => {}
        }
    }
}

impl<'a> Calls<'a> {
    fn instance(&mut self, name: &str, init: &'a Expression<'a>) {
        match init.get_inner_expression() {
            Expression::CallExpression(call) => {
                if let Some(kind @ ("axios.create" | "ky.create" | "ky.extend" | "got.extend")) =
                    path(&call.callee).as_deref()
                {
                    let config = self.names.argument(&call.arguments, 0);
                    self.instances.insert(name.to_owned(), Instance::new(kind, config));
                }
            }
            Expression::NewExpression(new)
                if matches!(
                    path(&new.callee).as_deref(),
                    Some("XMLHttpRequest" | "window.XMLHttpRequest")
                ) =>
            {
                self.xhr.declare(name);
            }
            _ => {}
        }
    }

    /// The client of that name; axios itself is one.
    fn client(&mut self, name: &str) -> &mut Instance<'a> {
        self.instances.entry(name.to_owned()).or_insert_with(|| Instance::new("axios", None))
    }

    fn call(&mut self, call: &'a CallExpression<'a>) {
        if self.roots.contains(&call.span.start) || self.chained(call) {
            return;
        }
        let Some(path) = path(&call.callee) else { return };
        let (object, method) =
            path.rsplit_once('.').map_or(("", path.as_str()), |(object, method)| (object, method));
        // `fetch()` says nothing.
        if method == "fetch" && call.arguments.is_empty() {
            return;
        }
        if is_jquery(object) && method == "ajaxSetup" {
            self.ajax_setup = self.names.argument(&call.arguments, 0);
            return;
        }
        let copied = self.of_library(object, method, call).or_else(|| {
            let (name, verb) = if object.is_empty() { (method, "") } else { (object, method) };
            let instance = self.instances.get(name).filter(|_| name != "axios");
            instance
                .filter(|_| verb.is_empty() || libraries::is_verb(verb))
                .map(|instance| instance.call(&self.names, verb, &call.arguments))
        });
        if copied.is_none() && !object.is_empty() {
            self.xhr.called(object, method, &call.arguments, &self.names, &mut self.found);
        }
        self.found.extend(copied);
    }

    /// A request that is put together link by link, with all its links.
    fn chained(&mut self, call: &'a CallExpression<'a>) -> bool {
        let Some(chain) = Chain::of(call) else { return false };
        let Some(copied) = chain.request(&self.names) else { return false };
        self.roots.insert(chain.span.start);
        self.found.push(copied);
        true
    }

    /// A call by a name that everybody knows.
    fn of_library(
        &self,
        object: &str,
        method: &str,
        call: &'a CallExpression<'a>,
    ) -> Option<Copied> {
        let arguments = &call.arguments;
        let axios = || self.instances.get("axios");
        Some(match (object, method) {
            ("" | "window" | "self" | "globalThis" | "this", "fetch") => {
                fetch_call::read(&self.names, arguments)
            }
            ("" | "window", "axios") => libraries::axios(&self.names, "", arguments, axios()),
            ("axios" | "window.axios", verb) if libraries::is_verb(verb) => {
                libraries::axios(&self.names, verb, arguments, axios())
            }
            ("", "$fetch" | "ofetch" | "useFetch") => libraries::ofetch(&self.names, arguments),
            (client, verb) if is_http_client(client) && libraries::is_verb(verb) => {
                libraries::angular(&self.names, verb, arguments)
            }
            ("" | "window", "ky" | "got") => libraries::ky(&self.names, "", arguments, None),
            ("ky" | "window.ky" | "got", verb) if libraries::is_verb(verb) => {
                libraries::ky(&self.names, verb, arguments, None)
            }
            (object, "ajax" | "get" | "post" | "getJSON" | "getScript") if is_jquery(object) => {
                libraries::jquery(&self.names, method, arguments, self.ajax_setup.as_ref())
            }
            ("navigator" | "window.navigator", "sendBeacon") => {
                libraries::beacon(&self.names, arguments)
            }
            _ => return None,
        })
    }

    fn constructed(&mut self, new: &'a NewExpression<'a>) {
        let load = match path(&new.callee).as_deref() {
            Some("EventSource" | "window.EventSource") => Load::EventSource,
            Some("WebSocket" | "window.WebSocket") => Load::WebSocket,
            _ => return,
        };
        let mut copied = Copied { load, ..Copied::default() };
        let Some(url) = self.names.argument(&new.arguments, 0) else { return };
        fetch_call::take_url(&mut copied, &url);
        if load == Load::EventSource {
            let with = self
                .names
                .argument(&new.arguments, 1)
                .and_then(|options| self.names.member(&options, "withCredentials"));
            copied.credentials = Credentials::Known(match with {
                Some(Value::Bool(true)) => corsage::browser::CredentialsMode::Include,
                _ => corsage::browser::CredentialsMode::SameOrigin,
            });
        }
        self.found.push(copied);
    }
}

/// How an Angular component calls the HttpClient that it is given.
fn is_http_client(object: &str) -> bool {
    let name = object.rsplit('.').next().unwrap_or_default();
    matches!(name.trim_start_matches('_'), "http" | "httpClient") && object.starts_with("this.")
        || matches!(object, "httpClient" | "HttpClient")
}

fn is_jquery(object: &str) -> bool {
    matches!(object, "$" | "jQuery" | "window.$" | "window.jQuery")
}
