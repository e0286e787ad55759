//! The names that a piece of code sees.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::value::Value;
use crate::Refused;

#[derive(Default)]
pub(crate) struct Scope {
    names: RefCell<HashMap<Rc<str>, Value>>,
    /// Names whose values are not known, with the reason.
    unknown: RefCell<HashMap<Rc<str>, Refused>>,
    outer: Option<Rc<Scope>>,
}

impl Scope {
    pub(crate) fn inside(outer: &Rc<Self>) -> Rc<Self> {
        Rc::new(Self { outer: Some(outer.clone()), ..Self::default() })
    }

    pub(crate) fn get(&self, name: &str) -> Option<Value> {
        let here = self.names.borrow().get(name).cloned();
        here.or_else(|| self.outer.as_ref()?.get(name))
    }

    /// Why the value of a name is not known, if it is there and is not.
    pub(crate) fn unknown(&self, name: &str) -> Option<Refused> {
        if self.names.borrow().contains_key(name) {
            return None;
        }
        let here = self.unknown.borrow().get(name).cloned();
        here.or_else(|| self.outer.as_ref()?.unknown(name))
    }

    /// A name whose value nobody knows here: it is refused where it is used.
    pub(crate) fn declare_unknown(&self, name: Rc<str>, why: Refused) {
        self.names.borrow_mut().remove(&name);
        self.unknown.borrow_mut().insert(name, why);
    }

    pub(crate) fn declare(&self, name: Rc<str>, value: Value) {
        self.names.borrow_mut().insert(name, value);
    }

    /// Gives a name that is there another value; whether it is there.
    pub(crate) fn assign(&self, name: &str, value: Value) -> bool {
        if let Some(old) = self.names.borrow_mut().get_mut(name) {
            *old = value;
            return true;
        }
        self.outer.as_ref().is_some_and(|outer| outer.assign(name, value))
    }

    /// Forgets all names. Functions hold the scope that they were made in, and the scope holds them.
    pub(crate) fn clear(&self) {
        self.unknown.borrow_mut().clear();
        self.names.borrow_mut().clear();
    }
}
