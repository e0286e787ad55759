//! Looks through a function before it is ever called: what has no model in it is refused at once, with its
//! place, and not when a request first comes that way.

use std::collections::HashSet;
use std::rc::Rc;

use super::builtins;
use super::methods;
use super::scope::Scope;
use super::tree::{
    Binding, Body, Expr, Function, Item, Key, Kind, Node, Property, Statement, Target,
};
use super::value::{Closure, Value};
use super::world::World;
use crate::{Refused, Span, Why};

/// All pieces of a function, and of the functions that it calls, that have no model.
pub(crate) fn check(value: &Value, world: &dyn World) -> Vec<Refused> {
    let mut checker =
        Checker { world, seen: HashSet::new(), names: Vec::new(), refused: Vec::new() };
    checker.value(value, 0);
    checker.refused
}

/// How deep values are followed.
const MAX_DEPTH: usize = 40;

struct Checker<'w> {
    world: &'w dyn World,
    seen: HashSet<*const Function>,
    /// Names that are declared inside the functions that are looked through, scopes forgotten: a name that
    /// is declared anywhere is taken for declared.
    names: Vec<Rc<str>>,
    refused: Vec<Refused>,
}

impl Checker<'_> {
    fn value(&mut self, value: &Value, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        match value {
            Value::Function(closure) => self.closure(closure, depth),
            Value::Array(items) | Value::Set(items) => {
                let items = items.borrow().clone();
                items.iter().for_each(|item| self.value(item, depth + 1));
            }
            Value::Object(fields) => {
                let fields = fields.borrow().clone();
                fields.iter().for_each(|(_, value)| self.value(value, depth + 1));
            }
            _ => {}
        }
    }

    fn closure(&mut self, closure: &Closure, depth: usize) {
        if !self.seen.insert(Rc::as_ptr(&closure.function)) {
            return;
        }
        let outer = std::mem::take(&mut self.names);
        self.function(&closure.function, &closure.scope, depth);
        self.names = outer;
    }

    fn function(&mut self, function: &Function, scope: &Rc<Scope>, depth: usize) {
        if let Some(name) = &function.name {
            self.names.push(name.clone());
        }
        let rest = function.rest.iter();
        for binding in function.parameters.iter().chain(rest) {
            self.binding(binding, scope, depth);
        }
        match &function.body {
            Body::Value(node) => self.node(node, scope, depth),
            Body::Statements(statements) => self.statements(statements, scope, depth),
        }
    }

    fn statements(&mut self, statements: &[Statement], scope: &Rc<Scope>, depth: usize) {
        // Functions are there before they are declared.
        for statement in statements {
            if let Kind::Function(function) = &statement.kind
                && let Some(name) = &function.name
            {
                self.names.push(name.clone());
            }
        }
        statements.iter().for_each(|statement| self.statement(statement, scope, depth));
    }

    fn statement(&mut self, statement: &Statement, scope: &Rc<Scope>, depth: usize) {
        match &statement.kind {
            Kind::Nothing | Kind::Break | Kind::Continue => {}
            Kind::Do(node) | Kind::Throw(node) | Kind::ExportDefault(node) => {
                self.node(node, scope, depth);
            }
            Kind::Declare(all) => {
                for (binding, value) in all {
                    if let Some(value) = value {
                        self.node(value, scope, depth);
                    }
                    self.binding(binding, scope, depth);
                }
            }
            Kind::Function(function) => self.function(function, scope, depth),
            Kind::Return(value) => {
                if let Some(value) = value {
                    self.node(value, scope, depth);
                }
            }
            Kind::If { test, then, otherwise } => {
                self.node(test, scope, depth);
                self.statement(then, scope, depth);
                if let Some(otherwise) = otherwise {
                    self.statement(otherwise, scope, depth);
                }
            }
            Kind::Block(statements) => self.statements(statements, scope, depth),
            Kind::ForOf { each, of, body } => {
                self.node(of, scope, depth);
                if let Some(each) = each {
                    self.binding(each, scope, depth);
                }
                self.statement(body, scope, depth);
            }
            Kind::Try { block, caught, last } => {
                self.statements(block, scope, depth);
                if let Some((name, handler)) = caught {
                    if let Some(name) = name {
                        self.binding(name, scope, depth);
                    }
                    self.statements(handler, scope, depth);
                }
                self.statements(last, scope, depth);
            }
            Kind::Switch { on, cases } => {
                self.node(on, scope, depth);
                for (test, statements) in cases {
                    if let Some(test) = test {
                        self.node(test, scope, depth);
                    }
                    self.statements(statements, scope, depth);
                }
            }
            Kind::Import { .. } => {}
            Kind::Export(inner) => self.statement(inner, scope, depth),
            Kind::Unknown(what) => self.refuse(&statement.span, what, Why::NotModelled),
        }
    }

    fn binding(&mut self, binding: &Binding, scope: &Rc<Scope>, depth: usize) {
        match binding {
            Binding::Name(name) => self.names.push(name.clone()),
            Binding::Default(inner, node) => {
                self.node(node, scope, depth);
                self.binding(inner, scope, depth);
            }
            Binding::Object { fields, rest } => {
                for (key, inner) in fields {
                    self.key(key, scope, depth);
                    self.binding(inner, scope, depth);
                }
                if let Some(rest) = rest {
                    self.binding(rest, scope, depth);
                }
            }
            Binding::Array { items, rest } => {
                items.iter().flatten().for_each(|item| self.binding(item, scope, depth));
                if let Some(rest) = rest {
                    self.binding(rest, scope, depth);
                }
            }
        }
    }

    fn key(&mut self, key: &Key, scope: &Rc<Scope>, depth: usize) {
        if let Key::Computed(node) = key {
            self.node(node, scope, depth);
        }
    }

    fn items(&mut self, items: &[Item], scope: &Rc<Scope>, depth: usize) {
        for item in items {
            if let Item::One(node) | Item::Spread(node) = item {
                self.node(node, scope, depth);
            }
        }
    }

    fn node(&mut self, node: &Node, scope: &Rc<Scope>, depth: usize) {
        match &node.expr {
            Expr::Undefined
            | Expr::Null
            | Expr::Bool(_)
            | Expr::Number(_)
            | Expr::Text(_)
            | Expr::This => {}
            Expr::Regex { pattern, flags } => {
                if super::value::Regex::new(node.span.clone(), pattern, flags).is_none() {
                    self.refuse(&node.span, &format!("/{pattern}/{flags}"), Why::NotRegular);
                }
            }
            Expr::Template { holes, .. } => {
                holes.iter().for_each(|hole| self.node(hole, scope, depth));
            }
            Expr::Array(items) => self.items(items, scope, depth),
            Expr::Object(properties) => {
                for property in properties {
                    match property {
                        Property::Field(key, node) => {
                            self.key(key, scope, depth);
                            self.node(node, scope, depth);
                        }
                        Property::Spread(node) => self.node(node, scope, depth),
                    }
                }
            }
            Expr::Function(function) => self.function(function, scope, depth),
            Expr::Name(name) => self.name(name, &node.span, scope, depth),
            Expr::Member { object, key, .. } => {
                self.node(object, scope, depth);
                self.key(key, scope, depth);
            }
            Expr::Call { callee, arguments, .. } => {
                match &callee.expr {
                    Expr::Member { object, key, .. } => {
                        self.node(object, scope, depth);
                        self.key(key, scope, depth);
                        if let Key::Fixed(name) = &**key {
                            self.method(object, name, &callee.span, scope);
                        }
                    }
                    _ => self.node(callee, scope, depth),
                }
                self.items(arguments, scope, depth);
            }
            Expr::New { class, arguments } => {
                self.node(class, scope, depth);
                self.items(arguments, scope, depth);
            }
            Expr::Chained(inner) | Expr::Await(inner) => self.node(inner, scope, depth),
            Expr::Unary { operand, .. } => self.node(operand, scope, depth),
            Expr::Binary { left, right, .. } | Expr::Logical { left, right, .. } => {
                self.node(left, scope, depth);
                self.node(right, scope, depth);
            }
            Expr::Conditional { test, then, otherwise } => {
                self.node(test, scope, depth);
                self.node(then, scope, depth);
                self.node(otherwise, scope, depth);
            }
            Expr::Assign { target, value, .. } => {
                match &**target {
                    Target::Name(_) => {}
                    Target::Member { object, key } => {
                        self.node(object, scope, depth);
                        self.key(key, scope, depth);
                    }
                    Target::Unknown(span) => {
                        self.refuse(span, "an assignment to a pattern", Why::NotModelled);
                    }
                }
                self.node(value, scope, depth);
            }
            Expr::Sequence(nodes) => nodes.iter().for_each(|node| self.node(node, scope, depth)),
            Expr::Unknown(what) => self.refuse(&node.span, what, Why::NotModelled),
        }
    }

    fn name(&mut self, name: &Rc<str>, span: &Span, scope: &Rc<Scope>, depth: usize) {
        if self.names.contains(name) {
            return;
        }
        match scope.get(name) {
            Some(value) => self.value(&value, depth + 1),
            None => {
                if self.world.global(name).is_none() && builtins::global(name).is_none() {
                    self.refuse(span, name, Why::Elsewhere);
                }
            }
        }
    }

    /// A method has a model, or it is a function that an object of the module holds.
    fn method(&mut self, object: &Node, name: &str, span: &Span, scope: &Rc<Scope>) {
        if methods::has_model(name) || self.world.has_method(name) {
            return;
        }
        if let Expr::Name(owner) = &object.expr {
            match scope.get(owner) {
                Some(Value::Object(fields)) if fields.borrow().get(name).is_some() => return,
                _ => {}
            }
        }
        self.refuse(span, name, Why::NotModelled);
    }

    fn refuse(&mut self, span: &Span, what: &str, why: Why) {
        if !self.refused.iter().any(|other| other.span == *span) {
            self.refused.push(Refused::new(span.clone(), what, why));
        }
    }
}
