//! The literals of a module with their places: what its code can compare a request with.

use std::rc::Rc;

use super::tree::{
    Binding, Body, Expr, Function, Item, Key, Kind, Node, Property, Statement, Target,
};
use crate::Span;

/// A literal, and whether it stands inside a function.
pub(crate) struct Literal {
    pub(crate) span: Span,
    pub(crate) kind: LiteralKind,
    pub(crate) place: Place,
}

pub(crate) enum LiteralKind {
    Text(Rc<str>),
    Regex { pattern: Rc<str>, flags: Rc<str> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In code that runs once, when the module is loaded.
    Module,
    /// In code that may run for each request.
    Function,
}

pub(crate) fn literals(statements: &[Statement]) -> Vec<Literal> {
    let mut found = Vec::new();
    statements.iter().for_each(|one| statement(one, Place::Module, &mut found));
    found
}

fn all(statements: &[Statement], place: Place, found: &mut Vec<Literal>) {
    statements.iter().for_each(|one| statement(one, place, found));
}

fn statement(of: &Statement, place: Place, found: &mut Vec<Literal>) {
    match &of.kind {
        Kind::Nothing | Kind::Break | Kind::Continue | Kind::Import { .. } | Kind::Unknown(_) => {}
        Kind::Do(it) | Kind::Throw(it) | Kind::ExportDefault(it) => node(it, place, found),
        Kind::Declare(declared) => {
            for (name, value) in declared {
                binding(name, place, found);
                value.iter().for_each(|value| node(value, place, found));
            }
        }
        Kind::Function(it) => function(it, found),
        Kind::Return(value) => value.iter().for_each(|value| node(value, place, found)),
        Kind::If { test, then, otherwise } => {
            node(test, place, found);
            statement(then, place, found);
            otherwise.iter().for_each(|it| statement(it, place, found));
        }
        Kind::Block(statements) => all(statements, place, found),
        Kind::ForOf { of, body, .. } => {
            node(of, place, found);
            statement(body, place, found);
        }
        Kind::Try { block, caught, last } => {
            all(block, place, found);
            caught.iter().for_each(|(_, handler)| all(handler, place, found));
            all(last, place, found);
        }
        Kind::Switch { on, cases } => {
            node(on, place, found);
            for (test, statements) in cases {
                test.iter().for_each(|test| node(test, place, found));
                all(statements, place, found);
            }
        }
        Kind::Export(inner) => statement(inner, place, found),
    }
}

fn function(it: &Function, found: &mut Vec<Literal>) {
    it.parameters.iter().for_each(|one| binding(one, Place::Function, found));
    match &it.body {
        Body::Value(value) => node(value, Place::Function, found),
        Body::Statements(statements) => all(statements, Place::Function, found),
    }
}

fn binding(of: &Binding, place: Place, found: &mut Vec<Literal>) {
    match of {
        Binding::Name(_) => {}
        Binding::Default(inner, value) => {
            binding(inner, place, found);
            node(value, place, found);
        }
        Binding::Object { fields, .. } => {
            fields.iter().for_each(|(_, inner)| binding(inner, place, found));
        }
        Binding::Array { items, .. } => {
            items.iter().flatten().for_each(|inner| binding(inner, place, found));
        }
    }
}

fn items(of: &[Item], place: Place, found: &mut Vec<Literal>) {
    for item in of {
        if let Item::One(it) | Item::Spread(it) = item {
            node(it, place, found);
        }
    }
}

fn key(of: &Key, place: Place, found: &mut Vec<Literal>) {
    if let Key::Computed(it) = of {
        node(it, place, found);
    }
}

fn node(of: &Node, place: Place, found: &mut Vec<Literal>) {
    match &of.expr {
        Expr::Undefined
        | Expr::Null
        | Expr::Bool(_)
        | Expr::Number(_)
        | Expr::Name(_)
        | Expr::This
        | Expr::Unknown(_) => {}
        Expr::Text(text) => {
            let kind = LiteralKind::Text(text.clone());
            found.push(Literal { span: of.span.clone(), kind, place });
        }
        Expr::Regex { pattern, flags } => {
            let kind = LiteralKind::Regex { pattern: pattern.clone(), flags: flags.clone() };
            found.push(Literal { span: of.span.clone(), kind, place });
        }
        Expr::Template { texts, holes } => {
            for text in texts.iter().filter(|text| !text.is_empty()) {
                let kind = LiteralKind::Text(text.clone());
                found.push(Literal { span: of.span.clone(), kind, place });
            }
            holes.iter().for_each(|it| node(it, place, found));
        }
        Expr::Array(list) => items(list, place, found),
        Expr::Object(properties) => {
            for property in properties {
                match property {
                    Property::Field(name, value) => {
                        key(name, place, found);
                        node(value, place, found);
                    }
                    Property::Spread(value) => node(value, place, found),
                }
            }
        }
        Expr::Function(it) => function(it, found),
        Expr::Member { object, key: name, .. } => {
            node(object, place, found);
            key(name, place, found);
        }
        Expr::Call { callee, arguments, .. } => {
            node(callee, place, found);
            items(arguments, place, found);
        }
        Expr::New { class, arguments } => {
            node(class, place, found);
            items(arguments, place, found);
        }
        Expr::Chained(inner) | Expr::Await(inner) => node(inner, place, found),
        Expr::Unary { operand, .. } => node(operand, place, found),
        Expr::Binary { left, right, .. } | Expr::Logical { left, right, .. } => {
            node(left, place, found);
            node(right, place, found);
        }
        Expr::Conditional { test, then, otherwise } => {
            node(test, place, found);
            node(then, place, found);
            node(otherwise, place, found);
        }
        Expr::Assign { target, value, .. } => {
            if let Target::Member { object, key: name } = &**target {
                node(object, place, found);
                key(name, place, found);
            }
            node(value, place, found);
        }
        Expr::Sequence(nodes) => nodes.iter().for_each(|it| node(it, place, found)),
    }
}
