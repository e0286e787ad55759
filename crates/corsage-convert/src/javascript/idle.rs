//! What a module does about other affairs than CORS: ports, databases, settings from the environment. Nothing comes of it, so
//! long as nobody who answers a request asks for it.

use std::rc::Rc;

use super::scope::Scope;
use super::tree::{Binding, Expr, Item, Key, Node, Property};
use super::value::{Value, unmodelled};
use crate::Refused;

/// Functions of the language that only make one value of another.
const PURE: [&str; 5] = ["Boolean", "Number", "String", "parseFloat", "parseInt"];

/// Whether an expression does nothing but come to a value.
pub(super) fn is_idle(node: &Node) -> bool {
    match &node.expr {
        Expr::Undefined
        | Expr::Null
        | Expr::Bool(_)
        | Expr::Number(_)
        | Expr::Text(_)
        | Expr::Regex { .. }
        | Expr::Function(_)
        | Expr::Name(_)
        | Expr::This => true,
        Expr::Template { holes, .. } => holes.iter().all(is_idle),
        Expr::Array(items) => items.iter().all(is_idle_item),
        Expr::Object(properties) => properties.iter().all(|property| match property {
            Property::Field(key, node) => is_idle_key(key) && is_idle(node),
            Property::Spread(node) => is_idle(node),
        }),
        Expr::Member { object, key, .. } => is_idle(object) && is_idle_key(key),
        Expr::Call { callee, arguments, .. } => {
            let is_pure = match &callee.expr {
                Expr::Name(name) => PURE.contains(&&**name),
                // A method of what the environment holds: it is not known, so nothing is called.
                Expr::Member { object, .. } => is_of_environment(object),
                _ => false,
            };
            is_pure && arguments.iter().all(is_idle_item)
        }
        Expr::Chained(inner) | Expr::Await(inner) => is_idle(inner),
        Expr::Unary { operand, .. } => is_idle(operand),
        Expr::Binary { left, right, .. } | Expr::Logical { left, right, .. } => {
            is_idle(left) && is_idle(right)
        }
        Expr::Conditional { test, then, otherwise } => {
            is_idle(test) && is_idle(then) && is_idle(otherwise)
        }
        Expr::New { .. } | Expr::Assign { .. } | Expr::Sequence(_) | Expr::Unknown(_) => false,
    }
}

fn is_idle_item(item: &Item) -> bool {
    match item {
        Item::One(node) | Item::Spread(node) => is_idle(node),
        Item::Hole => true,
    }
}

fn is_idle_key(key: &Key) -> bool {
    match key {
        Key::Fixed(_) => true,
        Key::Computed(node) => is_idle(node),
    }
}

/// Whether it begins at `process`.
fn is_of_environment(node: &Node) -> bool {
    match &node.expr {
        Expr::Name(name) => &**name == "process",
        Expr::Member { object, .. } => is_of_environment(object),
        Expr::Call { callee, .. } => is_of_environment(callee),
        Expr::Chained(inner) => is_of_environment(inner),
        Expr::Logical { left, right, .. } => is_of_environment(left) && is_idle(right),
        _ => false,
    }
}

/// Names whose values are not known.
pub(super) fn declare(binding: &Binding, why: &Refused, scope: &Rc<Scope>) {
    match binding {
        Binding::Name(name) => scope.declare_unknown(name.clone(), why.clone()),
        Binding::Default(inner, _) => declare(inner, why, scope),
        Binding::Object { fields, rest } => {
            let inner = fields.iter().map(|(_, inner)| inner).chain(rest.as_deref());
            inner.for_each(|inner| declare(inner, why, scope));
        }
        Binding::Array { items, rest } => {
            let inner = items.iter().flatten().chain(rest.as_deref());
            inner.for_each(|inner| declare(inner, why, scope));
        }
    }
}

/// Whether it does not matter what is given to a method: where an application listens, and what it remembers for itself.
pub(super) fn call(owner: &Value, name: &str) -> bool {
    matches!(owner, Value::Host(_)) && matches!(name, "listen" | "set")
}

/// Whether nobody who is given this can reach the program, or what the module has made of it.
pub(super) fn is_data(value: &Value, depth: usize) -> bool {
    const DEEPEST: usize = 16;
    match value {
        Value::Undefined
        | Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Text(_)
        | Value::Regex(_) => true,
        Value::Array(items) | Value::Set(items) => {
            depth < DEEPEST && items.borrow().iter().all(|item| is_data(item, depth + 1))
        }
        Value::Host(host) => *host == unmodelled(),
        Value::Object(_)
        | Value::Function(_)
        | Value::Error(_)
        | Value::Promise(_)
        | Value::Builtin(_) => false,
    }
}

/// Whether something of another module is in a value.
pub(super) fn has_unmodelled(value: &Value, depth: usize) -> bool {
    const DEEPEST: usize = 16;
    match value {
        Value::Host(host) => *host == unmodelled(),
        Value::Array(items) | Value::Set(items) if depth < DEEPEST => {
            items.borrow().iter().any(|item| has_unmodelled(item, depth + 1))
        }
        Value::Object(fields) if depth < DEEPEST => {
            fields.borrow().iter().any(|(_, value)| has_unmodelled(value, depth + 1))
        }
        _ => false,
    }
}
